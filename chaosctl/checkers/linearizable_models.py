"""What objects do, one operation at a time: registers with compare-and-set, and key-value stores with append."""

from collections.abc import Hashable
from typing import Any, ClassVar, Protocol

UPDATES = frozenset({"write", "cas", "put", "append"})
"""Operations that may change a value; all others only read it."""

IMPOSSIBLE: Any = object()
"""What an operation makes of a state in which it can't have ended as it did."""


class Model(Protocol):
    """An object of one key, as a function from state to state. States are hashable."""

    operations: ClassVar[frozenset[str]]
    resets: ClassVar[frozenset[str]]
    initial: Hashable

    def apply(self, state: Any, f: str, value: Any) -> Any:
        """Return the state after an operation with this argument (a read: this answer), or IMPOSSIBLE."""

    def may_become(self, state: Any, answer: Any) -> bool:
        """Return whether a read can give this answer later, if no operation of `resets` comes in between."""


class Register:
    """A value that is read, written, and replaced where it is what the caller thinks (cas: [old, new])."""

    operations: ClassVar[frozenset[str]] = frozenset({"read", "write", "cas"})
    resets: ClassVar[frozenset[str]] = frozenset({"write", "cas"})

    def __init__(self, initial: Hashable = None) -> None:
        self.initial: Hashable = initial

    def apply(self, state: Any, f: str, value: Any) -> Any:
        """Return the state after an operation."""
        if f == "write":
            return value
        if f == "cas":
            old, new = value
            return new if state == old else IMPOSSIBLE
        return state if state == value else IMPOSSIBLE

    def may_become(self, state: Any, answer: Any) -> bool:
        """Return whether it is that already."""
        return bool(state == answer)


class KeyValue:
    """Text under a key: got, put, and appended to."""

    operations: ClassVar[frozenset[str]] = frozenset({"get", "put", "append"})
    resets: ClassVar[frozenset[str]] = frozenset({"put"})

    def __init__(self, initial: str | None = None) -> None:
        self.initial: Hashable = initial

    def apply(self, state: Any, f: str, value: Any) -> Any:
        """Return the state after an operation."""
        if f == "put":
            return value
        if f == "append":
            return (state or "") + value
        return state if state == value else IMPOSSIBLE

    def may_become(self, state: Any, answer: Any) -> bool:
        """Return whether appending alone leads there: what is there stays, in front."""
        return (answer or "").startswith(state or "")
