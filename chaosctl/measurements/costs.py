"""What an operation cost: messages among nodes and syncs of disks, for each operation that ended ok.

Both count all that happened in the phase, heartbeats and elections included: a system's price is not that of its
commands alone. In simulation the counts are exact, so CI can hold them where no time would be stable.
"""

from collections import Counter
from typing import ClassVar

from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed, Slice
from chaosctl.measurements.phases import AFTER, ALL, BEFORE, FAULTS


class MessagesPerOperation:
    """Messages that nodes sent to nodes, for each operation that ended ok; clients' messages are not counted."""

    unit: ClassVar[str] = "messages"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a ratio a phase; none without a message log or where nothing was ok."""
        return _for_each_ok(observed, observed.messages_by_phase) if observed.messages_by_phase["seen"] else []


class SyncsPerOperation:
    """Syncs that disks completed, for each operation that ended ok; none for nodes that report no syncs."""

    unit: ClassVar[str] = "syncs"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a ratio a phase; none where no node ever reported a sync or nothing was ok."""
        times = [event.time for event in observed.runner_events("synced")]
        counts = Counter(observed.phases.phase(time) for time in times if 0 <= time < observed.phases.end_ns)
        counts[ALL] = sum(counts.values())
        return _for_each_ok(observed, counts) if times else []


def _for_each_ok(observed: Observed, counts: Counter[str]) -> list[Value]:
    values = []
    for phase in (ALL, BEFORE, FAULTS, AFTER):
        ok = sum(call.outcome == "ok" for call in observed.calls_by_slice.get(Slice(phase), ()))
        if ok:
            values.append(Value(counts[phase] / ok, ok, phase))
    return values
