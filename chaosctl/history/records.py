"""The rows of a run's files: operations, events, messages' fates, faults. Times are int nanoseconds since time 0.

Time 0 is when every node had answered init, or was given up. Operations follow Jepsen's form.
"""

from typing import Any

import msgspec


class Operation(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A row of history.jsonl: an invocation or its completion. `type` is invoke, ok, fail or info.

    `process` is the logical client (retired after an `info`), `client` its id on the network, `node` whom it asked.
    `value` is the argument at invoke and the result at ok. `final` marks the final reads and audits.
    """

    index: int
    time: int
    process: int
    type: str
    f: str
    value: Any = None
    error: list[Any] | None = None
    node: str = ""
    client: str = ""
    final: bool = False


class Event(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A row of events.jsonl: what a node emitted, or what the runner saw of it (then `role` is "runner").

    The runner's own: started, exited {status, expected}, killed, synced {writes, duration_ns}, point_reached {point},
    missed {f}, malformed {line, why, count}, unsteady, and whatever `problem` is named.
    """

    time: int
    node: str
    event: str
    role: str = ""
    incarnation: int = 0
    id: str = ""
    fields: dict[str, Any] = {}


class MessageRow(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):  # Millions of them, and none in a cycle.
    """A row of messages.jsonl: one step in the fate of the message `id`.

    `fate` is sent, delivered or dropped. Only `sent` rows carry process (who wrote the line), src, dest, type, msg_id,
    in_reply_to and body; `dropped` rows say `why` (loss, cut, dest-dead, inbox-full, ...). A duplicate is delivered
    more than once. `faults` are indexes of the fault occurrences that touched it.
    """

    time: int
    id: int
    fate: str
    process: str = ""
    src: str = ""
    dest: str = ""
    type: str = ""
    msg_id: int | None = None
    in_reply_to: int | None = None
    body: msgspec.Raw = msgspec.Raw(b"")
    why: str = ""
    faults: list[int] = []


class FaultRow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A row of faults.jsonl. `phase` is armed, applied, healed or never (with `why`).

    `occurrence` numbers every application of any fault in the run, from 0; an applied row and its healed row share it.
    `targets` are node names as resolved; `groups` the sides of a partition where links are cut into clean groups;
    `cuts` every cut link as [from, to]; `touched` (healed) how many messages or nodes it really hurt.
    """

    time: int
    occurrence: int
    name: str
    kind: str
    phase: str
    targets: list[str] = []
    groups: list[list[str]] = []
    cuts: list[list[str]] = []
    touched: int = 0
    why: str = ""
    details: dict[str, Any] = {}
