"""One schedule as a job for a worker: an experiment and the faults to aim, in; what its own checks say of it, out.

Only the verdict is wanted, so nothing is measured. A told attempt also says which places it passed, for the next fault.
"""

import time
from dataclasses import dataclass
from functools import lru_cache

from chaosctl.catalogue import catalogue, load_check, load_pattern, load_workload
from chaosctl.errors import RunBroke
from chaosctl.experiment.load import load
from chaosctl.experiment.model import Experiment
from chaosctl.history.recording import Recording
from chaosctl.node.pattern import Pattern
from chaosctl.runtimes.plan import Plan, make_plan
from chaosctl.runtimes.run import judge_in_simulation
from chaosctl.search.points import Harm, Patience, Place, orders_of, places_of, scheduled


@dataclass(frozen=True)
class Attempt:
    """A job: the experiment without faults as TOML, its seed, and the faults to aim.

    `told`: return the places that the run passes, of each the first `told` occurrences; 0: none.
    """

    text: str
    seed: int
    harms: tuple[Harm, ...]
    told: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt. `missed`: one of its faults never happened, or had nothing left to hurt.

    `cpu_s` is the CPU time that it took its worker, from the job to this.
    """

    verdict: str
    why: str
    violated: tuple[str, ...] = ()
    missed: bool = False
    places: tuple[tuple[int, Place], ...] = ()
    cpu_s: float = 0.0


def try_schedule(attempt: Attempt) -> Outcome:
    """Run an attempt in memory and return what became of it."""
    begun = time.process_time()
    experiment, pattern, patience = prepared(attempt.text)
    faulty = scheduled(experiment, attempt.harms, patience)
    plan = plan_of(faulty, attempt.seed, pattern)
    wanted = bool(attempt.told) or any("messages" in load_check(name).needs for name in plan.check_names)
    try:
        recording, verdict = judge_in_simulation(plan, messages_wanted=wanted, points_told=bool(attempt.told))
    except RunBroke as error:
        return Outcome("unknown", str(error))
    return Outcome(
        verdict=verdict.verdict,
        why=verdict.why,
        violated=tuple(name for name, check in verdict.checks.items() if check.valid == "fail"),
        missed=_happened(recording) < len(faulty.faults) - len(orders_of(faulty)),
        places=tuple(places_of(recording, attempt.told)) if attempt.told else (),
        cpu_s=time.process_time() - begun,
    )


def plan_of(experiment: Experiment, seed: int, pattern: Pattern | None) -> Plan:
    """Return the plan of one schedule."""
    return make_plan(experiment, seed, pattern, load_workload)


@lru_cache(maxsize=8)
def prepared(text: str) -> tuple[Experiment, Pattern | None, Patience]:
    """Return the experiment of a text, its pattern, and how long is late for it."""
    experiment = load(text, catalogue())
    pattern = load_pattern(experiment.system.pattern) if experiment.system.pattern else None
    return experiment, pattern, Patience.of(experiment, pattern)


def _happened(recording: Recording) -> int:
    """Return how many faults really hurt somebody: each is aimed at one place, and has one occurrence."""
    return sum(1 for row in recording.faults if row.phase == "healed" and row.touched and row.kind != "operator")
