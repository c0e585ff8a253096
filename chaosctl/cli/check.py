"""`chaosctl check`: judge again what was recorded, with today's checks and figures; or a history of anybody's."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chaosctl.errors import BadInput, ExitCode

if TYPE_CHECKING:
    from chaosctl.history.findings import Findings
    from chaosctl.history.read import StoredRun


EXIT = {"pass": ExitCode.PASSED, "fail": ExitCode.REGRESSED, "unknown": ExitCode.UNKNOWN}


def check(
    runs: Annotated[
        list[str] | None, typer.Argument(help="Run folders, experiments (their newest run), or files with a history.")
    ] = None,
    *,
    model: Annotated[str, typer.Option(help="What it is of (register, list-append...); else by its words.")] = "",
    checks: Annotated[
        list[str] | None,
        typer.Option("--check", help="What a history is to be, repeatable; else the strongest."),
    ] = None,
    initial: Annotated[str, typer.Option(help="What a register or store holds at first, as JSON.")] = "",
    svg: Annotated[Path | None, typer.Option(help="Draw the first contradiction into this file.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put the new verdict and figures in the run's folder.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a run or history.")] = False,
    results: Annotated[Path, typer.Option(help="Where runs are looked for.")] = Path("results"),
) -> None:
    """Judge recorded runs again, or histories of anybody's, and exit by verdict. Without any the newest run.

    A history is a file in Jepsen's EDN, a Jepsen log, or a history.jsonl of ours.

    Example: chaosctl check raft-election/leader-crash --write

    Example: chaosctl check history.edn --model queue --svg why.svg

    Example: chaosctl check history.edn --model list-append --check snapshot-isolation
    """
    from chaosctl.cli.checking import draw_first, judge_history, show_history  # noqa: PLC0415 - not for `--help`.

    histories = [name for name in runs or [] if Path(name).is_file()]
    others = [name for name in runs or [] if name not in histories]
    if (others or not histories) and (model or checks or initial):
        raise BadInput("--model, --check and --initial are for files with a history: a run's experiment says all that")
    judged = [judge_history(Path(name), model, checks or [], initial) for name in histories]
    again = _judge_runs(others, results, write=write) if others or not histories else []
    for one in judged:
        show_history(one, as_json=as_json)
    for run, _verdict in again:
        _show(run, as_json=as_json)
    if svg is not None:
        found = [(one.recording, one.checks) for one in judged]
        draw_first([*found, *((run.recording, verdict.checks) for run, verdict in again)], svg)
    codes = [EXIT[found.valid] for one in judged for found in one.checks.values()]
    raise typer.Exit(ExitCode.worst([*codes, *(ExitCode(verdict.exit_code) for _run, verdict in again)]))


def _judge_runs(names: list[str], results: Path, *, write: bool) -> "list[tuple[StoredRun, Findings]]":
    """Return the runs that are named, with their new verdicts, written into their folders where that is wanted."""
    from chaosctl.history.read import find_runs  # noqa: PLC0415

    judged = []
    for folder in find_runs(names, results):
        run = judge_again(folder)
        assert run.verdict is not None, "what was judged has a verdict"
        if write:
            _write(run)
        judged.append((run, run.verdict))
    return judged


def judge_again(folder: Path) -> "StoredRun":
    """Return a run with the verdict and the figures that it gets today; raises BadInput where it can't be read."""
    from dataclasses import replace  # noqa: PLC0415

    import msgspec  # noqa: PLC0415

    from chaosctl.catalogue import catalogue, load_pattern, load_workload  # noqa: PLC0415
    from chaosctl.checkers.verdict import judge  # noqa: PLC0415
    from chaosctl.experiment.load import load_file  # noqa: PLC0415
    from chaosctl.history.findings import Measured  # noqa: PLC0415
    from chaosctl.history.folder import EXPERIMENT  # noqa: PLC0415
    from chaosctl.history.read import read_run  # noqa: PLC0415
    from chaosctl.measurements import measure_all  # noqa: PLC0415
    from chaosctl.runtimes.plan import make_plan  # noqa: PLC0415

    run = read_run(folder)
    experiment = load_file(folder / EXPERIMENT, catalogue())
    pattern = load_pattern(experiment.system.pattern) if experiment.system.pattern else None
    plan = make_plan(experiment, int(run.about.get("seed", 0)), pattern, load_workload)
    metrics = measure_all(run.recording)
    verdict = judge(run.recording, experiment.expect, plan.check_names, metrics)
    return replace(run, verdict=verdict, metrics=msgspec.convert(metrics, dict[str, Measured]))


def _write(run: "StoredRun") -> None:
    from chaosctl.history.folder import METRICS, VERDICT, write_json  # noqa: PLC0415

    write_json(run.folder / METRICS, run.metrics)
    write_json(run.folder / VERDICT, run.verdict)


def _show(run: "StoredRun", *, as_json: bool) -> None:
    import msgspec  # noqa: PLC0415

    from chaosctl.reports import document, terminal  # noqa: PLC0415

    if as_json:
        typer.echo(msgspec.json.encode(document.as_json(run)).decode())
    else:
        terminal.render(run, terminal.standard_console())
