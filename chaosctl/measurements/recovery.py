"""How long it took to notice a fault, to have a leader again, and to serve again those whom the fault hurt.

Each figure is the longest over the faults of the run, and `extra.each` has them one by one. Where it never came to
pass the time is that up to the end of the run, marked `at_least`: a limit must not be kept by never getting there.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any, ClassVar

from chaosctl.history.records import FaultRow
from chaosctl.measurements.calls import Call
from chaosctl.measurements.figure import Value
from chaosctl.measurements.leadership import Reign, leader_at
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.phases import Occurrence

ELECTION_BEGINS = ("became_candidate", "election_started")
SUSPECTED = "suspected"


@dataclass(frozen=True)
class Lasted:
    """How long something took after one fault."""

    occurrence: Occurrence
    time_ns: int
    at_least: bool = False


@dataclass(frozen=True)
class LeaderHit:
    """A fault that hit the leader of its moment; `until_ns` is when the next such fault came, or the run ended."""

    occurrence: Occurrence
    reign: Reign
    until_ns: int


class DetectTime:
    """From a fault that hit the leader to the first election begun, or suspicion of this leader, after it."""

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the longest; none where no fault hit a leader, or none was noticed."""
        noticed = observed.events(*ELECTION_BEGINS, SUSPECTED)
        found = []
        for hit in leader_hits(observed):
            start_ns, leader = hit.occurrence.start_ns, hit.reign.node
            begun = [event.time for event in noticed if event.event != SUSPECTED or event.fields.get("of") == leader]
            if (first := _first_between(begun, start_ns, hit.until_ns)) is not None:
                found.append(Lasted(hit.occurrence, first - start_ns))
        return _longest(found)


class TakeoverTime:
    """From a fault that hit the leader to the next time that a node, be it the same, became leader.

    A fault that the leader survived in office is no sample; one that ended its reign with nobody to follow is one
    that lasted at least to the end of the run.
    """

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the longest; none where no fault cost a leader its office."""
        begun = [reign.start_ns for reign in observed.reigns]
        found = []
        for hit in leader_hits(observed):
            start_ns = hit.occurrence.start_ns
            if (first := _first_between(begun, start_ns, hit.until_ns)) is not None:
                found.append(Lasted(hit.occurrence, first - start_ns))
            elif hit.reign.is_over and hit.until_ns >= observed.phases.end_ns:
                found.append(Lasted(hit.occurrence, hit.until_ns - start_ns, at_least=True))
        return _longest(found)


class FirstServedTime:
    """From a fault that hit the leader to the first operation, anywhere, that was invoked after it and ended ok."""

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the longest; none where no fault hit a leader. A fault that cost nobody anything gives a short one."""
        found, end_ns = [], observed.phases.end_ns
        for hit in leader_hits(observed):
            start_ns = hit.occurrence.start_ns
            later = observed.calls[_invoked_before(observed.calls, start_ns + 1) :]
            first = min((call.ended_ns for call in later if call.outcome == "ok"), default=None)
            found.append(Lasted(hit.occurrence, (first or end_ns) - start_ns, at_least=first is None))
        return _longest(found)


class RecoveryTime:
    """From a fault to the moment when every node at which it hurt operations had served one again.

    Hurt are operations that were refused or timed out, other than by the system's own rules, and that were under way
    when the fault began or invoked while it held. A node serves again with the first ok of an operation that was
    invoked there after the first one hurt.
    """

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the longest; none where no fault hurt an operation."""
        found = []
        for occurrence in observed.phases.occurrences:
            first_hurt = _first_hurt(observed, occurrence)
            served = [_served_again_ns(observed.calls, hurt) for hurt in first_hurt.values()]
            if first_hurt:
                end_ns = max(observed.phases.end_ns if time is None else time for time in served)
                found.append(Lasted(occurrence, end_ns - occurrence.start_ns, at_least=None in served))
        return _longest(found)


def leader_hits(observed: Observed) -> list[LeaderHit]:
    """Return the faults that had the leader for a target, or cut it off from so many that no majority was left."""
    hits = []
    for occurrence in observed.phases.occurrences:
        reign = leader_at(observed.reigns, occurrence.start_ns)
        if reign is not None and _hits(occurrence.row, reign.node, observed.recording.declared.nodes):
            hits.append((occurrence, reign))
    ends = [occurrence.start_ns for occurrence, _ in hits[1:]] + [observed.phases.end_ns]
    return [LeaderHit(occurrence, reign, end_ns) for (occurrence, reign), end_ns in zip(hits, ends, strict=False)]


def _hits(row: FaultRow, leader: str, nodes: tuple[str, ...]) -> bool:
    if not row.cuts and not row.groups:
        return leader in row.targets
    lost = {other for cut in row.cuts if leader in cut for other in cut if other != leader}
    for group in row.groups if not row.cuts else ():
        lost.update(group if leader not in group else ())
    return 2 * (len(nodes) - len(lost.intersection(nodes))) <= len(nodes)


def _first_between(times: list[int], after_ns: int, until_ns: int) -> int | None:
    return min((time for time in times if after_ns < time <= until_ns), default=None)


def _first_hurt(observed: Observed, occurrence: Occurrence) -> dict[str, Call]:
    """Return the first operation that the fault hurt at each node; a fault of an instant holds for one deadline."""
    start_ns, calls = occurrence.start_ns, observed.calls
    end_ns = max(occurrence.end_ns, start_ns + observed.timeout_ns)
    first: dict[str, Call] = {}
    for call in calls[_invoked_before(calls, start_ns - 2 * observed.timeout_ns) : _invoked_before(calls, end_ns)]:
        if call.is_hurt and call.ended_ns > start_ns:
            first.setdefault(call.node, call)
    return first


def _served_again_ns(calls: list[Call], hurt: Call) -> int | None:
    served_ns: int | None = None
    for call in calls[_invoked_before(calls, hurt.invoked_ns + 1) :]:
        if served_ns is not None and call.invoked_ns >= served_ns:
            break
        if call.node == hurt.node and call.in_time:
            served_ns = min(call.ended_ns, served_ns or call.ended_ns)
    return served_ns


def _invoked_before(calls: list[Call], time_ns: int) -> int:
    """Return how many calls were invoked before a time."""
    return bisect_left(calls, time_ns, key=lambda call: call.invoked_ns)


def _longest(found: list[Lasted]) -> list[Value]:
    """Return the one value of such a figure."""
    if not found:
        return []
    each: list[dict[str, Any]] = [
        {"fault": one.occurrence.row.name, "occurrence": one.occurrence.row.occurrence, "seconds": one.time_ns / 1e9}
        | ({"at_least": True} if one.at_least else {})
        for one in found
    ]
    longest = max(found, key=lambda one: (one.time_ns, one.at_least))
    extra: dict[str, Any] = {"each": each} | ({"at_least": True} if longest.at_least else {})
    return [Value(longest.time_ns / 1e9, len(found), extra=extra)]
