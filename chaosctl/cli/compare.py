"""`chaosctl compare`: several experiments, or variants of one, through the same seeds, side by side."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chaosctl.cli.documents import print_json
from chaosctl.errors import BadInput, Mistake

if TYPE_CHECKING:
    from chaosctl.search.compare import Comparison
    from chaosctl.search.variants import Variant

SEEDS = {"simulation": 20, "processes": 4}
"""So many where nobody says."""

TABLE_WIDTH = 80
"""Columns of the table that is kept."""


def compare(
    experiments: Annotated[list[str], typer.Argument(help="Experiment files, or names of shipped ones.")],
    *,
    broken: Annotated[str | None, typer.Option(help="Broken variants to put beside the file as it is: a,b.")] = None,
    commands: Annotated[
        list[str] | None, typer.Option("--command", help="Nodes of your own: the old one, then the new one.")
    ] = None,
    vary: Annotated[list[str] | None, typer.Option(help="Values of a key: workload.clients=1,4,16.")] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="How many; 20, on processes 4.")] = None,
    first: Annotated[int, typer.Option("--from", min=0, help="The first seed.")] = 0,
    simulate: Annotated[
        bool | None, typer.Option("--simulate/--processes", help="The runtime; simulation where all files allow it.")
    ] = None,
    metrics: Annotated[
        list[str] | None, typer.Option("--metric", help="Show this figure, in all phases and sides.")
    ] = None,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="Override a key in every column.")] = None,
    results: Annotated[Path, typer.Option(help="Where results go.")] = Path("results"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="Write compare.html into the folder, too.")] = False,
) -> None:
    """Run experiments, broken variants or values of a key through the same seeds and show them side by side.

    More than one --vary multiply. A broken variant is expected to be convicted, by one seed at least. On processes
    the columns take turns, one run at a time. With --command the exit code says whether a later one is worse than the
    first: 1 where a check fails that never failed there, or availability is lower by more than chance.

    Example: chaosctl compare raft-election/leader-crash --vary system.nodes=3,5,7
    """
    from chaosctl.search.compare import Comparison  # noqa: PLC0415 - `--help` runs nothing.
    from chaosctl.search.variants import variants  # noqa: PLC0415

    if as_json and as_markdown:
        raise BadInput("--json and --markdown: choose one")
    _check_metrics(metrics or [])
    if commands and (len(commands) == 1 or len(experiments) > 1 or broken or vary):
        raise BadInput("--command: takes two or more of them, one experiment, and neither --broken nor --vary")
    columns = variants(experiments, broken.split(",") if broken else [], vary or [], commands or [])
    is_simulated = _can_simulate(experiments) if simulate is None else simulate
    runtime = "simulation" if is_simulated else "processes"
    numbers = range(first, first + (seeds or SEEDS[runtime]))
    comparison = Comparison(_load(columns, overrides or [], simulate=is_simulated), numbers, runtime)
    folder = _carry_out(comparison, results)
    _show(comparison, folder, metrics or [], "json" if as_json else "markdown" if as_markdown else "text")
    if as_html:
        _write_page(comparison, folder, metrics or [])
    raise typer.Exit(_judge_commands(comparison) if commands else comparison.exit_code)


def _judge_commands(comparison: "Comparison") -> int:
    """Say on stderr what is worse in a later command than in the first, and return the exit code."""
    from chaosctl.search.compare_document import as_document  # noqa: PLC0415
    from chaosctl.search.old_and_new import exit_code, what_got_worse  # noqa: PLC0415

    document = as_document(comparison)
    worse = what_got_worse(document)
    for sentence in worse:
        typer.echo(f"worse: {sentence}", err=True)
    return exit_code(document, worse)


def _check_metrics(names: Sequence[str]) -> None:
    from chaosctl.experiment.mistakes import unknown  # noqa: PLC0415
    from chaosctl.measurements import FIGURES  # noqa: PLC0415

    if wrong := [name for name in names if name not in FIGURES]:
        raise BadInput([Mistake("--metric", 0, 0, "", unknown("figure", name, tuple(FIGURES))) for name in wrong])


def _can_simulate(names: Sequence[str]) -> bool:
    """Return whether all of the files may be simulated; raises BadInput."""
    from chaosctl.catalogue import catalogue  # noqa: PLC0415
    from chaosctl.experiment.library import find  # noqa: PLC0415
    from chaosctl.experiment.load import load_file  # noqa: PLC0415

    files = [load_file(find(name), catalogue()) for name in names]
    return all("simulation" in file.expect.runtimes and not file.system.command for file in files)


def _load(variants: Sequence["Variant"], overrides: Sequence[str], *, simulate: bool) -> list[Any]:
    """Return the columns; raises BadInput with the mistakes of all of them."""
    from chaosctl.cli.running import load_plan  # noqa: PLC0415
    from chaosctl.experiment.library import find  # noqa: PLC0415
    from chaosctl.search.compare import Column  # noqa: PLC0415

    columns: list[Column] = []
    mistakes: dict[Mistake, None] = {}
    for variant in variants:
        changed = (*overrides, *variant.overrides)
        try:
            plan = load_plan(find(variant.experiment), seed=0, overrides=changed, simulate=simulate)
        except BadInput as error:
            mistakes |= dict.fromkeys(error.mistakes)
        else:
            columns.append(Column(variant.label, changed, plan.experiment))
    if mistakes:
        raise BadInput(list(mistakes))
    return columns


def _carry_out(comparison: "Comparison", results: Path) -> Path:
    """Run everything, and return the folder that it is kept in."""
    from chaosctl.cli.progress import ProgressLine, interruptible  # noqa: PLC0415
    from chaosctl.search.compare import compare, new_folder, on_processes, simulated  # noqa: PLC0415
    from chaosctl.search.pool import cores  # noqa: PLC0415

    folder = new_folder(comparison, results)
    is_simulated = comparison.runtime == "simulation"
    run = simulated(cores()) if is_simulated else on_processes(comparison, folder)
    whole = len(comparison.columns) * len(comparison.seeds)
    with interruptible(), ProgressLine() as line:
        compare(comparison, run, lambda so_far: line.show(f"compare: {so_far.done:,} of {whole:,} runs"))
    return folder


def _show(comparison: "Comparison", folder: Path, metrics: Sequence[str], form: str) -> None:
    """Keep the document and the table in the folder, and print one of them."""
    from chaosctl.history.folder import write_json  # noqa: PLC0415
    from chaosctl.reports.compare_text import render, render_markdown  # noqa: PLC0415
    from chaosctl.reports.symbols import UNICODE, symbols_for  # noqa: PLC0415
    from chaosctl.search.compare_document import as_document  # noqa: PLC0415

    document = as_document(comparison) | {"folder": str(folder)}
    write_json(folder / "compare.json", document)
    (folder / "table.txt").write_text(render(document, UNICODE, TABLE_WIDTH, metrics) + "\n", encoding="utf-8")
    if form == "json":
        print_json(document)
    elif form == "markdown":
        typer.echo(render_markdown(document, metrics))
    else:
        width = max(TABLE_WIDTH, shutil.get_terminal_size().columns)
        typer.echo(render(document, symbols_for(sys.stdout.encoding or "ascii"), width, metrics))
        typer.echo(str(folder))


def _write_page(comparison: "Comparison", folder: Path, metrics: Sequence[str]) -> None:
    from chaosctl.cli.progress import write_page  # noqa: PLC0415
    from chaosctl.reports.html.searches import compare_page  # noqa: PLC0415
    from chaosctl.search.compare_document import as_document  # noqa: PLC0415

    write_page(folder / "compare.html", compare_page(as_document(comparison), metrics))
