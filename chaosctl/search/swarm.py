"""Swarm testing: each seed draws its own subset and strength of an experiment's faults, and when they begin.

Groce et al., "Swarm Testing" (ISSTA 2012): runs that leave some features out find what runs with all of them hide.
"""

from random import Random
from typing import Any

from chaosctl.experiment.model import Experiment, Fault
from chaosctl.experiment.values import Range
from chaosctl.node.seeds import stream

KEPT = 0.5
"""With this probability a fault stays in, and one at least does; what holds from the start is the setting: it stays."""

LATEST = 0.8
"""A fault begins after this share of the load at the latest, and no earlier than the file's first."""

STRETCHED = 2.0
"""Times are from 1/2 to twice as long; other numbers from 1/2 of what the file says to all of it, so that they hold."""


def swarmed(experiment: Experiment, seed: int) -> Experiment:
    """Return the experiment with the faults that this seed draws, without limits, which are for the file's own."""
    random = stream(seed, "swarm")
    faults = experiment.faults
    setting = [fault for fault in faults if fault.at is None and fault.after is None and fault.when is None]
    others = [fault for fault in faults if fault not in setting]
    drawn_in = [fault for fault in others if random.random() < KEPT] or ([random.choice(others)] if others else [])
    kept = [fault for fault in faults if fault in setting or fault in drawn_in]
    names = {fault.name or fault.kind for fault in kept}
    first = min((fault.at.low for fault in others if fault.at and fault.after is None), default=0.0)
    begins = Range(first, max(first, LATEST * experiment.duration))
    drawn = []
    for fault in kept:
        changes = _strength(fault, random)
        if fault.after is not None and fault.after not in names:
            changes |= {"after": None, "at": fault.at or Range(0.0, 0.0)}  # What it would follow is left out.
        if changes.get("after", fault.after) is None and fault.when is None and (fault.at or "at" in changes):
            at = begins.draw(random)
            changes["at"] = Range(at, at)
        drawn.append(fault.model_copy(update=changes))
    expect = experiment.expect.model_copy(update={"thresholds": []})
    return experiment.model_copy(update={"faults": drawn, "expect": expect})


def _strength(fault: Fault, random: Random) -> dict[str, Any]:
    """Return a fault's times and numbers, drawn anew."""
    changes: dict[str, Any] = {}
    for name in type(fault).model_fields:
        value = getattr(fault, name)
        if isinstance(value, Range) and name != "at":
            length = value.draw(random) * STRETCHED ** random.uniform(-1, 1)
            changes[name] = Range(length, length)
        elif isinstance(value, float):
            changes[name] = value * STRETCHED ** random.uniform(-1, 0)
    return changes
