"""What objects do, one operation at a time: registers, key-value stores, mutexes, queues, sets and logs.

An operation's value is its argument, or, for those of `answers`, what it answered: a read's, a dequeue's. An operation
that is possible makes one state of one state; what nobody heard the answer of has the value UNHEARD.
"""

from collections.abc import Hashable
from typing import Any, ClassVar

IMPOSSIBLE: Any = object()
"""What an operation makes of a state in which it can't have ended as it did."""

UNHEARD: Any = object()
"""The answer of an operation whose client never heard it: any that is possible."""


READS, WRITES = ("r", "read"), ("w", "write")
"""What the parts of a transaction are called."""


class Model:
    """An object, as a function from state to state. States and values are hashable.

    `operations` it has; of these `reads` change nothing, `answers` have their answer as value (reads among them), and
    `blind` ones make the same state of whatever was there.
    """

    operations: ClassVar[frozenset[str]]
    reads: ClassVar[frozenset[str]] = frozenset()
    answers: ClassVar[frozenset[str]] = frozenset()
    blind: ClassVar[frozenset[str]] = frozenset()
    resets: ClassVar[frozenset[str]] = frozenset()
    shows_before: ClassVar[bool] = False
    """Whether a state shows what it was before, but for `resets`: then `may_become` has something to say."""

    may_begin: ClassVar[bool] = False
    """Whether it may hold anything at first."""

    initial: Hashable = None

    def apply(self, state: Any, f: str, value: Any) -> Any:
        """Return the state after an operation with this value, or IMPOSSIBLE."""
        raise NotImplementedError

    def shown(self, answer: Any) -> Any:
        """Return the state that a read with this answer shows: the only one in which it is possible."""
        return answer

    def may_become(self, state: Any, answer: Any) -> bool:  # noqa: ARG002 - asked of models that have reads.
        """Return whether a read can give this answer later, if no operation of `resets` comes in between."""
        return True

    def unheard(self, asked: Any) -> Any:  # noqa: ARG002 - what was asked matters where it is more than one thing.
        """Return the value of an operation of `answers` whose client heard none."""
        return UNHEARD


class Register(Model):
    """A value that is read, written, and replaced where it is what the caller thinks (cas: [old, new])."""

    operations: ClassVar[frozenset[str]] = frozenset({"read", "write", "cas"})
    reads: ClassVar[frozenset[str]] = frozenset({"read"})
    answers: ClassVar[frozenset[str]] = reads
    blind: ClassVar[frozenset[str]] = frozenset({"write"})
    may_begin: ClassVar[bool] = True

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


class MultiRegister(Model):
    """Several registers, read and written together: a txn is a list of ["r" or "w", key, value].

    A key that was never written reads as null. The state is the set of (key, value) of all others.
    """

    operations: ClassVar[frozenset[str]] = frozenset({"txn"})
    answers: ClassVar[frozenset[str]] = operations

    def __init__(self, initial: Hashable = frozenset()) -> None:
        self.initial: Hashable = initial

    def apply(self, state: Any, f: str, value: Any) -> Any:  # noqa: ARG002 - there is one operation.
        """Return the state after a transaction, which sees what it has written itself."""
        values, written = dict(state), {}
        for kind, key, part in value:
            if kind in WRITES:
                values[key] = written[key] = part
            elif kind not in READS:
                raise ValueError(f"a transaction reads (r) and writes (w), and {kind!r} is neither")
            elif part is not UNHEARD and values.get(key) != part:
                return IMPOSSIBLE
        if not written:
            return state
        others = [pair for pair in state if pair[0] not in written]  # They are the same in all states, not copies.
        return frozenset([*others, *((key, part) for key, part in written.items() if part is not None)])

    def unheard(self, asked: Any) -> Any:
        """Return the transaction with its writes, and reads that may have answered anything."""
        return tuple((kind, key, part if kind in WRITES else UNHEARD) for kind, key, part in asked)


