"""`chaosctl run`: run experiments, show progress, write results, exit by verdict."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from chaosctl.errors import ChaosctlError, ExitCode


def run(
    experiments: Annotated[list[str], typer.Argument(help="Experiment files, or names of shipped ones.")],
    *,
    simulate: Annotated[bool, typer.Option("--simulate", help="Run under virtual time, reproducibly.")] = False,
    seed: Annotated[int | None, typer.Option(min=0, help="The seed, in place of the file's.")] = None,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="Override a key: workload.clients=16.")] = None,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Simulate the baseline's seeds, too: 1 where anything got worse.")
    ] = False,
    results: Annotated[Path, typer.Option(help="Where results go.")] = Path("results"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a run.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what nodes write to stderr.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict alone.")] = False,
) -> None:
    """Run experiments and exit by verdict.

    Example: chaosctl run raft-election/leader-crash
    """
    from chaosctl.cli.regressing import hold_against, read_baselines  # noqa: PLC0415
    from chaosctl.cli.running import load_plans, run_one  # noqa: PLC0415
    from chaosctl.experiment.library import find  # noqa: PLC0415

    plans = load_plans(experiments, seed=seed, overrides=overrides or [], simulate=simulate)
    held = read_baselines(experiments, overrides or []) if baseline else []
    codes: list[ExitCode] = []
    for name, plan in zip(experiments, plans, strict=True):
        try:
            finished = run_one(plan, results, simulate=simulate, verbose=verbose)
        except ChaosctlError as error:
            typer.echo(str(error), err=True)
            codes.append(error.exit_code)
            continue
        show(finished, as_json=as_json, quiet=quiet)
        if os.environ.get("GITHUB_ACTIONS") == "true":
            assert finished.folder is not None, "a run that is kept has a folder"
            _tell_github(finished.folder, find(name))
        codes.append(finished.exit_code)
        if finished.interrupted:
            raise typer.Exit(ExitCode.worst(codes))
    raise typer.Exit(ExitCode.worst([*codes, *hold_against(held, as_json=as_json)]))


def show(finished: Any, *, as_json: bool, quiet: bool = False) -> None:
    """Print a finished run; nothing more where nobody reads any longer."""
    from chaosctl.cli.report import print_run  # noqa: PLC0415

    try:
        print_run(finished.folder, as_json=as_json, quiet=quiet)
        sys.stdout.flush()
    except BrokenPipeError:
        _print_no_more()
    except SystemExit as exit_:  # What Rich makes of a broken pipe; but 1 would be a verdict here.
        if exit_.code != 1:
            raise
        _print_no_more()


def _tell_github(folder: Path, experiment: Path) -> None:
    """Write annotations to stderr, which GitHub reads too, and a summary to the file that it names."""
    from chaosctl.history.read import read_run  # noqa: PLC0415
    from chaosctl.reports import github, markdown  # noqa: PLC0415

    run = read_run(folder)
    file = os.path.relpath(experiment, os.environ.get("GITHUB_WORKSPACE", "."))
    for line in github.annotations(run, file, experiment.read_text(encoding="utf-8")):
        typer.echo(line, err=True)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as written:
            written.write(markdown.render(run) + "\n")


def _print_no_more() -> None:
    """Let what is still printed go nowhere: who read it has gone, as `head` does, and wants the exit code at most."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
