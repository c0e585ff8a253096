"""What clients ask every store here: Maelstrom's lin-kv messages. A key that was never written reads as null."""

from typing import Any

from chaosctl.node.messages import Message


class Read(Message):
    """A client asks for the value of a key."""

    key: int | str


class ReadOk(Message):
    """The value."""

    value: Any


class Write(Message):
    """Let this key have this value."""

    key: int | str
    value: Any


class WriteOk(Message):
    """It has, or had."""


class Cas(Message, rename={"from_": "from"}):
    """Let this key have the value `to` if it has the value `from`."""

    key: int | str
    from_: Any
    to: Any


class CasOk(Message):
    """It had, and has."""
