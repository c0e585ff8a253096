"""The workload `order`: customers buy items, each at three services (orders, stock, payment), and auditors add up."""

from random import Random
from typing import Any, ClassVar

from chaosctl.workloads import workload
from chaosctl.workloads.bank import AUDITED_ROLES, balances_of
from chaosctl.workloads.workload import Invocation, Outcome

FIELDS = {"customer", "item", "price"}


class OrderOptions(workload.Options, frozen=True):
    """How the shop is used. `items` i0, i1, ... and `customers` c0, c1, ...: as many as the pattern's own options say.

    `hot`: the share of orders for i0 (contention, and soon sold out); `audits`: the share of operations that are
    audits; `most`: a price is drawn from 1 to this.
    """

    items: int = 5
    customers: int = 10
    hot: float = 0.0
    audits: float = 0.1
    most: int = 20


class OrderWorkload:
    """Clients `buy` one unit of an item for a customer, and `audit` the accounts of one node.

    An order that the system refuses (sold out, no cover, aborted) is a fail; one audit of every node ends the run.
    """

    Options = OrderOptions
    operations: ClassVar[tuple[str, ...]] = ("buy", "audit")
    idempotent: ClassVar[frozenset[str]] = frozenset({"audit"})

    def __init__(self, options: OrderOptions, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]) -> None:
        self.options = options
        self.audited = next((placement[role] for role in AUDITED_ROLES if role in placement), nodes)

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 (all clients do alike)
        """Return an order of a customer, now and then an audit."""
        if random.random() < self.options.audits:
            return Invocation("audit", node=random.choice(self.audited))
        item = 0 if random.random() < self.options.hot else random.randrange(self.options.items)
        customer, price = random.randrange(self.options.customers), random.randint(1, self.options.most)
        return Invocation("buy", {"customer": f"c{customer}", "item": f"i{item}", "price": price})

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return an order of `{ customer, item, price }`, or an audit of the step's node, which takes no value."""
        if f == "buy" and not (isinstance(value, dict) and set(value) == FIELDS):
            raise ValueError('buy takes { customer = "c0", item = "i0", price = 10 }')
        if f == "audit" and value is not None:
            raise ValueError("an audit takes no value")
        return Invocation(f, value)

    def request(self, invocation: Invocation) -> dict[str, Any]:
        """Return the operation as a message."""
        return {"type": "order", **invocation.value} if invocation.f == "buy" else {"type": "audit"}

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:
        """Return the balances that an audit found; an order's answer says no more than that it was done."""
        return Outcome("ok", invocation.value if invocation.f == "buy" else balances_of(reply))

    def final(self) -> list[Invocation]:
        """Return an audit of every node that holds accounts."""
        return [Invocation("audit", node=node, final=True) for node in self.audited]
