"""Lanes over time: a node's with what it led, decided and when it was down; a client's with its operations.

An outcome has a colour, a shape and a height of its own. Where operations are too many to be told apart they are
binned, one mark a bin and outcome, and the page says so: all of them are in the run's folder.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from chaosctl.history.read import StoredRun
from chaosctl.history.records import Operation
from chaosctl.measurements.leadership import DEATHS, reigns_of
from chaosctl.measurements.phases import Phases
from chaosctl.reports.html.scale import Scale
from chaosctl.reports.words import plain, time_text, value_text

MOST_LANES, MOST_MARKS, BINS = 40, 1500, 450
"""Lanes of one picture, operations that are drawn one by one, and else the bins of a lane."""

OUTCOMES = ("ok", "info", "fail")
DECIDED = frozenset({"decided", "committed", "aborted", "ended"})
"""Events by which nodes say that something is settled."""


@dataclass(frozen=True)
class Mark:
    """Something that took its time; `kind` is its class in the picture."""

    x: float
    width: float
    kind: str
    text: str
    label: str = ""


@dataclass
class Lane:
    """A node or a client, what it did, and (binned) a path an outcome."""

    name: str
    marks: list[Mark] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lanes:
    """All lanes of a picture, and what is to be said of what it leaves out."""

    lanes: list[Lane]
    notes: list[str]


def nodes(run: StoredRun, phases: Phases, scale: Scale) -> Lanes:
    """Return a lane a node: its reigns, its decisions, and when it was down."""
    names = run.recording.declared.nodes
    lanes = {name: Lane(plain(name)) for name in names[:MOST_LANES]}
    for node, start_ns, end_ns in _downtimes(run, phases.end_ns):
        if node in lanes:
            text = f"{node} down {time_text(start_ns)} to {time_text(end_ns)}"
            lanes[node].marks.append(_mark(scale, start_ns, end_ns, "down", text))
    for reign in reigns_of(run.recording, phases.end_ns)[:MOST_MARKS]:
        if reign.node in lanes:
            text = f"{reign.node} led term {reign.term}, {time_text(reign.start_ns)} to {time_text(reign.end_ns)}"
            mark = _mark(scale, reign.start_ns, reign.end_ns, "reign", text, f"{reign.term}")
            lanes[reign.node].marks.append(mark)
    ticks: defaultdict[str, set[float]] = defaultdict(set)
    for event in run.recording.events:
        if event.event in DECIDED and event.node in lanes and event.role != "runner":
            ticks[event.node].add(round(scale.x(event.time)))
    for node, places in ticks.items():
        lanes[node].paths["decided"] = "".join(f"M{x:g} 19v6" for x in sorted(places))
    notes = _left_out("nodes", len(names))
    if not any(lane.marks or lane.paths for lane in lanes.values()):
        notes.append("no node said that it led or decided, and none was down")
    return Lanes(list(lanes.values()), notes)


def clients(run: StoredRun, scale: Scale) -> Lanes:
    """Return a lane a client: its operations from call to answer."""
    calls = _calls(run.recording.operations)
    by_client: defaultdict[str, list[tuple[Operation, Operation | None]]] = defaultdict(list)
    for invoked, completed in calls:
        by_client[invoked.client or f"process {invoked.process}"].append((invoked, completed))
    lanes, is_binned = [], len(calls) > MOST_MARKS
    for client in sorted(by_client, key=lambda name: (len(name), name))[:MOST_LANES]:
        lane = Lane(plain(client))
        if is_binned:
            lane.paths = _binned(by_client[client], scale)
        else:
            lane.marks = [_operation(*call, scale) for call in by_client[client]]
        lanes.append(lane)
    notes = _left_out("clients", len(by_client))
    if is_binned:
        notes.append(f"{len(calls):,} operations, drawn in {BINS} bins a client; each of them is in history.jsonl")
    return Lanes(lanes, notes)


def outcome_of(completed: Operation | None) -> str:
    """Return ok, fail or info; without an answer nobody knows."""
    return "info" if completed is None else completed.type


def operation_text(invoked: Operation, completed: Operation | None) -> str:
    """Return an operation as a sentence: what was asked, of whom, and what came of it."""
    asked = "" if invoked.value is None else f" {value_text(invoked.value)}"
    if completed is None:
        return plain(f"{invoked.client} asked {invoked.node}: {invoked.f}{asked}: no answer")
    answer = completed.error if completed.error else completed.value
    said = "" if answer is None else f" {value_text(answer)}"
    took = f"{time_text(invoked.time)} to {time_text(completed.time)}"
    return plain(f"{invoked.client} asked {invoked.node}: {invoked.f}{asked}: {completed.type}{said}, {took}")


def _operation(invoked: Operation, completed: Operation | None, scale: Scale) -> Mark:
    end_ns = scale.end_ns if completed is None else completed.time
    text = operation_text(invoked, completed)
    return _mark(scale, invoked.time, end_ns, outcome_of(completed), text)


def _binned(calls: Iterable[tuple[Operation, Operation | None]], scale: Scale) -> dict[str, str]:
    """Return a path an outcome: a bar in each bin where an operation of that outcome was called."""
    span = max(1, scale.end_ns - scale.start_ns)
    there: dict[str, set[int]] = {outcome: set() for outcome in OUTCOMES}
    for invoked, completed in calls:
        if scale.start_ns <= invoked.time <= scale.end_ns:
            there[outcome_of(completed)].add(min(BINS - 1, (invoked.time - scale.start_ns) * BINS // span))
    width = (scale.x(scale.end_ns) - scale.x(scale.start_ns)) / BINS
    tops = {"ok": (14, 6), "info": (8, 5), "fail": (1, 6)}
    paths = {}
    for outcome, bins in there.items():
        top, height = tops[outcome]
        bars = (f"M{scale.x(scale.start_ns) + place * width:.1f} {top}" for place in sorted(bins))
        if bins:
            paths[outcome] = "".join(f"{bar}h{width:.1f}v{height}h-{width:.1f}z" for bar in bars)
    return paths


def _calls(rows: Iterable[Operation]) -> list[tuple[Operation, Operation | None]]:
    under_way: dict[int, int] = {}
    calls: list[tuple[Operation, Operation | None]] = []
    for row in rows:
        if row.type == "invoke":
            under_way[row.process] = len(calls)
            calls.append((row, None))
        elif (place := under_way.pop(row.process, None)) is not None:
            calls[place] = (calls[place][0], row)
    return calls


def _downtimes(run: StoredRun, end_ns: int) -> list[tuple[str, int, int]]:
    """Return (node, from, to) for each time that a node was not there after it had been."""
    found: list[tuple[str, int, int]] = []
    since: dict[str, int] = {}
    for event in run.recording.events:
        if event.role == "runner" and event.event in DEATHS:
            since.setdefault(event.node, event.time)
        elif event.role == "runner" and event.event == "started" and event.node in since:
            found.append((event.node, since.pop(event.node), event.time))
    return [*found, *((node, time, end_ns) for node, time in since.items() if time < end_ns)]


def _mark(scale: Scale, start_ns: int, end_ns: int, kind: str, text: str, label: str = "") -> Mark:
    left, right = scale.x(start_ns), scale.x(end_ns)
    width = round(max(1.5, right - left), 2)
    return Mark(left, width, kind, plain(text), label if width > 12 else "")


def _left_out(what: str, count: int) -> list[str]:
    return [f"the first {MOST_LANES} of {count:,} {what}"] if count > MOST_LANES else []
