"""What one key holds in `eventual`: values that merge, so that whatever comes late, twice or out of order ends alike.

M. Shapiro, N. Preguiça, C. Baquero, M. Zawirski, "Conflict-free Replicated Data Types" (2011): states are a join
semilattice, `merge` is its join (commutative, associative, idempotent), every update moves a state upwards.
`Latest`: L. Lamport's clocks (1978) decide, or a node's own clock. `Siblings`: version vectors, D. Parker and others
(1983), as Dynamo has them (section 4.4), with a dot for each sibling. `Elements`: the OR-set, add wins; the vector
stands for all tombstones (A. Bieniusa and others, 2012). `Counter`: the PN-counter (Shapiro, specification 7).

An actor is a node in one incarnation: who forgot in a crash what it had said must not say it again.
"""

from typing import Any, NamedTuple, Self

import msgspec

Actor = str
Stamp = tuple[float, Actor]
"""A clock's reading and whose it was: ordered, and no two writes share one."""


class Latest(msgspec.Struct, frozen=True, tag=True):
    """A register of which the last writer wins: of two concurrent writes one is lost."""

    stamp: Stamp = (0.0, "")
    value: Any = None

    def merge(self, other: Self) -> Self:
        """Return the one with the higher stamp."""
        return other if other.stamp > self.stamp else self

    def shown(self) -> Any:
        """Return what a read answers."""
        return self.value


class Item(NamedTuple):
    """A value under its dot: the counter-th update of this key by this actor brought it in."""

    actor: Actor
    counter: int
    value: Any


class Dotted(msgspec.Struct, frozen=True, tag=True):
    """Items, and of each actor how many of its updates are known here: what is known and not held was replaced."""

    items: tuple[Item, ...] = ()
    known: dict[Actor, int] = {}

    def merge(self, other: Self) -> Self:
        """Return what both hold, and what one holds and the other has never heard of."""
        items = [item for item in self.items if item in other.items or not other.knows(item)]
        items += [item for item in other.items if item not in self.items and not self.knows(item)]
        actors = {**self.known, **other.known}
        known = {actor: max(self.known.get(actor, 0), other.known.get(actor, 0)) for actor in sorted(actors)}
        return type(self)(tuple(sorted(items, key=lambda item: item[:2])), known)

    def knows(self, item: Item) -> bool:
        """Return whether the update that brought this item in is part of this state."""
        return self.known.get(item.actor, 0) >= item.counter

    def with_item(self, actor: Actor, value: Any, replaced: tuple[Item, ...]) -> Self:
        """Return this with a new item in place of others."""
        counter = self.known.get(actor, 0) + 1
        items = [item for item in self.items if item not in replaced]
        known = dict(sorted({**self.known, actor: counter}.items()))
        return type(self)(tuple(sorted([*items, Item(actor, counter, value)], key=lambda item: item[:2])), known)


class Siblings(Dotted, frozen=True, tag=True):
    """A register that keeps every write that no other had seen: siblings, which the next write here replaces."""

    def write(self, actor: Actor, value: Any) -> Self:
        """Return the value in place of all siblings that this state has."""
        return self.with_item(actor, value, self.items)

    def values(self) -> list[Any]:
        """Return every sibling's value."""
        return [item.value for item in self.items]

    def shown(self) -> Any:
        """Return the value, or all of them under the name of siblings."""
        values = self.values()
        return values[0] if len(values) == 1 else {"siblings": values}


class Elements(Dotted, frozen=True, tag=True):
    """A set: an element is removed only as far as its adding was seen, so of a concurrent add and remove add wins."""

    def add(self, actor: Actor, element: Any) -> Self:
        """Return this with the element under a new dot."""
        return self.with_item(actor, element, tuple(item for item in self.items if item.value == element))

    def remove(self, element: Any) -> Self:
        """Return this without the element; what is known stays, and is the tombstone."""
        return type(self)(tuple(item for item in self.items if item.value != element), self.known)

    def shown(self) -> Any:
        """Return the elements, each once, in an order that does not depend on who holds them."""
        return sorted({msgspec.json.encode(item.value): item.value for item in self.items}.values(), key=repr)


class Counter(msgspec.Struct, frozen=True, tag=True):
    """A counter: each actor has a slot of its own, what it added and what it took, and both only grow."""

    slots: dict[Actor, tuple[int, int]] = {}

    def increment(self, actor: Actor, amount: int) -> "Counter":
        """Return this with the amount in the actor's slot."""
        added, taken = self.slots.get(actor, (0, 0))
        slot = (added + max(amount, 0), taken + max(-amount, 0))
        return Counter(dict(sorted({**self.slots, actor: slot}.items())))

    def merge(self, other: "Counter") -> "Counter":
        """Return the greater of each number in each slot."""
        actors = sorted({**self.slots, **other.slots})
        pairs = {actor: (self.slots.get(actor, (0, 0)), other.slots.get(actor, (0, 0))) for actor in actors}
        return Counter({actor: (max(a[0], b[0]), max(a[1], b[1])) for actor, (a, b) in pairs.items()})

    def shown(self) -> Any:
        """Return the sum."""
        return sum(added - taken for added, taken in self.slots.values())


State = Latest | Siblings | Elements | Counter


def merged(one: State | None, other: State | None) -> State | None:
    """Return the join of what two copies hold of a key, which may be nothing.

    A key has one type; where it was used as two, the copies at least agree on which one stays.
    """
    if one is None or other is None:
        return one if other is None else other
    if type(one) is not type(other):
        return max(one, other, key=lambda state: type(state).__name__)
    return one.merge(other)  # type: ignore[arg-type]  # Both are of one type: that was just asked.
