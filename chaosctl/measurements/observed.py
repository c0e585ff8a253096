"""A recording made ready for figures: calls by slice, who led when, messages counted; each worked out once, on use.

A slice is a part of the run's operations: those of a phase, of a side or a node, of one kind of operation (f). Every
call is in eight of them (in twelve where it has a side), since each of the three may also be left open.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from chaosctl.history.recording import Recording, events_by_name
from chaosctl.history.records import Event
from chaosctl.measurements.calls import Call, calls_of
from chaosctl.measurements.leadership import Reign, reigns_of
from chaosctl.measurements.phases import ALL, Phases
from chaosctl.measurements.register_reads import SeenRead, Written, reads_of, writes_of


class Slice(NamedTuple):
    """A part of the run; empty strings stand for "all of them"."""

    phase: str = ALL
    side: str = ""
    f: str = ""
    node: str = ""

    @property
    def whole(self) -> "Slice":
        """The same over all phases."""
        return Slice(ALL, self.side, self.f, self.node)


class Observed:
    """What figures are measured from."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.phases = Phases.of(recording)
        self.timeout_ns = round(recording.declared.timeout * 1e9)

    @cached_property
    def calls(self) -> list[Call]:
        """Operations of the load, in order of invocation; final reads and audits are none of it."""
        return calls_of(self.recording)

    @cached_property
    def calls_by_slice(self) -> dict[Slice, list[Call]]:
        """Every slice that has calls; those of a slice in order of invocation."""
        return self.sliced(self.calls)

    def sliced(self, calls: Iterable[Call]) -> dict[Slice, list[Call]]:
        """Return every slice that has some of these calls, with those, in their order."""
        slices: defaultdict[Slice, list[Call]] = defaultdict(list)
        places: dict[tuple[str, str | None, str, str], list[list[Call]]] = {}
        for call in calls:
            place = (
                self.phases.phase(call.invoked_ns),
                self.phases.side(call.node, call.invoked_ns),
                call.f,
                call.node,
            )
            if place not in places:
                places[place] = [slices[each] for each in _slices_of(*place)]
            for part in places[place]:
                part.append(call)
        return dict(slices)

    @cached_property
    def latencies_by_slice(self) -> dict[Slice, list[int]]:
        """How long the operations took that were ok (ns), sorted, for every slice that has some."""
        took = {
            part: sorted([call.ended_ns - call.invoked_ns for call in calls if call.outcome == "ok"])
            for part, calls in self.calls_by_slice.items()
        }
        return {part: sorted_ns for part, sorted_ns in took.items() if sorted_ns}

    @cached_property
    def missed_by_slice(self) -> dict[Slice, list[int]]:
        """When operations were due and no client idle. They have no node yet, so no slice of a side or a node."""
        slices: defaultdict[Slice, list[int]] = defaultdict(list)
        for event in self.runner_events("missed"):
            for phase in (ALL, self.phases.phase(event.time)):
                for f in {"", str(event.fields.get("f") or "")}:
                    slices[Slice(phase, f=f)].append(event.time)
        return dict(slices)

    @cached_property
    def register_reads(self) -> list[SeenRead]:
        """What reads of a key-value store saw; empty for other workloads."""
        return reads_of(self.recording)

    @cached_property
    def reads_by_slice(self) -> dict[tuple[str, str], list[SeenRead]]:
        """The same reads by (phase, side), for every slice that has some, in order of its name."""
        found: defaultdict[tuple[str, str], list[SeenRead]] = defaultdict(list)
        for read in self.register_reads:
            phase, side = self.phases.phase(read.begun_ns), self.phases.side(read.node, read.begun_ns)
            for key in {(when, where) for when in (ALL, phase) for where in ("", side or "")}:
                found[key].append(read)
        return dict(sorted(found.items()))

    @cached_property
    def register_writes(self) -> dict[bytes, list[Written]]:
        """Writes of a key-value store by key; empty for other workloads."""
        return writes_of(self.recording)

    @cached_property
    def reigns(self) -> list[Reign]:
        """Who believed to lead, from when to when; empty where the pattern has no leader."""
        return reigns_of(self.recording, self.phases.end_ns)

    @cached_property
    def messages_by_phase(self) -> Counter[str]:
        """How many messages nodes sent to nodes (to themselves too) from time 0 to the end of grace, by phase.

        "seen" counts the rows of the log: 0 where no messages were recorded.
        """
        return self._messages[0]

    @cached_property
    def messages_by_type(self) -> Counter[str]:
        """How many of the same messages there were of each type, over all phases."""
        return self._messages[1]

    @cached_property
    def _messages(self) -> tuple[Counter[str], Counter[str]]:
        """Return both counts, from one reading of the log."""
        counts, types = Counter[str](), Counter[str]()
        nodes, end_ns, phase = frozenset(self.recording.declared.nodes), self.phases.end_ns, self.phases.phase
        for row in self.recording.messages():
            counts["seen"] += 1
            if row.fate == "sent" and row.process in nodes and row.dest in nodes and 0 <= row.time < end_ns:
                counts[ALL] += 1
                counts[phase(row.time)] += 1
                types[row.type] += 1
        return counts, types

    def runner_events(self, name: str) -> list[Event]:
        """Return the events of this name that the runner itself recorded."""
        return list(events_by_name(self.recording).get((name, True), ()))

    def events(self, *names: str) -> list[Event]:
        """Return what nodes emitted under these names, in order."""
        if len(names) == 1:
            return list(events_by_name(self.recording).get((names[0], False), ()))
        return [event for event in self.recording.events if event.event in names and event.role != "runner"]


def _slices_of(phase: str, side: str | None, f: str, node: str) -> list[Slice]:
    """Return the slices that a call is in, those first in which the most is left open."""
    ends = [("", ""), ("", node)] + ([(side, "")] if side else [])
    return [Slice(when, at, what, where) for when in (ALL, phase) for at, where in ends for what in ("", f)]
