"""How long operations took that ended ok, as percentiles by nearest rank: always a latency that was measured."""

from collections.abc import Sequence
from typing import ClassVar

from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed

LATE = "half of the messages came later than the network was to deliver them, by more than its mean delay"


def nearest_rank(ordered: Sequence[int], percent: int) -> int:
    """Return the smallest of the sorted samples that at least this percentage of them does not exceed."""
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]


class LatencyP50:
    """The median latency of operations that ended ok; no value where the run kept messages longer than it meant to."""

    unit: ClassVar[str] = "ms"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase", "side", "f", "node")
    percent: ClassVar[int] = 50

    def measure(self, observed: Observed) -> list[Value]:
        """Return a latency for each slice in which an operation was ok."""
        if observed.runner_events("delays_off"):
            return [Value(None, 0, *part, extra={"why": LATE}) for part in observed.latencies_by_slice]
        return [
            Value(nearest_rank(took, self.percent) / 1e6, len(took), *part)
            for part, took in observed.latencies_by_slice.items()
        ]


class LatencyP95(LatencyP50):
    """The latency that 95 % of the operations that ended ok did not exceed."""

    percent: ClassVar[int] = 95


class LatencyP99(LatencyP50):
    """The latency that 99 % of the operations that ended ok did not exceed."""

    percent: ClassVar[int] = 99


class LatencyMax(LatencyP50):
    """The longest that an operation took which ended ok."""

    percent: ClassVar[int] = 100
