"""The workloads `set` and `counter`: objects whose concurrent updates merge: no acknowledged one need be lost."""

from itertools import count
from random import Random
from typing import Any, ClassVar

from chaosctl.workloads import workload
from chaosctl.workloads.workload import Invocation, Outcome

PAIR = 2


class MergeableOptions(workload.Options, frozen=True):
    """How many `keys`, and which share of the operations are `reads`."""

    keys: int = 3
    reads: float = 0.4


class SetOptions(MergeableOptions, frozen=True):
    """Besides, which share of the operations are `removes`, of elements that a read has shown."""

    removes: float = 0.2


class Mergeable:
    """What both have in common: keys, reads of them, and in the end a read of every key through every node."""

    Options: ClassVar[type[workload.Options]] = MergeableOptions
    operations: ClassVar[tuple[str, ...]]
    idempotent: ClassVar[frozenset[str]] = frozenset({"read"})

    def __init__(self, options: Any, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]) -> None:
        self.options = options
        self.nodes, self.placement = nodes, placement
        self._next_element = count(1)
        self._shown: dict[Any, list[Any]] = {}

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return a read of `value = KEY`, or an update of `[KEY, ELEMENT or AMOUNT]`."""
        if f == "read" and isinstance(value, int | str):
            return Invocation(f, [value, None])
        if f != "read" and isinstance(value, list) and len(value) == PAIR:
            return Invocation(f, value)
        raise ValueError(f"a {f} takes {'a key' if f == 'read' else '[key, element or amount]'}")

    def request(self, invocation: Invocation) -> dict[str, Any]:
        """Return the operation as a message."""
        key, value = invocation.value
        if invocation.f == "read":
            return {"type": "read", "key": key}
        return {"type": invocation.f, "key": key, "amount" if invocation.f == "increment" else "element": value}

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:
        """Return what was read, or that it was done."""
        key, value = invocation.value
        if invocation.f != "read":
            return Outcome("ok", [key, value])
        if isinstance(reply["value"], list):
            self._shown[key] = reply["value"]
        return Outcome("ok", [key, reply["value"]])

    def final(self) -> list[Invocation]:
        """Return a read of every key through every node."""
        keys = range(self.options.keys)
        return [Invocation("read", [key, None], node=node, final=True) for node in self.nodes for key in keys]


class Set(Mergeable):
    """Clients `add` elements to sets, each one once, `remove` such as they were shown, and `read` whole sets.

    Values are `[key, element]`, a read's answer `[key, [element, ...]]`.
    """

    Options = SetOptions
    operations: ClassVar[tuple[str, ...]] = ("read", "add", "remove")

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 - all clients do the same.
        """Return a read, a removal of what was shown, or an addition of what never was there."""
        key, drawn = random.randrange(self.options.keys), random.random()
        if drawn < self.options.reads:
            return Invocation("read", [key, None])
        shown = self._shown.get(key)
        if drawn < self.options.reads + self.options.removes and shown:
            return Invocation("remove", [key, shown.pop(random.randrange(len(shown)))])
        return Invocation("add", [key, next(self._next_element)])


class Counter(Mergeable):
    """Clients `increment` counters by small amounts, up and down, and `read` them. Values are `[key, amount]`."""

    operations: ClassVar[tuple[str, ...]] = ("read", "increment")

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 - all clients do the same.
        """Return a read or an increment."""
        key = random.randrange(self.options.keys)
        if random.random() < self.options.reads:
            return Invocation("read", [key, None])
        return Invocation("increment", [key, random.choice((-2, -1, 1, 2, 3))])
