"""`chaosctl explore`: every single fault, and pair, at every point and message of an experiment."""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from chaosctl.cli.documents import print_json


def explore(
    experiment: Annotated[str, typer.Argument(help="An experiment file, or the name of a shipped one.")],
    *,
    pairs: Annotated[bool, typer.Option("--pairs", help="Every second fault after each first one, too.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Try so many schedules at most.")] = None,
    seconds: Annotated[str | None, typer.Option("--time", help="Begin no schedule after so long: 60s.")] = None,
    occurrences: Annotated[int, typer.Option(min=1, help="Of what recurs, the first so many.")] = 3,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; as many as there are cores.")] = None,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="Override a key: system.broken=NAME.")] = None,
    results: Annotated[Path, typer.Option(help="Where convictions are written.")] = Path("results"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="Write explore.html beside its convictions, too.")] = False,
) -> None:
    """Try every single fault where it can hurt: crash, stall at each named point; drop, delay, double each message.

    Made for experiments with few operations. Their own faults (an operator's orders apart) and thresholds are left out;
    each conviction becomes an experiment file of its own.

    Example: chaosctl explore two-phase-commit/explore --pairs --time 60s
    """
    from chaosctl.cli.progress import ProgressLine, interruptible, seconds_of  # noqa: PLC0415
    from chaosctl.cli.running import load_plans  # noqa: PLC0415 - `--help` needs no simulation.
    from chaosctl.reports import explore_text  # noqa: PLC0415
    from chaosctl.reports.symbols import symbols_for  # noqa: PLC0415
    from chaosctl.search.exploration import as_document, write_files  # noqa: PLC0415
    from chaosctl.search.explore import Breadth, local_workers  # noqa: PLC0415
    from chaosctl.search.explore import explore as explore_all  # noqa: PLC0415
    from chaosctl.search.pool import cores  # noqa: PLC0415

    plan = load_plans([experiment], seed=None, overrides=overrides or [], simulate=True)[0]
    limit_s = seconds_of("--time", seconds) if seconds else None
    breadth = Breadth(pairs, limit, limit_s, occurrences)
    pool = local_workers(workers or cores())
    seed = plan.experiment.seed or 0
    with interruptible(), ProgressLine() as line:
        done = explore_all(plan.experiment, seed, breadth, pool, lambda seen: line.show(seen.progress))
    document = as_document(done, write_files(done, results))
    if as_json:
        print_json(document)
    else:
        width = max(60, shutil.get_terminal_size().columns)
        typer.echo(explore_text.render(document, symbols_for(sys.stdout.encoding or "ascii"), width) + "\n")
    if as_html:
        from chaosctl.cli.progress import write_page  # noqa: PLC0415
        from chaosctl.history.folder import safe_name  # noqa: PLC0415
        from chaosctl.reports.html.searches import explore_page  # noqa: PLC0415

        write_page(results / safe_name(plan.experiment.name) / "explore" / "explore.html", explore_page(document))
    raise typer.Exit(done.exit_code)
