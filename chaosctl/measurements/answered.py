"""Availability as Gilbert and Lynch define it, beside the observed one.

S. Gilbert, N. Lynch, "Brewer's Conjecture and the Feasibility of Consistent, Available, Partition-Tolerant Web
Services" (2002): every request received by a non-failing node must result in a response. That a client could be served
by some other node, or that most requests were, does not count; what nodes that were down owed does not either. Theirs
is a property of an algorithm, without a deadline; what can be measured is a run, and its operations have one.
"""

from bisect import bisect_right
from collections import defaultdict
from typing import ClassVar

from chaosctl.measurements.calls import Call
from chaosctl.measurements.figure import Value
from chaosctl.measurements.leadership import DEATHS
from chaosctl.measurements.observed import Observed

FOREVER_NS = 2**62


class GilbertLynchAvailability:
    """The share of operations at nodes that were up all the while which were answered in time; available is 100 %.

    A refusal for want of a leader, a quorum or a partner is no answer; one by the system's own rules is. What a client
    tried elsewhere was asked of the first node.
    """

    unit: ClassVar[str] = "share"
    better: ClassVar[str] = "higher"
    dimensions: ClassVar[tuple[str, ...]] = ("phase", "side", "f", "node")

    def measure(self, observed: Observed) -> list[Value]:
        """Return a share for each slice that has operations at nodes that were up."""
        down = _down_times(observed)
        slices = observed.sliced(call for call in observed.calls if not _was_down(call, down.get(call.node, [])))
        values = []
        for part in observed.calls_by_slice:
            if owed := slices.get(part):
                answered = sum(call.in_time or not call.is_hurt for call in owed)
                values.append(Value(answered / len(owed), len(owed), *part))
        return values


def _down_times(observed: Observed) -> dict[str, list[tuple[int, int]]]:
    """Return from when to when (ns) each node was dead or paused, in order."""
    since: dict[str, int] = {}
    down: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for event in observed.recording.events:
        if event.role != "runner":
            continue
        if event.event in DEATHS:
            since.setdefault(event.node, event.time)
        elif event.event == "started" and event.node in since:
            down[event.node].append((since.pop(event.node), event.time))
    for node, time_ns in since.items():
        down[node].append((time_ns, FOREVER_NS))
    for one in observed.phases.occurrences:
        if one.row.kind == "pause":
            for node in one.row.targets:
                down[node].append((one.start_ns, one.end_ns))
    return {node: sorted(times) for node, times in down.items()}


def _was_down(call: Call, down: list[tuple[int, int]]) -> bool:
    """Return whether the node was down at any time while the operation was under way."""
    begun = bisect_right(down, call.ended_ns, key=lambda span: span[0])
    return any(end_ns >= call.invoked_ns for _, end_ns in down[:begun])
