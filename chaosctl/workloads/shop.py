"""The workload `shop`: customers look what there is, order it, and ask what became of their orders."""

from random import Random
from typing import Any, ClassVar

from chaosctl.workloads import workload
from chaosctl.workloads.workload import Invocation, Outcome

AUDITS = {"books": "storefront", "sales": "stock", "charges": "till"}
"""What is asked of each role in the end."""


class ShopOptions(workload.Options, frozen=True):
    """How customers behave: which share of the operations are `orders`, and which `tracks`; the rest browse.

    `items` are numbered from 0, as many as the pattern's own option of that name says.
    """

    items: int = 5
    orders: float = 0.4
    tracks: float = 0.2


class Shop:
    """Customers `browse` an item, `order` one of it under a number of their own, and `track` an order.

    In the end every storefront, stock and till lays its books open.
    """

    Options = ShopOptions
    operations: ClassVar[tuple[str, ...]] = ("browse", "order", "track", *AUDITS)
    idempotent: ClassVar[frozenset[str]] = frozenset({"browse", "track", *AUDITS})

    def __init__(self, options: ShopOptions, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]) -> None:
        self.options = options
        self.audited = {f: placement.get(role, nodes) for f, role in AUDITS.items()}
        self._ordered = 0

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 (all customers do alike)
        """Return an order, a question for an order, or a question for an item."""
        drawn = random.random()
        if drawn < self.options.tracks and self._ordered:
            return Invocation("track", random.randint(1, self._ordered))
        f = "order" if drawn < self.options.tracks + self.options.orders else "browse"
        return self.scripted(f, random.randrange(self.options.items))

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return an order of an item, a question for it, or for an order's number; books take no value."""
        if f in AUDITS:
            if value is not None:
                raise ValueError(f"{f} take no value")
            return Invocation(f)
        if not isinstance(value, int) or value < 0:
            raise ValueError(f"{f} takes a whole number: {'an order' if f == 'track' else 'an item, from 0'}")
        if f != "order":
            return Invocation(f, value)
        self._ordered += 1
        return Invocation("order", {"number": self._ordered, "item": value})

    def request(self, invocation: Invocation) -> dict[str, Any]:
        """Return the operation as a message."""
        if invocation.f == "order":
            return {"type": "place", **invocation.value}
        if invocation.f in AUDITS:
            return {"type": invocation.f}
        return {"type": invocation.f, "number" if invocation.f == "track" else "item": invocation.value}

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:
        """Return what was there, an order with its status, or the books."""
        if invocation.f == "browse":
            left = {str(stock): int(count) for stock, count in reply["left"].items()}
            return Outcome("ok", {"item": invocation.value, "left": left})
        if invocation.f == "order":
            return Outcome("ok", invocation.value | {"status": str(reply["status"])})
        if invocation.f == "track":
            return Outcome("ok", {"number": invocation.value, "status": str(reply["status"])})
        if invocation.f == "charges":
            return Outcome("ok", [int(number) for number in reply["charged"]])
        rows = reply["orders"] if invocation.f == "books" else reply["sold"]
        return Outcome("ok", [[int(row[0]), int(row[1]), *map(str, row[2:])] for row in rows])

    def final(self) -> list[Invocation]:
        """Return a look into everybody's books."""
        return [Invocation(f, node=node, final=True) for f, nodes in self.audited.items() for node in nodes]
