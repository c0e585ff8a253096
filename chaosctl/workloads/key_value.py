"""The workload `key-value`: reads, writes and compare-and-sets of a few keys, with Maelstrom's lin-kv messages."""

from itertools import count
from random import Random
from typing import Any, ClassVar, Literal

from chaosctl.workloads import workload
from chaosctl.workloads.workload import Invocation, Outcome

PAIR = 2


class KeyValueOptions(workload.Options, frozen=True):
    """How many `keys`; which share of the operations are `reads` and `cas`, the rest being writes."""

    keys: int = 5
    reads: float = 0.5
    cas: float = 0.0
    retry: Literal["no", "elsewhere"] = "no"


class KeyValue:
    """Clients read and write a few keys; every written value is new, so that a read tells whose write it saw.

    Values are `[key, value]`, a cas `[key, [from, to]]`. In the end every key is read through every node.
    """

    Options = KeyValueOptions
    operations: ClassVar[tuple[str, ...]] = ("read", "write", "cas")
    idempotent: ClassVar[frozenset[str]] = frozenset({"read"})

    def __init__(self, options: KeyValueOptions, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]) -> None:
        self.options = options
        self.nodes, self.placement = nodes, placement
        self._next_value = count(1)
        self._last_seen: dict[int, int | None] = dict.fromkeys(range(options.keys))

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 - all clients do the same.
        """Return a read, a write of a new value, or a cas from the value that was last seen."""
        key, drawn = random.randrange(self.options.keys), random.random()
        if drawn < self.options.reads:
            return Invocation("read", [key, None])
        value = next(self._next_value)
        if drawn < self.options.reads + self.options.cas and self._last_seen[key] is not None:
            return Invocation("cas", [key, [self._last_seen[key], value]])
        return Invocation("write", [key, value])

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return a read of `value = KEY`, a write of `[KEY, VALUE]`, a cas of `[KEY, [FROM, TO]]`."""
        if f == "read" and isinstance(value, int | str):
            return Invocation(f, [value, None])
        if f == "write" and isinstance(value, list) and len(value) == PAIR:
            return Invocation(f, value)
        if f == "cas" and isinstance(value, list) and len(value) == PAIR:
            change = value[1]
            if isinstance(change, list) and len(change) == PAIR:
                return Invocation(f, value)
        forms = {"read": "a key", "write": "[key, value]", "cas": "[key, [from, to]]"}
        raise ValueError(f"a {f} takes {forms[f]}")

    def request(self, invocation: Invocation) -> dict[str, Any]:
        """Return the operation as lin-kv's message."""
        key, value = invocation.value
        match invocation.f:
            case "read":
                return {"type": "read", "key": key}
            case "write":
                return {"type": "write", "key": key, "value": value}
            case _:
                return {"type": "cas", "key": key, "from": value[0], "to": value[1]}

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:
        """Return what was read, or that it was written; remembers the value for a later cas."""
        key, value = invocation.value
        if invocation.f == "read":
            self._last_seen[key] = reply["value"]
            return Outcome("ok", [key, reply["value"]])
        self._last_seen[key] = value if invocation.f == "write" else value[1]
        return Outcome("ok", [key, value])

    def absent(self, invocation: Invocation) -> Outcome:
        """Return that the key was read as nothing; Maelstrom counts it as failed, so that a store may forget keys."""
        key, _value = invocation.value
        self._last_seen[key] = None
        return Outcome("ok", [key, None])

    def final(self) -> list[Invocation]:
        """Return a read of every key through every node."""
        keys = range(self.options.keys)
        return [Invocation("read", [key, None], node=node, final=True) for node in self.nodes for key in keys]
