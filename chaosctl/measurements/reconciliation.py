"""How well a reconciler reconciles: how much of what it reports is so, and of what is so reported; how soon."""

from collections.abc import Callable
from typing import ClassVar

from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed


class ReconcilerPrecision:
    """The share of the reported discrepancies that were injected; the others are false alarms."""

    unit: ClassVar[str] = "share"
    better: ClassVar[str] = "higher"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the share; none where nothing was reported."""
        return _share(_times(observed, "discrepancy", min), _times(observed, "damaged", min))


class ReconcilerRecall:
    """The share of the injected discrepancies that were reported; the others were missed."""

    unit: ClassVar[str] = "share"
    better: ClassVar[str] = "higher"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the share; none where nothing was injected."""
        return _share(_times(observed, "damaged", min), _times(observed, "discrepancy", min))


class RepairTime:
    """How long a discrepancy lasted, from when it was injected until it was repaired; the longest of all."""

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the longest; one that was never repaired lasted at least to the end of the run."""
        injected, repaired = _times(observed, "damaged", min), _times(observed, "repaired", max)
        if not injected:
            return []
        lasted = [repaired.get(one, observed.phases.end_ns) - time_ns for one, time_ns in injected.items()]
        extra = {} if injected.keys() <= repaired.keys() else {"at_least": True}
        return [Value(max(lasted) / 1e9, len(lasted), extra=extra)]


def _share(of: dict[tuple[str, str], int], that_are: dict[tuple[str, str], int]) -> list[Value]:
    return [Value(len(of.keys() & that_are.keys()) / len(of), len(of))] if of else []


def _times(observed: Observed, name: str, pick: Callable[[int, int], int]) -> dict[tuple[str, str], int]:
    """Return when each discrepancy, (gid, kind), was told of: the first time or the last."""
    times: dict[tuple[str, str], int] = {}
    for event in observed.events(name):
        one = (str(event.fields.get("gid")), str(event.fields.get("kind")))
        times[one] = pick(times.get(one, event.time), event.time)
    return times
