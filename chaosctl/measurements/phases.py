"""Phases and sides of a run, taken from when faults really held.

`before` lasts up to the first fault applied, `faults` to the last one healed, `after` is the rest, grace included. An
operation belongs to the phase of its invocation. Sides exist where links are cut into clean groups, two or more.
"""

from dataclasses import dataclass
from itertools import pairwise

from chaosctl.history.recording import Recording
from chaosctl.history.records import FaultRow

ALL, BEFORE, FAULTS, AFTER = "all", "before", "faults", "after"


@dataclass(frozen=True)
class Occurrence:
    """One application of a fault, from when it was applied until it was healed (or the run ended)."""

    row: FaultRow
    start_ns: int
    end_ns: int


@dataclass(frozen=True)
class Phases:
    """When the faults phase began and ended (ns; None without faults), and the sides of the partitions in it."""

    faults_start_ns: int | None
    faults_end_ns: int | None
    end_ns: int
    sides: "tuple[Side, ...]"
    occurrences: tuple[Occurrence, ...] = ()

    @classmethod
    def of(cls, recording: Recording) -> "Phases":
        """Return the phases of a recording; one that was broken off ends with its last row."""
        end_ns = _end_ns(recording)
        found = occurrences(recording, end_ns)
        if not found:
            return cls(None, None, end_ns, ())
        sides = _sides(recording.declared.nodes, [one for one in found if len(one.row.groups) > 1])
        start_ns, healed_ns = min(one.start_ns for one in found), max(one.end_ns for one in found)
        return cls(start_ns, healed_ns, end_ns, tuple(sides), tuple(found))

    def phase(self, time_ns: int) -> str:
        """Return before, faults or after; "before" throughout in a run without faults."""
        if self.faults_start_ns is None or self.faults_end_ns is None or time_ns < self.faults_start_ns:
            return BEFORE
        return FAULTS if time_ns < self.faults_end_ns else AFTER

    def span(self, phase: str) -> tuple[int, int] | None:
        """Return when a phase began and ended; None where the run has no such phase, or it took no time."""
        start_ns, healed_ns = self.faults_start_ns, self.faults_end_ns
        if start_ns is None or healed_ns is None:
            start_ns = healed_ns = self.end_ns
        spans = {ALL: (0, self.end_ns), BEFORE: (0, start_ns), FAULTS: (start_ns, healed_ns)}
        begin, end = spans.get(phase, (healed_ns, self.end_ns))
        return (begin, end) if end > begin else None

    def side(self, node: str, time_ns: int) -> str | None:
        """Return majority or minority for a node while a clean partition holds, else None."""
        for side in self.sides:
            if side.start_ns <= time_ns < side.end_ns and node in side.nodes:
                return "majority" if side.is_majority else "minority"
        return None


@dataclass(frozen=True)
class Side:
    """One group of a partition while it held; `is_majority` where it has more than half of the nodes."""

    nodes: frozenset[str]
    is_majority: bool
    start_ns: int
    end_ns: int


def occurrences(recording: Recording, end_ns: int) -> list[Occurrence]:
    """Return every fault that was applied, in order; one that nobody healed held to the end."""
    healed = {row.occurrence: row.time for row in recording.faults if row.phase == "healed"}
    applied = [row for row in recording.faults if row.phase == "applied"]
    return [Occurrence(row, row.time, max(row.time, healed.get(row.occurrence, end_ns))) for row in applied]


def _end_ns(recording: Recording) -> int:
    declared = recording.declared.end_ns
    if recording.complete and declared > 0:
        return declared
    rows = (recording.operations, recording.events, recording.faults)
    seen = max((row.time for kind in rows for row in kind[-1:]), default=0)
    return min(declared, seen) if declared > 0 else max(seen, 0)


def _sides(nodes: tuple[str, ...], partitions: list[Occurrence]) -> list[Side]:
    """Return the sides in each stretch of time; where partitions overlap, a side is what none of them cuts."""
    edges = sorted({time for one in partitions for time in (one.start_ns, one.end_ns)})
    sides = []
    for start_ns, end_ns in pairwise(edges):
        held = [one.row.groups for one in partitions if one.start_ns <= start_ns and end_ns <= one.end_ns]
        together = {_reachable(node, nodes, held) for node in nodes} if held else set()
        sides += [Side(group, 2 * len(group) > len(nodes), start_ns, end_ns) for group in sorted(together, key=sorted)]
    return sides


def _reachable(node: str, nodes: tuple[str, ...], partitions: list[list[list[str]]]) -> frozenset[str]:
    """Return the nodes that are in one group with this one in every partition."""
    reached = frozenset(nodes)
    for groups in partitions:
        reached &= next((frozenset(group) for group in groups if node in group), frozenset({node}))
    return reached
