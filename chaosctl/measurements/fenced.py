"""Work under a term, at the resource: what deposed leaders tried, and what of it was done."""

from typing import ClassVar

from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.phases import AFTER, ALL, BEFORE, FAULTS

PHASES = (ALL, BEFORE, FAULTS, AFTER)


class FencedWrites:
    """Writes that the resource refused because a later leader had been there: damage that its fence prevented."""

    unit: ClassVar[str] = "writes"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a count a phase; none where no work was done."""
        return _by_phase(observed, [event.time for event in observed.events("fenced")])


class DamagingWrites:
    """Writes that were done under a token lower than one that had been there: two leaders had an effect at once."""

    unit: ClassVar[str] = "writes"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a count a phase; none where no work was done."""
        highest, times = 0, []
        for event in sorted(observed.events("written"), key=lambda event: int(event.fields["position"])):
            token = int(event.fields["token"])
            if token < highest:
                times.append(event.time)
            highest = max(highest, token)
        return _by_phase(observed, times)


def _by_phase(observed: Observed, times_ns: list[int]) -> list[Value]:
    """Return how many of these times fall into each phase; the writes done are what there was to look at."""
    done = len(observed.events("written"))
    phases = [phase for phase in PHASES if observed.phases.span(phase) is not None]
    return [
        Value(sum(phase in (ALL, observed.phases.phase(time)) for time in times_ns), done, phase)
        for phase in phases
        if done
    ]
