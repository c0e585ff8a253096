"""What a replica of a CRDT holds: payloads that form a join semilattice, `merge` being the join.

M. Shapiro, N. Preguiça, C. Baquero, M. Zawirski, "A comprehensive study of Convergent and Commutative Replicated Data
Types" (INRIA RR-7506, 2011), specifications 7 (PN-Counter) and 11 (G-Set). Merging is commutative, associative and
idempotent, and an update only moves a payload upwards: late, doubled and overtaking states end alike everywhere.
"""

from typing import Any, Self

import msgspec

from chaosctl.node.messages import ErrorCode, Message, RpcError


class Add(Message):
    """From a client: Maelstrom's `add`, of an element to a set or of a delta to a counter."""

    element: Any = msgspec.UNSET
    delta: int | msgspec.UnsetType = msgspec.UNSET


class GSet(msgspec.Struct, frozen=True, tag=True):
    """A set that only grows; elements as JSON texts in order, for 1, "1" and [1] are three."""

    elements: tuple[str, ...] = ()

    def updated(self, _source: str, add: Add) -> Self:
        """Return this with the element."""
        if add.element is msgspec.UNSET:
            raise RpcError(ErrorCode.MALFORMED_REQUEST, "what is added to a set is an `element`")
        return self.merge(type(self)((msgspec.json.encode(add.element, order="deterministic").decode(),)))

    def merge(self, other: Self) -> Self:
        """Return the union."""
        return type(self)(tuple(sorted({*self.elements, *other.elements})))

    def value(self) -> list[Any]:
        """Return the elements."""
        return [msgspec.json.decode(element) for element in self.elements]


class PnCounter(msgspec.Struct, frozen=True, tag=True):
    """A counter up and down: what each source has added (P) and taken (N), which both only grow."""

    added: dict[str, int] = {}
    taken: dict[str, int] = {}

    def updated(self, source: str, add: Add) -> Self:
        """Return this with the delta in the source's own entry: nobody else writes there."""
        if add.delta is msgspec.UNSET:
            raise RpcError(ErrorCode.MALFORMED_REQUEST, "what is added to a counter is a `delta`")
        added = {**self.added, source: self.added.get(source, 0) + max(add.delta, 0)}
        taken = {**self.taken, source: self.taken.get(source, 0) + max(-add.delta, 0)}
        return type(self)(added, taken)

    def merge(self, other: Self) -> Self:
        """Return the greater of each entry."""
        return type(self)(_greatest(self.added, other.added), _greatest(self.taken, other.taken))

    def value(self) -> int:
        """Return the sum."""
        return sum(self.added.values()) - sum(self.taken.values())


Payload = GSet | PnCounter


def _greatest(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {source: max(one.get(source, 0), other.get(source, 0)) for source in sorted({**one, **other})}
