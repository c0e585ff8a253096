"""The pattern `orders`: a shop in parts, and where they are is the experiment's choice (`[system.roles]`).

Storefronts take orders, stocks sell, tills charge: all in one process, each on a server of its own, or each several
times (experiments/base). Model: asynchrony, crash-recovery, partitions, any loss and duplication; clocks drift by a
tenth at most. What is safe: an order that a customer was told of is never lost, is sold and charged once or not at all,
and no unit is sold that is not there. What is given up: a customer sees soft state, up to `expiry` old; and an order is
settled in the end only, when the parts it waits for are back. Nothing else waits for them.
"""

from chaosctl.node.pattern import Duration, Options, Pattern
from chaosctl.patterns.base import orders_messages as say
from chaosctl.patterns.base.orders_parts import Stock, Till
from chaosctl.patterns.base.orders_storefront import Storefront


class OrdersOptions(Options, frozen=True):
    """What the shop has: `items`, and `units` of each in all stocks together.

    `refresh`: how often a storefront asks the stocks, and tells other storefronts; `expiry`: how old soft state may be;
    `patience`: how long it waits for an answer, and before it asks again.
    """

    items: int = 5
    units: int = 60
    refresh: Duration = 0.05
    expiry: Duration = 0.3
    patience: Duration = 0.1


class AcknowledgesFirst(Storefront):
    """Says that an order is taken before it is on disk."""

    violates = "orders-kept"

    async def on_place(self, place: say.Place) -> None:
        """Answer, then store."""
        await self.reply(place, say.PlaceOk(status="pending"))
        await super().on_place(place)


class NeverExpires(Storefront):
    """Goes on telling what a stock had long ago."""

    violates = "soft-state-bounded"

    def is_fresh(self, asked: float, round_: int) -> bool:  # noqa: ARG002 (that is what is wrong)
        """Whatever was heard may be told."""
        return True


class SellsAgain(Stock):
    """Takes an order that is asked for again for another one."""

    violates = "sold-once"

    async def on_reserve(self, reserve: say.Reserve) -> None:
        """Sell without looking."""
        self.sell(reserve.number, reserve.item)
        await self.store.sync("reserve")
        await self.reply(reserve, self.answers[reserve.number])


class WholeStock(Stock):
    """Every stock sells all there is, as if the others sold nothing."""

    violates = "never-oversold"

    def share(self) -> int:
        """All units."""
        return int(self.options.units)


ORDERS = Pattern(
    name="orders",
    summary="BASE: a shop in parts; each serves without the others, and all agree in the end",
    roles={"storefront": Storefront, "stock": Stock, "till": Till},
    workloads=("shop",),
    checks=("orders-kept", "orders-settled", "sold-once", "never-oversold", "soft-state-bounded"),
    sometimes=("asked_again", "found_empty"),
    options=OrdersOptions,
    settle=1.0,
    broken={
        "acknowledges-first": AcknowledgesFirst,
        "never-expires": NeverExpires,
        "sells-again": SellsAgain,
        "whole-stock": WholeStock,
    },
    serving_role="storefront",
)
