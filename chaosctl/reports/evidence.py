"""The evidence of a check as sentences: each finding, then the operations, events, messages and faults it rests on."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from chaosctl.errors import BadInput
from chaosctl.history.findings import Finding
from chaosctl.history.read import StoredRun
from chaosctl.history.records import Event, FaultRow, MessageRow, Operation
from chaosctl.reports.symbols import Symbols
from chaosctl.reports.words import plain, time_text, value_text

MOST_ROWS = 10
"""Rows of one kind that are shown of one finding; all are named in verdict.json."""


@dataclass(frozen=True)
class Exhibit:
    """One finding: the sentence, and a line for each row it rests on."""

    text: str
    rows: list[str] = field(default_factory=list)


def evidence(run: StoredRun, symbols: Symbols) -> dict[str, list[Exhibit]]:
    """Return the exhibits of every check that did not pass and has some."""
    checks = run.verdict.checks if run.verdict is not None else {}
    found = {name: check.evidence for name, check in checks.items() if check.valid != "pass" and check.evidence}
    if not found:
        return {}
    archive = _Archive(run, symbols, [finding for findings in found.values() for finding in findings])
    return {plain(name): [archive.exhibit(finding) for finding in findings] for name, findings in found.items()}


class _Archive:
    """The rows of a run by what findings call them; of messages only those that are wanted."""

    def __init__(self, run: StoredRun, symbols: Symbols, findings: list[Finding]) -> None:
        self._symbols = symbols
        self._operations = _calls(run.recording.operations)
        self._events = {event.id: event for event in run.recording.events if event.id}
        self._faults: dict[int, list[FaultRow]] = {}
        for fault in run.recording.faults:
            self._faults.setdefault(fault.occurrence, []).append(fault)
        self._messages = _fates(run, {number for finding in findings for number in finding.messages})

    def exhibit(self, finding: Finding) -> Exhibit:
        """Return a finding with its rows."""
        when = f"{time_text(finding.time_ns)}: " if finding.time_ns is not None else ""
        when = "" if when.removesuffix(": ") in finding.text else when
        calls = [self._operations[i] for i in finding.operations if i in self._operations]
        operations = {invoked.index: (invoked, completed) for invoked, completed in calls}
        rows = [
            *_first(_operation_text(pair, self._symbols) for pair in operations.values()),
            *_first(_event_text(self._events[i]) for i in finding.events if i in self._events),
            *_first(self._message_text(self._messages[i]) for i in finding.messages if i in self._messages),
            *_first(_fault_text(self._faults[i]) for i in finding.faults if i in self._faults),
        ]
        return Exhibit(when + plain(finding.text), rows)

    def _message_text(self, fates: list[MessageRow]) -> str:
        sent = next((row for row in fates if row.fate == "sent"), None)
        route = ""
        if sent is not None:
            body = bytes(sent.body).decode("utf-8", "replace")
            route = plain(f" {sent.process} {self._symbols.arrow} {sent.dest} {body}", 160)
        steps = [f"{row.fate} {time_text(row.time)}" + (f" ({row.why})" if row.why else "") for row in fates[:6]]
        return plain(f"message {fates[0].id}:{route} {', '.join(steps)}")


def _calls(rows: list[Operation]) -> dict[int, tuple[Operation, Operation | None]]:
    """Return (invocation, completion) under the index of either."""
    calls: dict[int, tuple[Operation, Operation | None]] = {}
    under_way: dict[int, Operation] = {}
    for row in rows:
        if row.type == "invoke":
            under_way[row.process] = row
            calls[row.index] = (row, None)
        elif (invoked := under_way.pop(row.process, None)) is not None:
            calls[invoked.index] = calls[row.index] = (invoked, row)
    return calls


def _fates(run: StoredRun, wanted: set[int]) -> dict[int, list[MessageRow]]:
    fates: dict[int, list[MessageRow]] = {}
    if not wanted:
        return fates
    try:
        for row in run.recording.messages():
            if row.id in wanted:
                fates.setdefault(row.id, []).append(row)
    except BadInput as error:  # A damaged log must not hide the verdict that was reached.
        run.recording.notes.append(str(error.mistakes[0].what))
    return fates


def _operation_text(call: tuple[Operation, Operation | None], symbols: Symbols) -> str:
    invoked, completed = call
    begin = f"operation {invoked.index}: {time_text(invoked.time)} {invoked.client} at {invoked.node}: {invoked.f}"
    argument = "" if invoked.value is None else f" {value_text(invoked.value)}"
    if completed is None:
        return plain(f"{begin}{argument} {symbols.arrow} no answer")
    result = "" if completed.value is None or completed.type != "ok" else f" {value_text(completed.value)}"
    error = f" {value_text(completed.error)}" if completed.error else ""
    return plain(f"{begin}{argument} {symbols.arrow} {completed.type}{result}{error} at {time_text(completed.time)}")


def _event_text(event: Event) -> str:
    fields = ", ".join(f"{key} {value_text(value)}" for key, value in event.fields.items())
    return plain(f"event {event.id}: {time_text(event.time)} {event.node} {event.event} {fields}")


def _fault_text(rows: list[FaultRow]) -> str:
    first = rows[0]
    where = " | ".join(",".join(group) for group in first.groups) or ",".join(first.targets)
    steps = ", ".join(f"{row.phase} {time_text(row.time)}" for row in rows)
    return plain(f"fault {first.name} ({first.kind}) {where}: {steps}")


def _first(lines: Iterable[str]) -> list[str]:
    """Return the first lines, and how many more there are."""
    shown = list(lines)
    more = len(shown) - MOST_ROWS
    return [*shown[:MOST_ROWS], f"and {more} more"] if more > 0 else shown
