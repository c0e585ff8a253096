"""One simulated run as a job for a worker: an experiment's text and a seed in, a small result out.

Nothing is written: what fails is run again into a folder, which the seed makes the same run.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.experiment.load import load
from chaosctl.experiment.model import Experiment
from chaosctl.runtimes.plan import Plan, make_plan
from chaosctl.runtimes.run import Finished, run_in_simulation
from chaosctl.search.swarm import swarmed


@dataclass(frozen=True)
class Trial:
    """A job: the experiment as TOML, its seed; `swarm` lets the seed draw a subset and strength of the faults."""

    text: str
    seed: int
    swarm: bool = False
    messages_wanted: bool = True


class Result(msgspec.Struct, kw_only=True):
    """What one seed gave. `figures` are flat: "availability/faults/majority" to a value, those with a sample alone.

    `violated` are the checks and thresholds that failed; `sometimes` counts the pattern's rare events; `hit` are the
    occurrences of faults that touched something; `lost` messages dropped; `leaders` changes of leader.
    """

    seed: int
    verdict: str
    as_expected: bool
    violated: list[str]
    why: str
    figures: dict[str, float]
    sometimes: dict[str, int]
    hit: int
    lost: int
    leaders: int
    simulated_s: float
    wall_s: float


def run_trial(trial: Trial) -> Result:
    """Run one seed in memory and return what it gave."""
    begun = time.perf_counter()
    finished = run_in_simulation(plan_of(trial), None, messages_wanted=trial.messages_wanted)
    return _result(trial, finished, time.perf_counter() - begun)


def keep_trial(trial: Trial, results: Path) -> Finished:
    """Run the same again, into a folder below `results`."""
    return run_in_simulation(plan_of(trial), results)


def plan_of(trial: Trial) -> Plan:
    """Return the plan of a trial; raises BadInput where its text is wrong."""
    experiment = _experiment(trial.text)
    if trial.swarm:
        experiment = swarmed(experiment, trial.seed)
    name = experiment.system.pattern
    return make_plan(experiment, trial.seed, load_pattern(name) if name else None, load_workload)


@lru_cache(maxsize=64)
def _experiment(text: str) -> Experiment:
    return load(text, catalogue())


def _result(trial: Trial, finished: Finished, wall_s: float) -> Result:
    recording, verdict = finished.recording, finished.verdict
    pattern = finished.plan.pattern
    counts = dict.fromkeys(pattern.sometimes if pattern else (), 0)
    leaders = 0
    for event in recording.events:
        if event.event in counts:
            counts[event.event] += 1
        leaders += event.event == recording.declared.leader_event
    violated = [name for name, check in verdict.checks.items() if check.valid == "fail"]
    violated += [threshold.metric for threshold in verdict.thresholds if threshold.valid == "fail"]
    return Result(
        seed=trial.seed,
        verdict=str(verdict.verdict),
        as_expected=verdict.as_expected,
        violated=violated,
        why=verdict.why,
        figures=flat(finished.metrics),
        sometimes=counts,
        hit=sum(1 for row in recording.faults if row.phase == "healed" and row.touched),
        lost=sum(1 for row in recording.messages() if row.fate == "dropped"),
        leaders=leaders,
        simulated_s=recording.declared.end_ns / 1e9,
        wall_s=wall_s,
    )


def flat(metrics: dict[str, dict[str, list[dict[str, object]]]]) -> dict[str, float]:
    """Return every value of metrics.json under one key: the metric, and its phase, side, f and node where it has one."""
    found: dict[str, float] = {}
    for metric, figure in metrics.items():
        for value in figure["values"]:
            number = value.get("value")
            if isinstance(number, int | float):
                parts = [metric, *(str(value[part]) for part in ("phase", "side", "f", "node") if value.get(part))]
                found["/".join(parts)] = float(number)
    return found
