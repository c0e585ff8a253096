"""The other parts of `orders`: stocks that sell what is theirs, and tills that charge.

P. O'Neil, "The Escrow Transactional Method" (ACM TODS 11(4), 1986): the units of an item are dealt out to the stocks,
and each of them sells its own without asking the others. So nothing is sold that is not there, whoever is cut off; and
what a stock has that is down can't be sold until it is back.
"""

from chaosctl.node.role import Role
from chaosctl.patterns.base import orders_messages as say


class Stock(Role):
    """Sells its part of the units, to each order at most one."""

    async def start(self) -> None:
        """Come back with what was sold on disk: what is left follows from it."""
        self.answers: dict[int, say.ReserveOk] = {}
        self.sales: list[tuple[int, int]] = []
        for key, (item, sold) in self.store.scan("order/", tuple[int, bool]).items():
            self.remember(int(key.removeprefix("order/")), item, sold=sold)
        for item in range(self.options.items):
            self.emit("stocked", item=item, left=self.left(item))

    def share(self) -> int:
        """Return how many units of each item are this stock's."""
        stocks = self.placement["stock"]
        each, rest = divmod(int(self.options.units), len(stocks))
        return each + (stocks.index(self.node_id) < rest)

    def left(self, item: int) -> int:
        """Return how many of an item are not sold yet."""
        return self.share() - sum(sold == item for _number, sold in self.sales)

    async def on_levels(self, levels: say.Levels) -> None:
        """Say what is left, and is on disk: what a crash gives back was never told."""
        left = [self.left(item) for item in range(self.options.items)]
        await self.store.sync("levels")
        await self.reply(levels, say.LevelsOk(left=left))

    async def on_reserve(self, reserve: say.Reserve) -> None:
        """Sell one if there is one, on disk before anybody hears of it; the same answer to the same order."""
        if reserve.number not in self.answers:
            self.sell(reserve.number, reserve.item)
        await self.store.sync("reserve")
        await self.reply(reserve, self.answers[reserve.number])

    def sell(self, number: int, item: int) -> None:
        """Sell or refuse, in memory; disk follows with the next sync."""
        sold = self.left(item) > 0
        self.remember(number, item, sold=sold)
        self.store.put(f"order/{number}", (item, sold))
        if sold:
            self.emit("sold", durable=True, order=number, item=item, left=self.left(item))
        else:
            self.emit("found_empty", order=number, item=item)

    def remember(self, number: int, item: int, *, sold: bool) -> None:
        """Know the answer that an order gets."""
        self.answers[number] = say.ReserveOk(sold=sold)
        if sold:
            self.sales.append((number, item))

    async def on_sales(self, sales: say.Sales) -> None:
        """Lay the sales open."""
        await self.reply(sales, say.SalesOk(sold=self.sales))


class Till(Role):
    """Charges each order once."""

    async def start(self) -> None:
        """Come back with what was charged on disk."""
        self.charged: list[int] = [int(key.removeprefix("charge/")) for key in self.store.scan("charge/", bool)]

    async def on_charge(self, charge: say.Charge) -> None:
        """Charge it, unless that was done; on disk before anybody hears of it."""
        if charge.number not in self.charged:
            self.book(charge.number)
        await self.store.sync("charge")
        await self.reply(charge, say.ChargeOk())

    def book(self, number: int) -> None:
        """Charge in memory; disk follows with the next sync."""
        self.charged.append(number)
        self.store.put(f"charge/{number}", True)  # noqa: FBT003 (that the key is there says all)
        self.emit("charged", durable=True, order=number)

    async def on_charges(self, charges: say.Charges) -> None:
        """Lay the charges open."""
        await self.reply(charges, say.ChargesOk(charged=self.charged))
