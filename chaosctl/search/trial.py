"""One simulated run as a job for a worker: an experiment's text and a seed in, a small result out.

Nothing is written: what fails is run again into a folder, which the seed makes the same run.
"""

import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from sys import intern
from typing import Any

import msgspec

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.checkers.verdict import judge
from chaosctl.errors import RunBroke
from chaosctl.experiment.load import load
from chaosctl.experiment.model import Experiment
from chaosctl.runtimes.plan import Plan, make_plan
from chaosctl.runtimes.run import Finished, run_in_simulation
from chaosctl.search.swarm import swarmed

BROKEN = "broken"
"""The verdict of a seed whose run could not be carried out."""


@dataclass(frozen=True)
class Trial:
    """A job: the experiment as TOML, its seed; `swarm` lets the seed draw a subset and strength of the faults.

    A fault that a swarm's seed has drawn and that hit nothing counts as not drawn: the seed is not unknown for that.
    """

    text: str
    seed: int
    swarm: bool = False
    messages_wanted: bool = True


class Result(msgspec.Struct, kw_only=True):
    """What one seed gave. `verdict` is pass, fail, unknown or BROKEN; `figures` as `flat` names them.

    `violated` are the checks and thresholds that failed; `sometimes` counts the pattern's rare events; `hit` are the
    occurrences of faults that touched something; `lost` messages dropped; `leaders` changes of leader.
    """

    seed: int
    verdict: str
    as_expected: bool
    why: str
    violated: list[str] = []
    figures: dict[str, float] = {}
    sometimes: dict[str, int] = {}
    hit: int = 0
    lost: int = 0
    leaders: int = 0
    simulated_s: float = 0.0
    wall_s: float = 0.0


def run_trial(trial: Trial) -> Result:
    """Run one seed in memory and return what it gave; one that could not be carried out has the verdict BROKEN."""
    begun = time.perf_counter()
    try:
        finished = run_in_simulation(plan_of(trial), None, messages_wanted=trial.messages_wanted)
    except RunBroke as error:
        return Result(seed=trial.seed, verdict=BROKEN, as_expected=False, why=str(error))
    if trial.swarm and finished.verdict.verdict == "unknown":
        finished = _as_if_not_drawn(finished)
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


def _as_if_not_drawn(finished: Finished) -> Finished:
    """Return a swarm's run judged as if the faults that hit nothing had not been drawn; as it is where none hit."""
    recording, plan = finished.recording, finished.plan
    hitting = {row.name for row in recording.faults if row.phase == "healed" and row.touched}
    if not hitting:
        return finished
    recording = replace(recording, faults=[row for row in recording.faults if row.name in hitting])
    verdict = judge(recording, plan.experiment.expect, plan.check_names, finished.metrics)
    return replace(finished, recording=recording, verdict=verdict)


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


def flat(metrics: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Return metrics.json as figure to value, "availability/faults/majority"; not by node, and without what is None.

    The names are the metric, then what slice it is of: phase, side, f, and an operation's outcome.
    """
    found: dict[str, float] = {}
    for metric, figure in metrics.items():
        for value in figure["values"]:
            if value["value"] is not None and not value["node"]:
                slices = (value["phase"], value["side"], value["f"], value.get("extra", {}).get("type"))
                found[intern("/".join([metric, *filter(None, slices)]))] = float(value["value"])
    return found
