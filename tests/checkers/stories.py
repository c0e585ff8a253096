"""Recordings told in words: `n2 voted term=3 candidate=n1; n1 became_leader term=3 votes=n1+n2`.

A clause is an event: `@500` sets its time in ms (else 1 ms after the last), `n1/1` its node and incarnation, `!` before
the node makes it the runner's own, `1n2` is a ballot, `n1+n2` a list, `{...}` and the like are JSON.
"""

import json
import re
from collections import Counter

import msgspec

from chaosctl.history.recording import Declared, Recording
from chaosctl.history.records import Event, FaultRow, MessageRow, Operation

MS = 1_000_000
ROLES = {
    **dict.fromkeys(("voted", "became_candidate", "became_leader", "leader_seen", "stepped_down"), "voter"),
    "granted": "grantor",
    "redelivered": "broker",
    **dict.fromkeys(("promised", "accepted"), "acceptor"),
    **dict.fromkeys(("proposed", "chosen_seen"), "proposer"),
    "learned": "learner",
    **dict.fromkeys(("began", "decided", "ended"), "transaction-manager"),
    **dict.fromkeys(
        ("prepared", "voted_no", "committed", "aborted", "asked", "empty_rollback", "refused"), "resource-manager"
    ),
}


def declare(nodes: int = 3, **others) -> Declared:
    names = tuple(f"n{i + 1}" for i in range(nodes))
    usual = {
        "experiment": "told",
        "nodes": names,
        "pattern": "",
        "placement": {},
        "options": {},
        "workload": "",
        "workload_options": {},
        "quorum": nodes // 2 + 1,
        "leader_event": None,
        "stepped_down_event": None,
        "progress": True,
        "timeout": 1.0,
        "grace": 2.0,
        "load_end_ns": 8000 * MS,
        "end_ns": 10_000 * MS,
    }
    return Declared(**(usual | others))


class Story:
    """A recording that grows; `recording()` puts its operations in order."""

    def __init__(self, events: str = "", nodes: int = 3, **declared) -> None:
        self._declared = declare(nodes, **declared)
        self._events: list[Event] = []
        self._rows: list[Operation] = []
        self._faults: list[FaultRow] = []
        self._messages: list[MessageRow] = []
        self._numbers: Counter[str] = Counter()
        self._now_ms = 0.0
        self.complete = True
        self.events(events)

    def events(self, text: str) -> "Story":
        for clause in filter(None, (part.strip() for part in re.split(r";|\n", text))):
            words = clause.split()
            if words[0].startswith("@"):
                self._now_ms = float(words.pop(0)[1:])
            else:
                self._now_ms += 1
            is_runner = words[0].startswith("!")
            node, _, incarnation = words[0].lstrip("!").partition("/")
            fields = {key: _value(value) for key, _, value in (word.partition("=") for word in words[2:])}
            self._numbers[words[0]] += 1
            self._events.append(
                Event(
                    time=round(self._now_ms * MS),
                    node=node,
                    event=words[1],
                    role="runner" if is_runner else ROLES.get(words[1], ""),
                    incarnation=int(incarnation or 0),
                    id="" if is_runner else f"{node}/{incarnation or 0}/{self._numbers[words[0]]}",
                    fields=fields,
                )
            )
        return self

    def again(self, position: int) -> "Story":
        """Send an event once more, last of all, as a restarted node does."""
        self._events.append(msgspec.structs.replace(self._events[position], time=round((self._now_ms + 1) * MS)))
        return self

    def call(self, f: str, begin_ms: float, end_ms: float | None, outcome: str = "ok", **row) -> "Story":
        """Add an operation: `outcome` may name an error ("fail:abort"); without an end it was never answered."""
        process, result = sum(row.type == "invoke" for row in self._rows), row.pop("result", None)
        usual = {"process": process, "f": f, "node": "n1", "client": f"c{process}"} | row
        self._rows.append(Operation(index=0, time=round(begin_ms * MS), type="invoke", **usual))
        if end_ms is not None:
            kind, _, error = outcome.partition(":")
            ended = usual | {"value": result if kind == "ok" else row.get("value"), "error": [error] if error else None}
            self._rows.append(Operation(index=0, time=round(end_ms * MS), type=kind, **ended))
        return self

    def fault(self, from_ms: float, to_ms: float | None, touched: int = 1, **row) -> "Story":
        usual = {"occurrence": len(self._faults), "name": "split", "kind": "partition"} | row
        self._faults.append(FaultRow(time=round(from_ms * MS), phase="applied", **usual))
        if to_ms is not None:
            self._faults.append(FaultRow(time=round(to_ms * MS), phase="healed", touched=touched, **usual))
        return self

    def fault_row(self, phase: str, at_ms: float = 0, **row) -> "Story":
        usual = {"occurrence": len(self._faults), "name": "split", "kind": "partition"} | row
        self._faults.append(FaultRow(time=round(at_ms * MS), phase=phase, **usual))
        return self

    def message(self, process: str, dest: str, kind: str, delivered: int = 1, **body) -> "Story":
        """Add a message that was sent and then delivered so many times."""
        number = len(self._messages)
        raw = msgspec.Raw(msgspec.json.encode({"type": kind} | body))
        sent = MessageRow(
            time=number * MS, id=number, fate="sent", process=process, src=process, dest=dest, type=kind, body=raw
        )
        self._messages += [sent, *(MessageRow(time=number * MS, id=number, fate="delivered") for _ in range(delivered))]
        return self

    def recording(self) -> Recording:
        rows = sorted(self._rows, key=lambda row: row.time)
        for index, row in enumerate(rows):
            row.index = index
        messages = list(self._messages)
        return Recording(self._declared, rows, self._events, self._faults, lambda: iter(messages), self.complete)


def ballot(text: str) -> list:
    """Return `2n1` as a ballot, as JSON has it."""
    parts = re.fullmatch(r"(\d+)(n\d+)", text)
    assert parts, f"no ballot: {text}"
    return [int(parts[1]), parts[2]]


def _value(text: str):
    if re.fullmatch(r"\d+n\d+", text):
        return ballot(text)
    if "+" in text:
        return text.split("+")
    try:
        return json.loads(text)
    except ValueError:
        return text
