"""`chaosctl check`: judge again what was recorded, with today's checks and figures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chaosctl.errors import ExitCode

if TYPE_CHECKING:
    from chaosctl.history.read import StoredRun


def check(
    runs: Annotated[list[str] | None, typer.Argument(help="Run folders, or experiments (their newest run).")] = None,
    *,
    write: Annotated[
        bool, typer.Option("--write", help="Put the new verdict and figures in the run's folder.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a run.")] = False,
    results: Annotated[Path, typer.Option(help="Where runs are looked for.")] = Path("results"),
) -> None:
    """Judge recorded runs again, with today's checks, and exit by verdict. Without RUNS the newest.

    Example: chaosctl check raft-election/leader-crash --write
    """
    from chaosctl.history.read import find_runs  # noqa: PLC0415 - `--help` reads no runs.

    codes: list[ExitCode] = []
    for folder in find_runs(runs or [], results):
        run = judge_again(folder)
        assert run.verdict is not None, "what was judged has a verdict"
        if write:
            _write(run)
        _show(run, as_json=as_json)
        codes.append(ExitCode(run.verdict.exit_code))
    raise typer.Exit(ExitCode.worst(codes))


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
