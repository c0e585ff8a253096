"""How old what clients read was: in share, time and versions; and what a session saw go back.

P. Bailis and others, "Probabilistically Bounded Staleness for Practical Partial Quorums" (VLDB 2012), sections 2 and 3;
sessions as in D. Terry and others, "Session Guarantees for Weakly Consistent Replicated Data" (1994). All of it is what
the clients of this run saw: no stale read among them does not make a store linearizable.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import ClassVar

from chaosctl.measurements.figure import Value
from chaosctl.measurements.latency import nearest_rank
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.register_reads import SeenRead

TIMES = (("0-1ms", 10**6), ("1-10ms", 10**7), ("10-100ms", 10**8), ("100ms-1s", 10**9), ("over-1s", 2**62))
"""Ages of the last write: each up to (ns), from where the one before ends."""

VERSIONS = (1, 2, 3, 5, 10)


def by_phase(observed: Observed) -> Iterator[tuple[str, list[SeenRead]]]:
    """Yield (phase, reads) for every phase that has reads."""
    for (phase, side), reads in observed.reads_by_slice.items():
        if not side:
            yield phase, reads


class StaleReads:
    """The share of reads of what had been overwritten before they began, by an acknowledged write."""

    unit: ClassVar[str] = "share"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase", "side")

    def measure(self, observed: Observed) -> list[Value]:
        """Return a share for each slice that has reads."""
        return [
            Value(sum(read.behind > 0 for read in reads) / len(reads), len(reads), phase, side)
            for (phase, side), reads in observed.reads_by_slice.items()
        ]


class StalenessAgeP50:
    """The age of stale reads, median: for how long what was read had been overwritten, when the read began."""

    unit: ClassVar[str] = "ms"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase", "side")
    percent: ClassVar[int] = 50

    def measure(self, observed: Observed) -> list[Value]:
        """Return an age for each slice that has stale reads."""
        values = []
        for (phase, side), reads in observed.reads_by_slice.items():
            ages = sorted(read.begun_ns - read.overwritten_ns for read in reads if read.behind)
            if ages:
                values.append(Value(nearest_rank(ages, self.percent) / 1e6, len(ages), phase, side))
        return values


class StalenessAgeP99(StalenessAgeP50):
    """The age that 99 % of the stale reads did not exceed."""

    percent: ClassVar[int] = 99


class TVisibility:
    """The probability that a read saw the last acknowledged write or a newer one, by the time t since then (`type`).

    A read of a write that was concurrent with the last one counts as fresh: nobody can tell which of them is newer.
    """

    unit: ClassVar[str] = "share"
    better: ClassVar[str] = "higher"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a share for each slice and stretch of t that has reads."""
        values = []
        for phase, reads in by_phase(observed):
            by_time: defaultdict[str, list[bool]] = defaultdict(list)
            for read in reads:
                if read.since_ack_ns is not None:
                    by_time[_stretch(read.since_ack_ns)].append(read.is_fresh)
            for name, _ in TIMES:
                if fresh := by_time.get(name):
                    values.append(Value(sum(fresh) / len(fresh), len(fresh), phase, extra={"type": f"t={name}"}))
        return values


class KStaleness:
    """The probability that a read saw one of the k latest versions of its key (`type`), k from 1 to 10."""

    unit: ClassVar[str] = "share"
    better: ClassVar[str] = "higher"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a share for each slice and k."""
        return [
            Value(sum(read.behind < k for read in reads) / len(reads), len(reads), phase, extra={"type": f"k={k}"})
            for phase, reads in by_phase(observed)
            for k in VERSIONS
        ]


class Siblings:
    """The most values that one read was shown at once: 1 where nothing was in conflict."""

    unit: ClassVar[str] = "values"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return the most for each slice that has reads of something."""
        values = []
        for phase, reads in by_phase(observed):
            if shown := [len(read.shown) for read in reads if read.shown]:
                values.append(Value(max(shown), len(shown), phase))
        return values


class SessionViolations:
    """Reads at which a session, the operations of one client process, saw its key go back (`type` says how).

    `read-your-writes`: older than what it had written itself; `monotonic-reads`: older than what it had read before.
    """

    unit: ClassVar[str] = "reads"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return two counts for each slice that has reads; samples are reads."""
        kinds: dict[str, Callable[[SeenRead], bool]] = {
            "read-your-writes": _goes_back_behind(_own_writes(observed)),
            "monotonic-reads": _goes_back_behind(_earlier_reads(observed)),
        }
        return [
            Value(sum(map(goes_back, reads)), len(reads), phase, extra={"type": kind})
            for phase, reads in by_phase(observed)
            for kind, goes_back in kinds.items()
        ]


Floors = dict[tuple[bytes, int], list[tuple[int, int]]]
"""(key, process) to where in the history a session knew of a write, and where that had begun: (known, begun)."""


def _goes_back_behind(floors: Floors) -> Callable[[SeenRead], bool]:
    def goes_back(read: SeenRead) -> bool:
        shown_until = max((write.acked for write in read.shown), default=-1)
        floor = floors.get((read.key, read.process), ())
        return any(known < read.begun and begun > shown_until for known, begun in floor)

    return goes_back


def _own_writes(observed: Observed) -> Floors:
    floors: Floors = defaultdict(list)
    for key, writes in observed.register_writes.items():
        for write in writes:
            floors[key, write.process].append((write.acked, write.begun))
    return floors


def _earlier_reads(observed: Observed) -> Floors:
    floors: Floors = defaultdict(list)
    for read in observed.register_reads:
        for write in read.shown:
            floors[read.key, read.process].append((read.begun, write.begun))
    return floors


def _stretch(since_ack_ns: int) -> str:
    return next(name for name, up_to_ns in TIMES if since_ack_ns <= up_to_ns)
