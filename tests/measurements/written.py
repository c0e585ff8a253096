"""Small recordings written by hand: times in milliseconds, three nodes unless told otherwise."""

from chaosctl.history.recording import Declared, Recording
from chaosctl.history.records import Event, FaultRow, MessageRow, Operation

MS = 1_000_000


def declare(nodes: int = 3, *, end_ms: int = 10_000, timeout: float = 1.0, **others) -> Declared:
    names = tuple(f"n{i + 1}" for i in range(nodes))
    usual = {
        "experiment": "by-hand",
        "nodes": names,
        "pattern": "raft-election",
        "placement": {"voter": names},
        "options": {},
        "workload": "leadership",
        "workload_options": {},
        "quorum": nodes // 2 + 1,
        "leader_event": "became_leader",
        "stepped_down_event": "stepped_down",
        "progress": True,
        "grace": 2.0,
        "load_end_ns": (end_ms - 2000) * MS,
    }
    return Declared(**(usual | {"timeout": timeout, "end_ns": end_ms * MS} | others))


class Written:
    """A recording that grows a row at a time; processes are numbered so that each has one operation."""

    def __init__(self, nodes: int = 3, **declared) -> None:
        self.recording = Recording(declare(nodes, **declared))
        self.messages: list[MessageRow] = []
        self.recording.messages = lambda: iter(self.messages)

    def call(self, at_ms: float, took_ms: float, outcome: str = "ok", *, node: str = "n1", f: str = "read", **others):
        """Add an operation; `outcome` may carry an error's name: "fail:temporarily-unavailable"."""
        kind, _, error = outcome.partition(":")
        number = len(self.recording.operations)
        client = {"process": number, "f": f, "node": node, "client": f"c{number}"} | others
        ended_ms = at_ms + took_ms
        self.recording.operations += [
            Operation(index=number, time=round(at_ms * MS), type="invoke", **client),
            Operation(
                index=number + 1, time=round(ended_ms * MS), type=kind, error=[error, ""] if error else None, **client
            ),
        ]
        self.recording.operations.sort(key=lambda row: row.time)
        return self

    def event(self, at_ms: float, node: str, event: str, role: str = "voter", incarnation: int = 0, **fields):
        number = len(self.recording.events)
        identity = "" if role == "runner" else f"{node}/{incarnation}/{number}"
        row = Event(time=round(at_ms * MS), node=node, event=event, role=role, id=identity, fields=fields)
        row.incarnation = incarnation
        self.recording.events.append(row)
        self.recording.worked_out.clear()  # A test may measure, and write on.
        return self

    def fault(self, from_ms: float, to_ms: float | None, kind: str = "crash", **row):
        """Add a fault that was applied, and healed where the second time is given."""
        occurrence = len({fault.occurrence for fault in self.recording.faults})
        whole = {"occurrence": occurrence, "name": kind, "kind": kind} | row
        self.recording.faults.append(FaultRow(time=round(from_ms * MS), phase="applied", **whole))
        if to_ms is not None:
            healed = {"touched": 1} | whole
            self.recording.faults.append(FaultRow(time=round(to_ms * MS), phase="healed", **healed))
        return self

    def message(self, at_ms: float, process: str, dest: str, fate: str = "sent", **row):
        usual = {"id": len(self.messages), "process": process, "src": process, "dest": dest, "type": "vote"}
        self.messages.append(MessageRow(time=round(at_ms * MS), fate=fate, **(usual | row)))
        return self