class KeyValue(Model):
    """Text under a key: got, put, and appended to. What was never put reads as null, or as what `initial` says."""

    shows_before: ClassVar[bool] = True
    operations: ClassVar[frozenset[str]] = frozenset({"get", "put", "append"})
    reads: ClassVar[frozenset[str]] = frozenset({"get"})
    answers: ClassVar[frozenset[str]] = reads
    blind: ClassVar[frozenset[str]] = frozenset({"put"})
    resets: ClassVar[frozenset[str]] = frozenset({"put"})
    may_begin: ClassVar[bool] = True

    def __init__(self, initial: Hashable = None) -> None:
        self.initial: Hashable = initial

    def apply(self, state: Any, f: str, value: Any) -> Any:
        """Return the state after an operation."""
        if f == "put":
            return value
        if f == "append":
            return _text(state) + _text(value)
        return state if state == value else IMPOSSIBLE

    def may_become(self, state: Any, answer: Any) -> bool:
        """Return whether appending alone leads there: what is there stays, in front."""
        return _text(answer).startswith(_text(state))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


class Mutex(Model):
    """A lock: whoever acquires it finds it free, whoever releases it finds it held. Who holds it, it does not know."""

    operations: ClassVar[frozenset[str]] = frozenset({"acquire", "release"})
    initial: Hashable = "free"

    def apply(self, state: Any, f: str, value: Any) -> Any:  # noqa: ARG002 - there is one lock.
        """Return the state after an operation."""
        if f == "acquire":
            return "held" if state == "free" else IMPOSSIBLE
        return "free" if state == "held" else IMPOSSIBLE


class Queue(Model):
    """First in, first out: enqueue a value; dequeue answers the oldest, or null where there is none."""

    operations: ClassVar[frozenset[str]] = frozenset({"enqueue", "dequeue"})
    answers: ClassVar[frozenset[str]] = frozenset({"dequeue"})
    initial: Hashable = ()

    def apply(self, state: Any, f: str, value: Any) -> Any:
        """Return the state after an operation: the values in it, the oldest first."""
        if f == "enqueue":
            return (*state, value)
        if value is UNHEARD:
            return state[1:]
        oldest = state[0] if state else None
        return state[1:] if oldest == value else IMPOSSIBLE


class Set(Model):
    """Elements are added and removed; a read answers all of them, in any order."""

    shows_before: ClassVar[bool] = True
    operations: ClassVar[frozenset[str]] = frozenset({"add", "remove", "read"})
    reads: ClassVar[frozenset[str]] = frozenset({"read"})
    answers: ClassVar[frozenset[str]] = reads
    resets: ClassVar[frozenset[str]] = frozenset({"remove"})
    initial: Hashable = frozenset()

    def apply(self, state: Any, f: str, value: Any) -> Any:
        """Return the state after an operation."""
        if f == "add":
            return state | {value}
        if f == "remove":
            return state - {value}
        return state if state == self.shown(value) else IMPOSSIBLE

    def shown(self, answer: Any) -> Any:
        """Return the elements as a set."""
        return frozenset(answer or ())

    def may_become(self, state: Any, answer: Any) -> bool:
        """Return whether adding alone leads there."""
        return bool(state <= self.shown(answer))


class Log(Model):
    """Values are appended; a read answers the whole log, in order."""

    shows_before: ClassVar[bool] = True
    operations: ClassVar[frozenset[str]] = frozenset({"append", "read"})
    reads: ClassVar[frozenset[str]] = frozenset({"read"})
    answers: ClassVar[frozenset[str]] = reads
    initial: Hashable = ()

    def apply(self, state: Any, f: str, value: Any) -> Any:
        """Return the state after an operation."""
        if f == "append":
            return (*state, value)
        return state if state == self.shown(value) else IMPOSSIBLE

    def shown(self, answer: Any) -> Any:
        """Return the log; null is an empty one."""
        return answer or ()

    def may_become(self, state: Any, answer: Any) -> bool:
        """Return whether what is there stands in front."""
        return bool(self.shown(answer)[: len(state)] == state)


MODELS: dict[str, type[Model]] = {
    "register": Register,
    "cas-register": Register,
    "multi-register": MultiRegister,
    "kv": KeyValue,
    "mutex": Mutex,
    "queue": Queue,
    "set": Set,
    "log": Log,
}
"""Models by name; a history whose operations one of them has alone is judged by it, the first that has them all."""
