"""From a run that fails to the smallest experiment that still fails in the same way, by trying what can go.

Every step is run again, in simulation: all that was violated at first must be violated again. What the loader refuses
(a fault that follows one that is gone, a target that no node is left for) is no step.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.errors import BadInput, RunBroke
from chaosctl.experiment.dump import dump
from chaosctl.experiment.load import load
from chaosctl.experiment.model import Experiment, Step
from chaosctl.history.folder import safe_name
from chaosctl.history.records import Operation
from chaosctl.runtimes.plan import Plan, make_plan
from chaosctl.runtimes.run import judge_in_simulation
from chaosctl.search.reductions import Reduction


@dataclass(frozen=True)
class Budget:
    """How long to go on: so many runs, so many seconds."""

    runs: int = 1000
    seconds: float = 300.0


@dataclass
class Shrunk:
    """What is left, and what went. `violated`: the checks and metrics that the first run violated, and each since."""

    experiment: Experiment
    violated: frozenset[str]
    why: str
    runs: int = 1
    wall_s: float = 0.0
    removed: dict[str, list[str]] = field(default_factory=dict)
    lowered: dict[str, tuple[str, str]] = field(default_factory=dict)
    is_cut_short: bool = False

    @property
    def progress(self) -> str:
        """How far it has come, on one line."""
        return f"{self.experiment.name}: {self.runs:,} runs, {self.wall_s:.0f} s"


class _BudgetSpentError(Exception):
    """No run is left to try anything."""


def shrink(
    experiment: Experiment, seed: int, budget: Budget, progress: Callable[[Shrunk], None] = lambda _: None
) -> Shrunk:
    """Return the smallest experiment found; raises BadInput where this one does not fail with this seed."""
    begun = time.perf_counter()
    plan = _plan(experiment.model_copy(update={"seed": seed}))
    violated, why, _ = _run(plan)
    if not violated:
        raise BadInput(f"{experiment.name}: with seed {seed} nothing fails in simulation: {why}")
    found = Shrunk(_relevant(plan, violated), violated, why)

    def fails(smaller: Experiment) -> bool:
        found.wall_s = time.perf_counter() - begun
        if found.runs >= budget.runs or found.wall_s > budget.seconds:
            raise _BudgetSpentError
        try:
            plan = _plan(load(dump(smaller), catalogue()))
        except BadInput:
            return False
        found.runs += 1
        progress(found)
        return found.violated <= _run(plan)[0]

    reduction = Reduction(found.experiment, fails)
    try:
        while reduction.once():
            if not reduction.best.workload.script:
                reduction.script(_run(_plan(reduction.best))[2])
    except (_BudgetSpentError, KeyboardInterrupt):
        found.is_cut_short = True
    found.experiment, found.removed, found.lowered = reduction.best, reduction.removed, reduction.lowered
    found.why = _run(_plan(found.experiment))[1]
    return found


def write_file(shrunk: Shrunk, results: Path) -> Path:
    """Write what is left as an experiment below `results`; its path tells experiment and seed."""
    experiment = shrunk.experiment
    folder = results / safe_name(experiment.name) / "shrink"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"seed-{experiment.seed}.toml"
    description = f"Found by shrink: the least that still violates {', '.join(sorted(shrunk.violated))}. {shrunk.why}."
    path.write_text(dump(experiment.model_copy(update={"description": description})), encoding="utf-8")
    return path


def as_document(shrunk: Shrunk, path: Path) -> dict[str, Any]:
    """Return what was found as JSON can hold it: what reports and other programs read."""
    return {
        "experiment": shrunk.experiment.name,
        "seed": shrunk.experiment.seed,
        "violates": sorted(shrunk.violated),
        "why": shrunk.why,
        "runs": shrunk.runs,
        "wall_s": shrunk.wall_s,
        "is_cut_short": shrunk.is_cut_short,
        "removed": shrunk.removed,
        "lowered": {place: {"before": before, "after": after} for place, (before, after) in shrunk.lowered.items()},
        "file": str(path),
    }


def _relevant(plan: Plan, violated: frozenset[str]) -> Experiment:
    """Return the experiment with its grace said, and without the thresholds that held."""
    expect = plan.experiment.expect
    thresholds = [threshold for threshold in expect.thresholds if threshold.metric in violated]
    kept = expect.model_copy(update={"thresholds": thresholds})
    return plan.experiment.model_copy(update={"grace": plan.grace, "expect": kept})


def _plan(experiment: Experiment) -> Plan:
    pattern = load_pattern(experiment.system.pattern) if experiment.system.pattern else None
    return make_plan(experiment, experiment.seed or 0, pattern, load_workload)


def _run(plan: Plan) -> tuple[frozenset[str], str, list[Step]]:
    """Run a plan; return the checks and metrics that fail, the verdict's reason, and the load's operations as steps."""
    try:
        recording, verdict = judge_in_simulation(plan, messages_wanted=True)
    except RunBroke as error:
        return frozenset(), str(error), []
    names = [name for name, check in verdict.checks.items() if check.valid == "fail"]
    names += [threshold.metric for threshold in verdict.thresholds if threshold.valid == "fail"]
    load = [row for row in recording.operations if row.type == "invoke" and not row.final]
    end_ns = recording.declared.load_end_ns
    steps = [_step(row) for row in load if row.time < end_ns]
    return frozenset(names), verdict.why, steps


def _step(row: Operation) -> Step:
    return Step.model_validate({"at": f"{row.time}ns", "node": row.node, "f": row.f, "value": row.value})
