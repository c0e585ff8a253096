"""A replicated log as its copies applied it: how far behind a node fell, how long it took to catch up."""

from collections import defaultdict
from typing import ClassVar

from chaosctl.history.records import Event
from chaosctl.measurements.consensus import first_decisions
from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.recovery import leader_hits

ADVANCES = ("applied", "installed")
"""An entry applied, or a snapshot taken in place of all entries up to its index."""


class LogGap:
    """How many applied entries the node that was furthest behind lacked, of those that some node had applied."""

    unit: ClassVar[str] = "entries"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the largest gap, seen whenever anybody applies; none without a log. Samples are entries."""
        reached: dict[str, int] = dict.fromkeys(_appliers(observed), 0)
        longest = gap = 0
        for event in observed.events(*ADVANCES):
            reached[event.node] = int(event.fields["index"])
            longest = max(longest, reached[event.node])
            gap = max(gap, longest - min(reached.values()))
        return [Value(gap, longest)] if reached else []


class CatchUpTime:
    """From the end of a fault to when a node that was behind had applied all that any node had by then; the longest."""

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the longest over heals and nodes that were behind; none where none was. Samples are those."""
        events = observed.events(*ADVANCES)
        by_node: defaultdict[str, list[Event]] = defaultdict(list)
        for event in events:
            by_node[event.node].append(event)
        took, at_least = [], False
        for heal_ns in sorted({row.time for row in observed.recording.faults if row.phase == "healed"}):
            goal = max((int(event.fields["index"]) for event in events if event.time <= heal_ns), default=0)
            for own in by_node.values():
                before = [event for event in own if event.time <= heal_ns]
                if before and int(before[-1].fields["index"]) >= goal:
                    continue
                there = [event.time for event in own if event.time > heal_ns and int(event.fields["index"]) >= goal]
                at_least = at_least or not there
                took.append((min(there) if there else observed.phases.end_ns) - heal_ns)
        extra = {"at_least": True} if at_least else {}
        return [Value(max(took) / 1e9, len(took), extra=extra)] if took else []


class FirstDecisionTime:
    """From a fault that hit the leader to the first decision that its successor's reign brought; the longest."""

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the longest; none where no fault cost a leader its office. Samples are those faults."""
        decided = sorted(first_decisions(observed).values())  # Who only now hears of an old one has decided nothing.
        took = []
        for hit in leader_hits(observed):
            next_reigns = [
                reign.start_ns for reign in observed.reigns if hit.occurrence.start_ns < reign.start_ns <= hit.until_ns
            ]
            after = [time for time in decided if next_reigns and time >= next_reigns[0]]
            if after:
                took.append(min(after) - hit.occurrence.start_ns)
        return [Value(max(took) / 1e9, len(took))] if took else []


def _appliers(observed: Observed) -> list[str]:
    """Return the nodes that ever applied an entry."""
    return sorted({event.node for event in observed.events(*ADVANCES)})
