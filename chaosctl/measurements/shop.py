"""What a shop in parts gave up: how much of what customers were told was old, and how long their orders stayed open."""

from collections.abc import Iterable
from statistics import median
from typing import ClassVar

from chaosctl.history.levels import levels_of, was_so
from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.phases import AFTER, ALL, BEFORE, FAULTS

PHASES = (ALL, BEFORE, FAULTS, AFTER)


class StaleAnswers:
    """The share of answers to `browse` that were soft state out of date: not so at any moment while they were asked."""

    unit: ClassVar[str] = "share"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a share a phase; none where nobody browsed."""
        levels, asked = levels_of(observed.recording), {}
        answers: list[tuple[str, bool]] = []
        for row in observed.recording.operations:
            if row.f == "browse" and row.type == "invoke":
                asked[row.process] = row.time
            elif row.f == "browse" and row.type == "ok" and row.process in asked:
                since, item = asked[row.process], row.value["item"]
                told = row.value["left"].items()
                is_true = all(was_so(levels.get((stock, item), []), left, since, row.time) for stock, left in told)
                answers.append((observed.phases.phase(since), not is_true))
        samples = {phase: [stale for when, stale in answers if phase in (ALL, when)] for phase in PHASES}
        return [Value(sum(stale) / len(stale), len(stale), phase) for phase, stale in samples.items() if stale]


class SettleTimeP50:
    """How long an order was open, from when its customer sent it until it was filled or refused; the median."""

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return the median a phase, that in which it was sent; none where nothing was settled."""
        return [Value(median(times), len(times), phase) for phase, times in _settled(observed) if times]


class SettleTimeMax:
    """How long an order was open at most, from when its customer sent it until it was filled or refused."""

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return the longest a phase, that in which it was sent; none where nothing was settled."""
        return [Value(max(times), len(times), phase) for phase, times in _settled(observed) if times]


def _settled(observed: Observed) -> Iterable[tuple[str, list[float]]]:
    """Return phase and seconds of every order that a customer was told of and that was settled."""
    rows = observed.recording.operations
    sent = {row.value["number"]: row.time for row in rows if row.f == "order" and row.type == "invoke"}
    taken = {row.value["number"] for row in rows if row.f == "order" and row.type == "ok"}
    times = {
        number: (observed.phases.phase(sent[number]), (event.time - sent[number]) / 1e9)
        for event in observed.events("settled")
        if (number := event.fields.get("order")) in taken
    }
    return [(phase, [took for when, took in times.values() if phase in (ALL, when)]) for phase in PHASES]
