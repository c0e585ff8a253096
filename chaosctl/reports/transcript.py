"""A run told as text, one line a step in the run's time, to be read from the top and compared by `diff`.

    0.012208  n1    sent       prepare n1>n2#1  ballot [1,"n1"]
    0.013208  n2    delivered  prepare n1>n2#1

A message is called by its type, its link, and which of that type it is on that link: the words by which a trigger
aims at it, and more messages elsewhere do not change them. A run's rows lie in four files and do not say in which
order those of one instant came: messages are told in theirs, and what else a node did before the next it sent. That an
answer reached its client is told by how the operation ended.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from heapq import merge
from itertools import groupby
from typing import Any

import msgspec

from chaosctl.history.read import StoredRun
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event, FaultRow, MessageRow, Operation
from chaosctl.node.messages import RUNNER
from chaosctl.reports.summary import run_name, subtitle
from chaosctl.reports.words import plain, value_text

Row = Operation | Event | MessageRow | FaultRow

LONGEST = 72
"""Signs that are shown of a body, of an event's fields, of an operation's value."""

_HEADER = ("type", "msg_id", "in_reply_to")
_FAULT, _END = "a fault", "an end"


def transcript(run: StoredRun, start_ns: int | None = None, end_ns: int | None = None) -> Iterator[str]:
    """Yield the lines, of the whole run or of what happened from `start_ns` up to `end_ns`."""
    recording = run.recording
    yield f"# {run_name(run)}: {subtitle(run)}"
    teller = _Teller(recording)
    rows: Iterator[Row] = merge(
        recording.faults, recording.operations, recording.events, recording.messages(), key=lambda row: row.time
    )
    for time_ns, instant in groupby(rows, key=lambda row: row.time):
        if end_ns is not None and time_ns >= end_ns:
            break
        told = [line for row in _in_order(instant) if (line := teller.line(row))]
        if start_ns is None or time_ns >= start_ns:
            yield from told
    if run.verdict is not None:
        yield f"# {run.verdict.verdict}: {plain(run.verdict.why)}"


def _in_order(instant: Iterator[Row]) -> Iterator[Row]:
    """Yield an instant's rows: what a node or client did before the next that it sent, faults before what they took."""
    waiting: defaultdict[str, list[Row]] = defaultdict(list)
    for row in instant:
        if not isinstance(row, MessageRow):
            waiting[_actor(row)].append(row)
            continue
        if row.fate == "sent":
            yield from waiting.pop(row.process, ())
        elif row.fate == "dropped":
            yield from waiting.pop(_FAULT, ())
        yield row
    yield from sorted((row for rows in waiting.values() for row in rows), key=_rank)


def _actor(row: Operation | Event | FaultRow) -> str:
    """Return who did it: a client, a node, a fault; or an end, of a node that does nothing after it."""
    if isinstance(row, Operation):
        return row.client
    if isinstance(row, FaultRow):
        return _FAULT
    return _END if row.role == RUNNER and row.event in ("killed", "exited") else row.node


def _rank(row: Row) -> int:
    """Order what is left of an instant: what nodes did, the faults that this brought about, what the runner saw."""
    if isinstance(row, FaultRow):
        return 1
    return 2 if isinstance(row, Event) and row.role == RUNNER else 0


class _Teller:
    """Turns rows into lines; remembers what messages are called."""

    def __init__(self, recording: Recording) -> None:
        self._faults = {fault.occurrence: fault.name for fault in recording.faults}
        self._clients = {operation.client for operation in recording.operations}
        self._sent: Counter[tuple[str, str, str]] = Counter()
        self._messages: dict[int, tuple[str, str]] = {}

    def line(self, row: Row) -> str:
        """Return a row's line, or nothing where another tells the same; messages must come in order."""
        match row:
            case MessageRow(fate="sent"):
                parts = row.process, "sent", self._called(row) + _spaced(_body(row))
            case MessageRow():
                called, dest = self._messages.get(row.id, (f"message {row.id}", ""))
                if row.fate == "delivered" and dest in self._clients:
                    return ""
                parts = dest, "lost" if row.fate == "dropped" else row.fate, called + self._because(row)
            case Operation(type="invoke"):
                parts = row.client, "invoked", f"{row.f}{_value(row.value)} at {row.node}"
            case Operation():
                parts = row.client, row.type, f"{row.f} {row.error[0]}" if row.error else row.f + _value(row.value)
            case FaultRow():
                parts = "", row.phase, f"{row.name}{_kind(row)}{_spaced(_fault(row))}"
            case Event(role="runner"):
                seen = {key: value for key, value in row.fields.items() if value and key != "duration_ns"}
                parts = row.node, row.event, _fields(seen)
            case Event():
                parts = row.node, "emitted", row.event + _spaced(_fields(row.fields))
        actor, verb, what = parts
        return f"{row.time / 1e9:10.6f}  {plain(actor):<4}  {plain(verb):<9}  {plain(what)}".rstrip()

    def _called(self, row: MessageRow) -> str:
        link = row.type, row.process, row.dest
        self._sent[link] += 1
        called = f"{row.type} {row.process}>{row.dest}#{self._sent[link]}"
        self._messages[row.id] = called, row.dest
        return called

    def _because(self, row: MessageRow) -> str:
        names = dict.fromkeys(self._faults.get(fault, str(fault)) for fault in row.faults)
        by = f"by {', '.join(names)}" if names else ""
        return _spaced(" ".join(filter(None, (row.why, by))))


def _body(row: MessageRow) -> str:
    body = msgspec.json.decode(row.body) if bytes(row.body) else {}
    return _fields({key: value for key, value in body.items() if key not in _HEADER})


def _fields(fields: Mapping[str, Any]) -> str:
    return plain(", ".join(f"{key} {value_text(value)}" for key, value in fields.items()), LONGEST)


def _value(value: Any) -> str:
    return "" if value is None else f" {value_text(value, LONGEST)}"


def _kind(row: FaultRow) -> str:
    return "" if row.kind in row.name else f" ({row.kind})"


def _fault(row: FaultRow) -> str:
    if row.phase == "healed":
        return f"touched {row.touched}"
    return row.why or " | ".join(",".join(group) for group in row.groups) or ",".join(row.targets)


def _spaced(text: str) -> str:
    return f"  {text}" if text else ""
