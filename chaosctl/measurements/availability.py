"""How much of the load, and how much of the time, was served."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import ClassVar

from chaosctl.history.recording import Recording
from chaosctl.measurements.calls import Call
from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed, Slice
from chaosctl.measurements.phases import ALL

WINDOW_NS = 100_000_000
"""The window of share-served: shorter ones would say more of the load's gaps than of the system's."""


FOREVER_NS = 2**62
"""Later than any run ends."""


class Availability:
    """The share of operations that were ok within the deadline, of all that were started or missed.

    A missed operation has no node, so it counts only where neither a side nor a node is asked for.
    """

    unit: ClassVar[str] = "share"
    better: ClassVar[str] = "higher"
    dimensions: ClassVar[tuple[str, ...]] = ("phase", "side", "f", "node")

    def measure(self, observed: Observed) -> list[Value]:
        """Return a share for each slice in which an operation was due."""
        values = []
        for part in {**observed.calls_by_slice, **observed.missed_by_slice}:
            calls = observed.calls_by_slice.get(part, [])
            due = len(calls) + len(observed.missed_by_slice.get(part, ()))
            values.append(Value(sum(call.in_time for call in calls) / due, due, *part))
        return values


class ShareServed:
    """The share of time in which somebody was served: of the 100 ms windows with demand, those that served it.

    A window has demand where an operation was under way in it or missed, and serves where one of those under way was
    to end ok within the deadline. It belongs to the phase in which it begins.
    """

    unit: ClassVar[str] = "share"
    better: ClassVar[str] = "higher"
    dimensions: ClassVar[tuple[str, ...]] = ("phase", "side", "f", "node")

    def measure(self, observed: Observed) -> list[Value]:
        """Return a share for each slice with demand; samples are windows."""
        values = []
        windows = cache(partial(_windows_of, observed))
        for part in {**observed.calls_by_slice, **observed.missed_by_slice}:
            served, demand = windows(part.whole)
            if part.phase != ALL:
                demand = {window for window in demand if observed.phases.phase(window * WINDOW_NS) == part.phase}
            if demand:
                values.append(Value(len(served & demand) / len(demand), len(demand), *part))
        return values


def _windows_of(observed: Observed, whole: Slice) -> tuple[set[int], set[int]]:
    """Return the windows that served, and those with demand, in a slice of the whole run."""
    demand = {time // WINDOW_NS for time in observed.missed_by_slice.get(whole, ())}
    served: set[int] = set()
    for call in observed.calls_by_slice.get(whole, ()):
        windows = range(call.invoked_ns // WINDOW_NS, call.ended_ns // WINDOW_NS + 1)
        (served if call.in_time else demand).update(windows)
    return served, demand | served


class LongestUnavailability:
    """The longest time without an operation that ended ok, while operations were waiting or refused.

    It begins with the last ok before it, or with the first invocation after that where nobody was waiting; it ends
    with the next ok, or with the end of the last operation. In a phase only its time in that phase counts. Missed
    operations are not in it.
    """

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase", "side", "f", "node")

    def measure(self, observed: Observed) -> list[Value]:
        """Return the longest for each slice that has operations; samples are operations."""
        values = []
        whole = cache(lambda part: outages(observed.calls_by_slice[part]))
        for part, calls in observed.calls_by_slice.items():
            span = observed.phases.span(part.phase) if part.phase != ALL else None
            start_ns, end_ns = span or (0, FOREVER_NS)
            inside = [min(end, end_ns) - max(start, start_ns) for start, end in whole(part.whole)]
            values.append(Value(max([0, *inside]) / 1e9, len(calls), *part))
        return values


def outages(calls: Sequence[Call]) -> list[tuple[int, int]]:
    """Return from when to when (ns) no operation ended ok while some waited; `calls` are in order of invocation."""
    invoked = [call.invoked_ns for call in calls]
    ended = sorted(call.ended_ns for call in calls)
    ok = sorted(call.ended_ns for call in calls if call.outcome == "ok")
    found = []
    for last_ok_ns, next_ok_ns in zip([-1, *ok], [*ok, ended[-1]], strict=True):
        begun = bisect_right(invoked, last_ok_ns)
        is_waiting = begun > bisect_right(ended, last_ok_ns)
        if is_waiting or begun < len(invoked):
            found.append((last_ok_ns if is_waiting else invoked[begun], next_ok_ns))
    return found


@dataclass(frozen=True)
class Window:
    """A stretch of the run: operations invoked in it, those of them ok in time, those missed."""

    start_ns: int
    end_ns: int
    started: int
    in_time: int
    missed: int

    @property
    def share(self) -> float | None:
        """The window's availability; None where no operation was due."""
        due = self.started + self.missed
        return self.in_time / due if due else None


def availability_windows(recording: Recording, windows: int) -> list[Window]:
    """Return the run from time 0 to its end in so many windows of equal length, for a timeline."""
    observed = Observed(recording)
    end_ns = max(observed.phases.end_ns, 1)
    counts = [[0, 0, 0] for _ in range(windows)]
    for call in observed.calls:
        count = counts[min(windows - 1, call.invoked_ns * windows // end_ns)]
        count[0] += 1
        count[1] += call.in_time
    for event in observed.runner_events("missed"):
        counts[min(windows - 1, max(0, event.time) * windows // end_ns)][2] += 1
    return [
        Window(i * end_ns // windows, (i + 1) * end_ns // windows, started, in_time, missed)
        for i, (started, in_time, missed) in enumerate(counts)
    ]
