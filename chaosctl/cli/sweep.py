"""`chaosctl sweep`: many seeds of an experiment in simulation, on all cores."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chaosctl.cli.documents import print_json
from chaosctl.errors import ExitCode

if TYPE_CHECKING:
    from chaosctl.experiment.model import Experiment
    from chaosctl.search.sweep import Search, Sweep


def sweep(
    experiments: Annotated[list[str], typer.Argument(help="Experiment files, or names of shipped ones.")],
    *,
    seeds: Annotated[int | None, typer.Option(min=1, help="How many; 100 where no time is given.")] = None,
    first: Annotated[int, typer.Option("--from", min=0, help="The first seed.")] = 0,
    seconds: Annotated[str | None, typer.Option("--time", help="Begin no seed after so long: 60s.")] = None,
    until_fail: Annotated[bool, typer.Option("--until-fail", help="Stop at the first failure.")] = False,
    swarm: Annotated[bool, typer.Option("--swarm", help="Let each seed draw its own subset of the faults.")] = False,
    check_determinism: Annotated[
        bool, typer.Option("--check-determinism", help="Run each seed twice and compare draw by draw.")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; as many as there are cores.")] = None,
    dask: Annotated[str | None, typer.Option(help="Address of a Dask scheduler to work for us instead.")] = None,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="Override a key: workload.clients=16.")] = None,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Simulate the baseline's seeds, too: 1 where anything got worse.")
    ] = False,
    results: Annotated[Path, typer.Option(help="Where results go.")] = Path("results"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object an experiment.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="Write sweep.html beside its seeds, too.")] = False,
) -> None:
    """Run many seeds in simulation; show what fails, how figures spread, what the absence of failures proves.

    Interrupted, the same command goes on where it stopped. Exits with 4 where over 5 % of the seeds are unknown, or
    where under --swarm a rare event of the pattern never happened.

    Example: chaosctl sweep raft-election/leader-crash --seeds 2000
    """
    from chaosctl.cli.regressing import hold_against, read_baselines  # noqa: PLC0415
    from chaosctl.cli.running import load_plans  # noqa: PLC0415 - `--help` needs no simulation.
    from chaosctl.search.pool import cores  # noqa: PLC0415

    plans = load_plans(experiments, seed=first, overrides=overrides or [], simulate=True)
    held = read_baselines(experiments, overrides or []) if baseline else []
    search = _search(first, seeds, seconds, until_fail=until_fail, swarm=swarm)
    count = workers or cores()
    codes: list[ExitCode] = []
    for plan in plans:
        if check_determinism:
            codes.append(_check(plan.experiment, search, count, as_json=as_json))
        else:
            codes.append(
                _sweep(plan.experiment, search, results, _workers(dask, count), as_json=as_json, as_html=as_html)
            )
        if codes[-1] is ExitCode.INTERRUPTED:
            raise typer.Exit(ExitCode.worst(codes))
    raise typer.Exit(ExitCode.worst([*codes, *hold_against(held, as_json=as_json)]))


def _search(first: int, seeds: int | None, seconds: str | None, *, until_fail: bool, swarm: bool) -> "Search":
    from chaosctl.cli.progress import seconds_of  # noqa: PLC0415
    from chaosctl.search.sweep import Search  # noqa: PLC0415

    limit = seconds_of("--time", seconds) if seconds is not None else None
    count = seeds if seeds is not None or limit is not None else 100
    return Search(first, count, limit, until_fail, swarm)


def _sweep(
    experiment: "Experiment", search: "Search", results: Path, workers: Any, *, as_json: bool, as_html: bool
) -> ExitCode:
    from chaosctl.cli.progress import ProgressLine, interruptible  # noqa: PLC0415
    from chaosctl.reports import sweep_text  # noqa: PLC0415
    from chaosctl.search.sweep import keep_failures, sweep  # noqa: PLC0415
    from chaosctl.search.sweep_document import as_document  # noqa: PLC0415

    with interruptible(), ProgressLine() as line:
        done = sweep(experiment, search, workers, results, lambda done: line.show(_told(done)))
    document = as_document(done, keep_failures(done, results))
    _print(document, sweep_text.render, as_json=as_json)
    if as_html:
        from chaosctl.cli.progress import write_page  # noqa: PLC0415
        from chaosctl.history.folder import safe_name  # noqa: PLC0415
        from chaosctl.reports.html.searches import sweep_page  # noqa: PLC0415

        write_page(results / safe_name(experiment.name) / "sweep" / "sweep.html", sweep_page(document))
    return done.exit_code


def _check(experiment: "Experiment", search: "Search", workers: int, *, as_json: bool) -> ExitCode:
    from chaosctl.reports import sweep_text  # noqa: PLC0415
    from chaosctl.search.determinism import check_determinism  # noqa: PLC0415
    from chaosctl.search.sweep import trials  # noqa: PLC0415

    seeds, differ = 0, []
    for _, difference in check_determinism(trials(experiment, search), workers):
        seeds += 1
        if difference is not None:
            differ.append(vars(difference))
            if search.until_fail:
                break
    document = {"experiment": experiment.name, "seeds": seeds, "differ": sorted(differ, key=lambda each: each["seed"])}
    _print(document, sweep_text.determinism, as_json=as_json)
    if not seeds:
        return ExitCode.UNKNOWN
    return ExitCode.REGRESSED if differ else ExitCode.PASSED


def _print(document: dict[str, Any], render: Callable[..., str], *, as_json: bool) -> None:
    from chaosctl.reports.symbols import symbols_for  # noqa: PLC0415

    if as_json:
        print_json(document)
    else:
        width = max(60, shutil.get_terminal_size().columns)
        typer.echo(render(document, symbols_for(sys.stdout.encoding or "ascii"), width) + "\n")


def _told(done: "Sweep") -> str:
    """Return how far a sweep has come."""
    from chaosctl.reports.sweep_text import progress_line  # noqa: PLC0415

    counts = {"seeds": len(done.results), "failures": done.failed}
    rates = ((len(done.results) - done.earlier) / done.wall_s, done.simulated_s / done.wall_s)
    return progress_line(done.experiment.name, counts, *rates)


def _workers(dask: str | None, count: int) -> Any:
    """Return who runs the trials."""
    from chaosctl.search.dask_pool import DaskPool  # noqa: PLC0415
    from chaosctl.search.pool import Pool  # noqa: PLC0415
    from chaosctl.search.trial import run_trial  # noqa: PLC0415

    return DaskPool(run_trial, dask) if dask is not None else Pool(run_trial, workers=count)
