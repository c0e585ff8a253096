"""Messages between nodes: typed bodies in Maelstrom's envelope, one JSON object a line.

A body derives from Message; its tag, the `type` on the wire, is the class name in snake case. The envelope is
`{"src": "n1", "dest": "n2", "body": {"type": "prepare", "msg_id": 7, ...}}` (Maelstrom, doc/protocol.md).
"""

import re
from enum import IntEnum
from typing import Annotated, Literal

import msgspec

RUNNER = "runner"
"""The reserved id that events go to and the runner's own words come from: past the network, never cut or counted."""


def snake_case(name: str) -> str:
    """Return `AppendEntries` as `append_entries`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Message(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="type", tag=snake_case):
    """The body of a message. `src`, `msg_id` and `in_reply_to` are filled in by the node, never by a pattern."""

    src: str = ""
    msg_id: int | None = None
    in_reply_to: int | None = None


class Init(Message):
    """Maelstrom's first message: who you are and who there is."""

    node_id: str
    node_ids: list[str]


class InitOk(Message):
    """The node is ready."""


class Error(Message):
    """A request was refused or failed; `leader` is a hint where to ask instead."""

    code: int
    text: str = ""
    leader: str | None = None


class Operator(Message):
    """What a person does by hand (fault kind `operator`): promote a standby, start a reconciliation."""

    command: str
    arguments: dict[str, str] = {}


class Clock(Message):
    """From the runner: the node's clock now reads run time * rate + offset (s); sleeping feels the rate alone."""

    offset: float = 0.0
    rate: Annotated[float, msgspec.Meta(gt=0)] = 1.0


class Disk(Message):
    """From the runner: from now on syncs take so many seconds more, or fail; `heal` takes every fault off."""

    slow: float | None = None
    fsync_error: bool | None = None
    full: bool | None = None
    heal: bool = False


class Disconnect(Message):
    """From the runner: the connections to this node's database server are gone, and none can be made until `heal`."""

    heal: bool = False


class Arm(Message):
    """From the runner: arm a named point; the fields are those of settings.ArmedPoint."""

    name: str
    nth: int
    action: Literal["crash", "stall", "tell"]
    seen: int = 0
    stall: float = 0.0


class Disarm(Message):
    """From the runner: no point is armed any more; the load is over."""


class ErrorCode(IntEnum):
    """Maelstrom's error codes (doc/protocol.md, "Errors")."""

    TIMEOUT = 0
    NODE_NOT_FOUND = 1
    NOT_SUPPORTED = 10
    TEMPORARILY_UNAVAILABLE = 11
    MALFORMED_REQUEST = 12
    CRASH = 13
    ABORT = 14
    KEY_DOES_NOT_EXIST = 20
    KEY_ALREADY_EXISTS = 21
    PRECONDITION_FAILED = 22
    TXN_CONFLICT = 30


INDEFINITE = frozenset({ErrorCode.TIMEOUT, ErrorCode.CRASH})
"""Codes after which the operation may still have happened; every other code of the table is a definite refusal."""


class RpcError(Exception):
    """A request was answered with an error, or not in time (code 0).

    Raised by `rpc` at the asker; a handler that raises it answers its request with this error.
    """

    def __init__(self, code: int, text: str = "", leader: str | None = None) -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text, self.leader = code, text, leader
