"""The workloads `broadcast`, `g-set`, `g-counter`, `pn-counter`: Maelstrom's, whose updates merge into one object.

In the end, when nothing has been added for a while, the object is read through every node.
"""

from itertools import count
from random import Random
from typing import Any, ClassVar

from chaosctl.workloads import workload
from chaosctl.workloads.topologies import Topology, neighbours
from chaosctl.workloads.workload import Invocation, Outcome


class GrowingOptions(workload.Options, frozen=True):
    """Which share of the operations are `reads`."""

    reads: float = 0.5


class BroadcastOptions(GrowingOptions, frozen=True):
    """Besides, the `topology` that nodes are offered: line, grid, tree2, tree3, tree4 or total."""

    topology: Topology = "grid"


class Growing:
    """What the four have in common: an update and a read, and in the end a read through every node."""

    Options: ClassVar[type[workload.Options]] = GrowingOptions
    operations: ClassVar[tuple[str, ...]] = ("read", "add")
    idempotent: ClassVar[frozenset[str]] = frozenset({"read"})
    settle: ClassVar[float] = 10.0
    """Seconds that updates have to spread once all has healed and the load is over: Maelstrom's."""

    field: ClassVar[str] = "element"
    shown: ClassVar[str] = "value"

    def __init__(self, options: Any, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]) -> None:
        self.options = options
        self.nodes, self.placement = nodes, placement
        self._next_element = count()

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 - all clients do the same.
        """Return a read or an update."""
        if random.random() < self.options.reads:
            return Invocation("read")
        return Invocation(self.operations[1], self.update(random))

    def update(self, random: Random) -> Any:  # noqa: ARG002 - elements are counted, not drawn.
        """Return what is added: an element that never was there."""
        return next(self._next_element)

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return a read, which takes no value, or an update by the value."""
        if (f == "read") != (value is None):
            raise ValueError("a read takes no value" if f == "read" else f"{f} takes what is added")
        return Invocation(f, value)

    def request(self, invocation: Invocation) -> dict[str, Any]:
        """Return the operation as Maelstrom's message."""
        return {"type": invocation.f} | ({} if invocation.f == "read" else {self.field: invocation.value})

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:
        """Return what was read, or that it was added; raises ValueError where it is another answer."""
        if reply["type"] != f"{invocation.f}_ok":
            raise ValueError(f"the answer to {invocation.f} is {invocation.f}_ok, not {reply['type']}")
        if invocation.f != "read":
            return Outcome("ok", invocation.value)
        value = reply[self.shown]
        if not self.is_whole(value):
            raise ValueError(f"a read_ok whose `{self.shown}` is {str(value)[:60]}")
        return Outcome("ok", value)

    def is_whole(self, value: Any) -> bool:
        """Return whether a read may show such a thing at all."""
        return isinstance(value, list)

    def final(self) -> list[Invocation]:
        """Return a read through every node."""
        return [Invocation("read", node=node, final=True) for node in self.nodes]


class GSet(Growing):
    """Clients `add` elements to one set, each one once, and `read` it whole: `value = [element, ...]`."""


class Broadcast(Growing):
    """Clients `broadcast` messages through any node, each one once; a `read` shows all that the node has heard of.

    Every node is told its neighbours, `topology`, as soon as it has answered init, in every incarnation.
    """

    Options = BroadcastOptions
    operations: ClassVar[tuple[str, ...]] = ("read", "broadcast")
    field, shown = "message", "messages"

    def greeting(self, node: str) -> dict[str, Any]:  # noqa: ARG002 - each is told the neighbours of all.
        """Return who neighbours whom."""
        return {"type": "topology", "topology": neighbours(self.options.topology, self.nodes)}


class GCounter(Growing):
    """Clients `add` a `delta` from 0 to 4 to one counter, and `read` it: `value = 17`."""

    field = "delta"
    lowest: ClassVar[int] = 0

    def update(self, random: Random) -> int:
        """Return a small amount."""
        return random.randint(self.lowest, 4)

    def is_whole(self, value: Any) -> bool:
        """Return whether it is a whole number."""
        return type(value) is int


class PnCounter(GCounter):
    """Clients `add` a `delta` from -5 to 4 to one counter, and `read` it: `value = -3`."""

    lowest = -5
