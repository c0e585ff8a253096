"""The messages around what a check found, as Lamport drew them: a lane a process, time rightwards, arrows for messages.

Leslie Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System" (1978). A message that was lost ends
in a cross half way, one that came late is dotted; what the finding rests on is thick. Of messages that nobody named
those nearest in time to the finding are drawn, and the picture says how many there were.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import nsmallest
from statistics import median

from chaosctl.errors import BadInput
from chaosctl.history.findings import CheckResult, Finding
from chaosctl.history.read import StoredRun
from chaosctl.history.records import MessageRow, Operation
from chaosctl.measurements.phases import Phases
from chaosctl.reports.html.labels import Label, placed
from chaosctl.reports.html.lanes import operation_text, outcome_of
from chaosctl.reports.html.scale import Band, Scale
from chaosctl.reports.html.series import bands
from chaosctl.reports.words import plain, time_text

MOST_MESSAGES, MOST_EVENTS, MOST_NAMED, MOST_TYPES = 250, 200, 100, 40
"""In one picture: messages that nobody named, events, rows that findings name, and messages that all say their type."""

LANE, TOP, LATE = 44, 34, 3
"""In units of the picture: from lane to lane, above the first; so many times the median delay is late."""

AROUND_NS, APART_NS, MOST_PICTURES = 5_000_000, 150_000_000, 3
"""So much time at least is shown before and after; what is so far apart gets pictures of its own, so many at most."""


@dataclass(frozen=True)
class Arrow:
    """A message's way; `fate` is delivered, late, lost or under-way, `is_named` where the finding rests on it."""

    x1: float
    y1: float
    x2: float
    y2: float
    fate: str
    is_named: bool
    type: str
    text: str


@dataclass(frozen=True)
class Spot:
    """An event on a node's lane, or an operation on a client's (then with a width)."""

    x: float
    y: float
    width: float
    kind: str
    text: str


@dataclass
class Lamport:
    """One picture; `names` are (process, y)."""

    height: float
    names: list[tuple[str, float]]
    bands: list[Band]
    ticks: list[tuple[float, str]]
    arrows: list[Arrow] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class _Named:
    """The rows that the findings of a check rest on."""

    operations: dict[int, tuple[Operation, Operation | None]]
    events: set[str]
    messages: set[int]
    moments: list[int]


def lamports(run: StoredRun, check: CheckResult, phases: Phases) -> list[Lamport]:
    """Return pictures of a check's evidence, one for each time that something of it happened, in order.

    None where it names no moment, or where the message log can't be read (the report says what is wrong with it).
    """
    named = _named(run, check)
    try:
        fates = _fates(run, named.messages)
        named.moments += [row.time for rows in fates.values() for row in rows]
        groups = _groups(named.moments)
        pictures = [_picture(run, named, group, phases) for group in groups[:MOST_PICTURES]]
    except BadInput:
        return []
    if len(groups) > MOST_PICTURES:
        pictures[-1].notes.append(f"{len(groups) - MOST_PICTURES:,} later times of this finding are not drawn")
    return pictures


def _picture(run: StoredRun, named: _Named, moments: list[int], phases: Phases) -> Lamport:
    scale = _window(moments, phases.end_ns)
    wanted, there = _near(run, scale, named, moments)
    fates = _fates(run, wanted | named.messages)
    inside = {number: rows for number, rows in fates.items() if scale.start_ns <= rows[0].time <= scale.end_ns}
    calls = {i: call for i, call in named.operations.items() if _is_inside(call, scale)}
    lanes = _lanes(run, inside, calls)
    picture = Lamport(
        TOP + LANE * len(lanes) + 10,
        [(plain(name, 14), y) for name, y in lanes.items()],
        bands(phases, scale),
        list(scale.ticks()),
    )
    picture.arrows = list(_arrows(inside, lanes, scale, named))
    said = (arrow for arrow in picture.arrows if arrow.is_named or len(picture.arrows) <= MOST_TYPES)
    picture.labels = list(placed((arrow.x1, arrow.y1, arrow.x2, arrow.y2, arrow.type) for arrow in said))
    picture.spots = [*_operations(calls, lanes, scale), *_events(run, lanes, scale, named)]
    if there > len(wanted):
        text = f"{len(wanted):,} of {there:,} other messages in this time are drawn, those nearest to the finding"
        picture.notes.append(text)
    return picture


def _groups(moments: list[int]) -> list[list[int]]:
    """Return the moments in groups that are apart."""
    groups: list[list[int]] = []
    for moment in sorted(moments):
        if groups and moment - groups[-1][-1] <= APART_NS:
            groups[-1].append(moment)
        else:
            groups.append([moment])
    return groups


def _is_inside(call: tuple[Operation, Operation | None], scale: Scale) -> bool:
    invoked, completed = call
    return invoked.time <= scale.end_ns and (completed is None or completed.time >= scale.start_ns)


def _named(run: StoredRun, check: CheckResult) -> _Named:
    found = list(check.evidence)
    if check.contradiction is not None:
        wanted = [*check.contradiction.involved, check.contradiction.stuck]
        found.append(Finding(text="", operations=wanted))
    wanted_calls = {index for finding in found for index in finding.operations[:MOST_NAMED]}
    events = {name for finding in found for name in finding.events[:MOST_NAMED]}
    messages = {number for finding in found for number in finding.messages[:MOST_NAMED]}
    operations = {index: call for index, call in _calls(run) if wanted_calls & {index, _index(call[1])}}
    moments = [row.time for call in operations.values() for row in call if row is not None]
    moments += [event.time for event in run.recording.events if event.id in events]
    moments += [finding.time_ns for finding in found if finding.time_ns is not None]
    return _Named(operations, events, set(sorted(messages)[:MOST_NAMED]), moments)


