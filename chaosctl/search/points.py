"""Where a fault can be aimed: the named points and the messages that a run has passed, and what may happen at each.

At a point: a crash with a fast restart, one with a late restart (later than every timeout of the pattern), a stall of
the task (longer than every timeout). To a message: it is lost, doubled, delayed past the timeouts, or doubled with the
second copy past them. Reference: transactions.md, section 2; the names are those of FreeBSD's fail(9) and etcd's
gofail, the counting our own.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from chaosctl.experiment.model import Experiment, Fault, Match, When
from chaosctl.experiment.options import durations
from chaosctl.experiment.values import Range, duration_text
from chaosctl.faults.crash import Crash
from chaosctl.faults.delay import Delay
from chaosctl.faults.duplicate import Duplicate
from chaosctl.faults.loss import Loss
from chaosctl.faults.operator import Operator
from chaosctl.faults.stall import Stall
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event, MessageRow
from chaosctl.node.messages import RUNNER
from chaosctl.node.pattern import Pattern

AT_POINT = ("crash", "crash-late", "stall")
TO_MESSAGE = ("drop", "duplicate", "delay", "duplicate-late")

LATER_THAN, SOONER_THAN = 1.5, 0.2
"""What is late, as a multiple of the longest timeout; what is fast, of the shortest."""


class Place(NamedTuple):
    """A named point that `node` reaches, or (with a `dest`) a message of a type that it sends, for the nth time."""

    node: str
    name: str
    dest: str
    nth: int

    @property
    def site(self) -> str:
        """The place, whichever time it is: what a table has a row of."""
        return f"{self.name} {self.node}->{self.dest}" if self.dest else f"{self.node}/{self.name}"

    def __str__(self) -> str:
        """Return the place as reports have it: `n1/voter.vote:pre#1`, or `prepare n1->n2#1`."""
        return f"{self.site}#{self.nth}"


class Harm(NamedTuple):
    """One fault at one place: what a schedule is made of, small enough to be sent to workers by the thousand."""

    place: Place
    what: str

    def __str__(self) -> str:
        """Return the fault in words."""
        return f"{self.what} at {self.place}" if not self.place.dest else f"{self.what} {self.place}"


class Patience(NamedTuple):
    """Seconds: `fast` is sooner than every timeout of the system, `late` later."""

    fast: float
    late: float

    @classmethod
    def of(cls, experiment: Experiment, pattern: Pattern | None) -> "Patience":
        """Return what the pattern's options say; a pattern without any has the clients' timeout."""
        timeouts: list[float] = []
        if pattern is not None:
            options = pattern.options(**experiment.system.options)
            timeouts = [getattr(options, name) for name in durations(pattern.options)]
        timeouts = [each for each in timeouts if isinstance(each, float) and each > 0] or [experiment.workload.timeout]
        return cls(round(SOONER_THAN * min(timeouts), 6), round(LATER_THAN * max(timeouts), 6))


def harms_at(place: Place) -> list[Harm]:
    """Return every single fault at a place."""
    return [Harm(place, what) for what in (TO_MESSAGE if place.dest else AT_POINT)]


def places_of(recording: Recording, occurrences: int) -> list[tuple[int, Place]]:
    """Return the places that a told run passed under load, with their times, in order; of each the first occurrences.

    What the nodes passed before time 0 no fault can reach, and what comes after the load is healed.
    """
    end_ns = recording.declared.load_end_ns
    passed: dict[Place, int] = {}
    for time_ns, place in (*_points(recording.events), *_messages(recording.messages())):
        passed.setdefault(place, time_ns)  # A point that stalls is told twice.
    kept: Counter[str] = Counter()
    places = []
    for place, time_ns in sorted(passed.items(), key=lambda entry: entry[1]):
        if 0 <= time_ns < end_ns and kept[place.site] < occurrences:
            kept[place.site] += 1
            places.append((time_ns, place))
    return places


@lru_cache(maxsize=4096)  # Each is tried with every other.
def faults_of(harm: Harm, patience: Patience) -> tuple[Fault, ...]:
    """Return a harm as faults of the experiment's file: one; but a copy that comes late is a delay, then a copy."""
    place = harm.place
    if place.dest:
        match = Match(message=place.name, source=place.node, dest=place.dest, nth=place.nth)
        delay, duplicate = Delay(match=match, amount=_fixed(patience.late)), Duplicate(match=match)
        alone: dict[str, Fault] = {"drop": Loss(match=match), "duplicate": duplicate, "delay": delay}
        return (alone[harm.what],) if harm.what in alone else (delay, duplicate)
    when = When(point=f"{place.node}/{place.name}", nth=place.nth)
    if harm.what == "stall":
        return (Stall(when=when, duration=_fixed(patience.late)),)
    return (Crash(when=when, restart_after=_fixed(patience.fast if harm.what == "crash" else patience.late)),)


def scheduled(experiment: Experiment, harms: Sequence[Harm], patience: Patience) -> Experiment:
    """Return the experiment with its operator's orders, these faults, and no others."""
    aimed = [fault for harm in harms for fault in faults_of(harm, patience)]
    return experiment.model_copy(update={"faults": [*orders_of(experiment), *aimed]})


def orders_of(experiment: Experiment) -> list[Fault]:
    """Return what an operator does in the experiment: that is asked of the system, as the load is, and harms nobody."""
    return [fault for fault in experiment.faults if isinstance(fault, Operator)]


def words_of(harms: Sequence[Harm], patience: Patience) -> str:
    """Return a schedule in words, with the times that are meant."""
    times = {"crash": f" (back after {duration_text(patience.fast)})"}
    times |= dict.fromkeys(("crash-late", "stall", "delay", "duplicate-late"), f" ({duration_text(patience.late)})")
    return ", then ".join(f"{harm}{times.get(harm.what, '')}" for harm in harms) or "no fault at all"


def _fixed(seconds: float) -> Range:
    return Range(seconds, seconds)


def _points(events: Sequence[Event]) -> Iterator[tuple[int, Place]]:
    """Yield the points that were reached after every node had been ready for the first time."""
    began = max((i for i, event in enumerate(events) if _is_first_start(event)), default=-1)
    for event in events[began + 1 :]:
        if event.event == "point_reached" and event.role == RUNNER:
            yield event.time, Place(event.node, event.fields["point"], "", event.fields["nth"])


def _is_first_start(event: Event) -> bool:
    return event.event == "ready" and event.role == RUNNER and event.fields.get("incarnation") == 0


def _messages(rows: Iterator[MessageRow]) -> Iterator[tuple[int, Place]]:
    """Yield the messages that were sent from time 0 on; one to the node itself passes no link."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        if row.fate == "sent" and row.time >= 0 and row.process != row.dest:
            counts[row.process, row.dest, row.type] += 1
            nth = counts[row.process, row.dest, row.type]
            yield row.time, Place(row.process, row.type, row.dest, nth)
