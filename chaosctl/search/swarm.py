"""Swarm testing: each seed draws its own subset and strength of an experiment's faults.

Groce et al., "Swarm Testing" (ISSTA 2012): runs that leave some features out find what runs with all of them hide.
"""

from random import Random

from chaosctl.experiment.model import Experiment, Fault
from chaosctl.experiment.values import Range
from chaosctl.node.seeds import stream

KEPT = 0.7
"""With this probability a fault stays in; one at least does."""

MOVED, STRETCHED = 0.5, 2.0
"""A fault begins up to half the load's duration elsewhere, and lasts from 1/2 to twice as long."""


def swarmed(experiment: Experiment, seed: int) -> Experiment:
    """Return the experiment with the faults that this seed draws."""
    random = stream(seed, "swarm")
    kept = [fault for fault in experiment.faults if random.random() < KEPT]
    if not kept and experiment.faults:
        kept = [random.choice(experiment.faults)]
    names = {fault.name for fault in kept}
    alone = [fault for fault in kept if fault.after is None or fault.after in names]
    return experiment.model_copy(update={"faults": [_moved(fault, experiment.duration, random) for fault in alone]})


def _moved(fault: Fault, load_s: float, random: Random) -> Fault:
    """Return a fault at another time and of another length; an aimed one keeps its trigger."""
    changes: dict[str, Range] = {}
    if fault.at is not None and fault.when is None and fault.after is None:
        earliest = min(fault.at.low, 0.2 * load_s)
        at = random.uniform(earliest, max(earliest, min(0.8 * load_s, fault.at.high + MOVED * load_s)))
        changes["at"] = Range(at, at)
    if fault.duration is not None:
        length = fault.duration.draw(random) * STRETCHED ** random.uniform(-1, 1)
        changes["duration"] = Range(length, length)
    return fault.model_copy(update=changes)
