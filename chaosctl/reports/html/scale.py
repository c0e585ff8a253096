"""From run time to a place in a picture. Every picture of a run is as wide, so that they stand under one another."""

from collections.abc import Iterator
from dataclasses import dataclass

from chaosctl.reports.words import number

LABEL, WIDTH = 110, 1000
"""In units of the picture: where time begins, and how wide the picture is."""


@dataclass(frozen=True)
class Scale:
    """The stretch of time (ns) that a picture shows."""

    start_ns: int
    end_ns: int

    def x(self, time_ns: int) -> float:
        """Return where a time stands; what lies outside stands at the edge."""
        share = (time_ns - self.start_ns) / max(1, self.end_ns - self.start_ns)
        return round(LABEL + max(0.0, min(1.0, share)) * (WIDTH - LABEL - 10), 2)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Yield places and times in seconds or milliseconds, some ten, at steps of 1, 2 or 5."""
        span = max(1, self.end_ns - self.start_ns)
        step = next(size * 10**power for power in range(18) for size in (1, 2, 5) if span <= 12 * size * 10**power)
        for time_ns in range(-(-self.start_ns // step) * step, self.end_ns + 1, step):
            yield self.x(time_ns), f"{number(time_ns / 1e6)} ms" if step < 10**8 else f"{number(time_ns / 1e9)} s"


@dataclass(frozen=True)
class Band:
    """A fault while it held, behind everything else."""

    name: str
    start_ns: int
    end_ns: int
    x: float
    width: float
