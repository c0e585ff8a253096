"""What people get wrong in a shop in parts, beyond the broken variants of `orders`."""

from tests.mutants.mutant import Edit, Mutant


def _mutant(name: str, step: str, line: str, becomes: str, check: str, schedule: str) -> Mutant:
    return Mutant("orders", name, (Edit(step, line, becomes),), check, f"orders/{schedule}")


ORDERS = (
    _mutant(
        "asks-another-stock",
        "Storefront.reserve",
        "await self.sleep(self.options.patience)",
        'order.asked = self.random.choice(self.placement["stock"])',
        "sold-once",
        "answers-lost",
    ),
    _mutant(
        "choice-in-memory",
        "Storefront.note",
        'await self.store.sync("note")',
        "pass",
        "sold-once",
        "choice-crash",
    ),
    _mutant(
        "forgets-open-orders",
        "Storefront.start",
        'if order.status == "pending":',
        "if order.sold and not order.asked:",
        "orders-settled",
        "storefront-crash",
    ),
    _mutant(
        "charges-again",
        "Till.on_charge",
        "if charge.number not in self.charged:",
        "if charge.number:",
        "sold-once",
        "answers-lost",
    ),
    _mutant(
        "gives-up-charging",
        "Storefront.charge",
        "await self.sleep(self.options.patience)",
        "return",
        "orders-settled",
        "till-away",
    ),
    _mutant(
        "till-unsynced", "Till.on_charge", 'await self.store.sync("charge")', "pass", "orders-settled", "parts-crash"
    ),
    _mutant(
        "stock-unsynced",
        "Stock.on_reserve",
        'await self.store.sync("reserve")',
        "pass",
        "orders-settled",
        "parts-crash",
    ),
    _mutant(
        "sells-one-more",
        "Stock.sell",
        "sold = self.left(item) > 0",
        "sold = self.left(item) >= 0",
        "never-oversold",
        "few",
    ),
    _mutant(
        "young-when-heard",
        "Storefront.ask_levels",
        "self.levels[stock] = (*asked, answer.left)",
        "self.levels[stock] = (self.now(), self.round, answer.left)",
        "soft-state-bounded",
        "late-levels",
    ),
    _mutant("tells-once", "Storefront.share_with", "return", "pass", "orders-settled", "storefronts-apart"),
    _mutant(
        "believes-old-news",
        "Storefront.on_share",
        "if number not in self.orders or order.step > self.orders[number].step:",
        "if number not in self.orders or order.step != self.orders[number].step:",
        "orders-settled",
        "old-news",
    ),
)
