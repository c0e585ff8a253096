"""What `run` and its kin share: from names on the command line to plans, and from a plan to a finished run."""

import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.errors import BadInput, Mistake
from chaosctl.experiment.library import find
from chaosctl.experiment.load import load_file
from chaosctl.experiment.model import Experiment
from chaosctl.runtimes.plan import Plan, make_plan
from chaosctl.runtimes.run import Finished, run_in_simulation, run_on_processes


def load_plans(names: Sequence[str], *, seed: int | None, overrides: Sequence[str], simulate: bool) -> list[Plan]:
    """Return a plan for each file, or raise BadInput with the mistakes of all of them."""
    plans: list[Plan] = []
    mistakes: list[Mistake] = []
    for name in names:
        try:
            plans.append(load_plan(find(name), seed=seed, overrides=overrides, simulate=simulate))
        except BadInput as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise BadInput(mistakes)
    return plans


def load_plan(path: Path, *, seed: int | None, overrides: Sequence[str], simulate: bool) -> Plan:
    """Return the plan of one file; raises BadInput."""
    return plan_of(load_file(path, catalogue(), overrides), path, seed=seed, simulate=simulate)


def plan_of(experiment: Experiment, path: Path, *, seed: int | None, simulate: bool) -> Plan:
    """Return the plan of an experiment that stands, or would stand, at `path`; raises BadInput."""
    runtime = "simulation" if simulate else "processes"
    if runtime not in experiment.expect.runtimes:
        raise BadInput(f"{path}: does not run on {runtime}: {experiment.expect.why}")
    if simulate and experiment.system.command:
        raise BadInput(f"{path}: system.command: a program of your own has no virtual time; run it without --simulate")
    if experiment.system.command:
        command = _with_found_files(experiment.system.command, (path.parent, Path()))
        if Path(command[0]).is_file() and not os.access(command[0], os.X_OK):
            raise BadInput(
                f"{path}: system.command: {command[0]} may not be executed: chmod +x, or name its interpreter"
            )
        system = experiment.system.model_copy(update={"command": command})
        experiment = experiment.model_copy(update={"system": system})
    pattern = load_pattern(experiment.system.pattern) if experiment.system.pattern else None
    drawn = seed if seed is not None else experiment.seed
    drawn = drawn if drawn is not None else secrets.randbelow(2**32)
    plan = make_plan(experiment, drawn, pattern, load_workload)
    if simulate and (plan.servers or plan.broker):
        option = "backend" if plan.servers else "broker"
        kinds = " and ".join(sorted({*plan.servers.values(), *([plan.broker.kind] if plan.broker else [])}))
        raise BadInput(
            f"{path}: system.options.{option}: a real {kinds} has no virtual time: run it without --simulate, "
            'and write runtimes = ["processes"] and why in [expect]'
        )
    return plan


def run_one(plan: Plan, results: Path, *, simulate: bool, verbose: bool = False) -> Finished:
    """Run a plan, with a live display where a person looks on; or (`verbose`) with what nodes write to stderr."""
    if simulate:
        return run_in_simulation(plan, results)
    if verbose:
        from chaosctl.reports.node_stderr import follow  # noqa: PLC0415 - seldom asked for.

        return run_on_processes(plan, results, follow)
    if not sys.stderr.isatty():
        return run_on_processes(plan, results)
    from chaosctl.reports.live import watch  # noqa: PLC0415 - Rich only where a terminal is.

    return run_on_processes(plan, results, watch)


def _with_found_files(command: Sequence[str], folders: Sequence[Path]) -> list[str]:
    """Return a command whose files are absolute paths, for a node runs in a folder of its own.

    A word that names a file means the one beside the experiment file, or else the one in the current folder. A program
    without a slash is looked for in PATH alone, as a shell does.
    """
    found = list(command)
    for number, word in enumerate(command):
        if number > 0 or "/" in word:
            files = [folder / word for folder in folders if (folder / word).is_file()]
            found[number] = str(files[0].absolute()) if files else word
    return found