def _calls(run: StoredRun) -> Iterator[tuple[int, tuple[Operation, Operation | None]]]:
    under_way: dict[int, Operation] = {}
    for row in run.recording.operations:
        if row.type == "invoke":
            under_way[row.process] = row
        elif (invoked := under_way.pop(row.process, None)) is not None:
            yield invoked.index, (invoked, row)
    yield from ((invoked.index, (invoked, None)) for invoked in under_way.values())


def _index(row: Operation | None) -> int:
    return -1 if row is None else row.index


def _window(moments: list[int], end_ns: int) -> Scale:
    first, last = min(moments), max(moments)
    around = max(AROUND_NS, (last - first) // 10)
    return Scale(max(0, first - around), min(max(end_ns, last), last + around))


def _near(run: StoredRun, scale: Scale, named: _Named, moments: list[int]) -> tuple[set[int], int]:
    """Return the messages nearest in time to what is named, and how many there are in the window."""
    there = 0

    def distances() -> Iterator[tuple[int, int]]:
        nonlocal there
        for row in run.recording.messages():
            inside = row.fate == "sent" and scale.start_ns <= row.time <= scale.end_ns
            if inside and row.id not in named.messages and row.process != row.dest:
                there += 1
                yield min(abs(row.time - moment) for moment in moments[:MOST_NAMED]), row.id

    near = {number for _distance, number in nsmallest(MOST_MESSAGES, distances())}
    return near, there


def _fates(run: StoredRun, wanted: set[int]) -> dict[int, list[MessageRow]]:
    fates: dict[int, list[MessageRow]] = {}
    for row in run.recording.messages() if wanted else ():
        if row.id in wanted:
            fates.setdefault(row.id, []).append(row)
    return {number: rows for number, rows in fates.items() if rows[0].fate == "sent"}


def _lanes(
    run: StoredRun, fates: dict[int, list[MessageRow]], calls: dict[int, tuple[Operation, Operation | None]]
) -> dict[str, float]:
    """Return where each process stands: nodes in their order, then whoever else sent, received or asked."""
    ends = {end for rows in fates.values() for end in (rows[0].process, rows[0].dest)}
    ends |= {invoked.client for invoked, _completed in calls.values() if invoked.client}
    nodes = run.recording.declared.nodes
    order = [*nodes, *sorted(ends - set(nodes), key=lambda name: (len(name), name))]
    return {name: TOP + LANE * place + LANE / 2 for place, name in enumerate(order)}


def _arrows(
    fates: dict[int, list[MessageRow]], lanes: dict[str, float], scale: Scale, named: _Named
) -> Iterator[Arrow]:
    delays = [row.time - rows[0].time for rows in fates.values() for row in rows if row.fate == "delivered"]
    late_ns = LATE * median(delays) if delays else 0
    for number, (sent, *rest) in fates.items():
        y1, y2 = lanes[sent.process], lanes[sent.dest]
        route = f"message {number}: {sent.type} from {sent.process} to {sent.dest}, sent {time_text(sent.time)}"
        is_named = number in named.messages
        steps: list[MessageRow | None] = [*rest] or [None]
        for row in steps:
            if row is None:
                x2, y, fate, end = scale.end_ns, y2, "under-way", "never seen again"
            elif row.fate == "dropped":
                x2, y, fate = row.time, (y1 + y2) / 2, "lost"
                end = f"lost at {time_text(row.time)}: {row.why}"
            else:
                fate = "late" if row.time - sent.time > late_ns else "delivered"
                x2, y, end = row.time, y2, f"{fate} {time_text(row.time)}"
            left, right = scale.x(sent.time), scale.x(x2)
            if fate == "lost":  # Where the loss is at the send, the arrow still needs a length to be seen.
                right = max(right, left + 14)
            yield Arrow(left, y1, right, y, fate, is_named, plain(sent.type, 16), plain(f"{route}, {end}"))


def _operations(
    calls: dict[int, tuple[Operation, Operation | None]], lanes: dict[str, float], scale: Scale
) -> Iterator[Spot]:
    for invoked, completed in calls.values():
        if invoked.client in lanes:
            left = scale.x(invoked.time)
            right = scale.x(scale.end_ns if completed is None else completed.time)
            text = operation_text(invoked, completed)
            yield Spot(left, lanes[invoked.client], max(4.0, right - left), outcome_of(completed), text)


def _events(run: StoredRun, lanes: dict[str, float], scale: Scale, named: _Named) -> Iterator[Spot]:
    inside = [
        event
        for event in run.recording.events
        if event.node in lanes and scale.start_ns <= event.time <= scale.end_ns and event.event != "synced"
    ]
    inside.sort(key=lambda event: event.id not in named.events)
    for event in inside[:MOST_EVENTS]:
        fields = ", ".join(f"{key} {value}" for key, value in event.fields.items())
        kind = "event named" if event.id in named.events else "event"
        text = plain(f"{event.node} {event.event} {fields} at {time_text(event.time)}")
        yield Spot(scale.x(event.time), lanes[event.node], 0, kind, text)
