"""The storefront of `orders`: it takes every order, answers what it can from soft state, and sees orders through.

D. Pritchett, "BASE: An ACID Alternative" (ACM Queue 6(3), 2008): an order is taken in a local transaction, and the
parts are told by messages that are sent until they are answered; each of them does its part once. A. Fox and others,
"Cluster-Based Scalable Network Services" (SOSP 1997), section 2.2: soft state is what can be made again; here the
levels of the stocks, asked for anew all the time, and gone when they are old or the storefront crashes.

What would surprise: an order that may have been sold by one stock is never asked of another one. Where a stock is down
its orders wait for it; new ones go to another.
"""

from collections import defaultdict
from functools import partial

from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.role import Role
from chaosctl.patterns.base import orders_messages as say
from chaosctl.patterns.base.orders_messages import Order


class Storefront(Role):
    """Takes orders into its own books, and keeps a copy of the other storefronts' orders."""

    async def start(self) -> None:
        """Come back with the books as they were on disk, and go on with every order of one's own that is open."""
        self.orders: dict[int, Order] = {
            int(key.removeprefix("order/")): order for key, order in self.store.scan("order/", Order).items()
        }
        self.levels: dict[str, tuple[float, int, list[int]]] = {}  # Stock to when it was asked, in which round, answer.
        self.round = 0
        self.unshared: defaultdict[str, set[int]] = defaultdict(set)
        for number, order in self.orders.items():
            self.tell_stored(number)
            if order.owner == self.node_id:
                self.share_later(number)
                if order.status == "pending":
                    self.spawn(partial(self.fulfil, number))
        self.spawn(self.refresh)
        self.spawn(self.share)

    # Customers.

    async def on_browse(self, browse: say.Browse) -> None:
        """Answer from soft state, and refuse where all that was heard is too old."""
        fresh = self.fresh_levels()
        if not fresh:
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, "nobody has said lately what there is")
        await self.reply(browse, say.BrowseOk(left={stock: left[browse.item] for stock, left in fresh.items()}))

    async def on_place(self, place: say.Place) -> None:
        """Take the order: it is on disk before the customer hears so, whatever the other parts do meanwhile."""
        if place.number not in self.orders:
            self.keep(place.number, Order(place.item, self.node_id))
            self.spawn(partial(self.fulfil, place.number))
        await self.store.sync("place")
        await self.reply(place, say.PlaceOk(status=self.orders[place.number].status))

    async def on_track(self, track: say.Track) -> None:
        """Say what is known here of an order, which another storefront may know better."""
        order = self.orders.get(track.number)
        await self.reply(track, say.TrackOk(status=order.status if order else "unknown"))

    async def on_books(self, books: say.Books) -> None:
        """Lay all orders open."""
        listed = [(number, order.item, order.status) for number, order in sorted(self.orders.items())]
        await self.reply(books, say.BooksOk(orders=listed))

    # What becomes of an order (Pritchett: each step is on disk before the next one is asked for).

    async def fulfil(self, number: int) -> None:
        """Have one stock sell it and one till charge it; refuse it where no stock has any left."""
        order = self.orders[number]
        while not order.sold:
            if not order.asked:
                stock = self.choose_stock(order)
                if not stock:
                    await self.settle(number, "refused")
                    return
                await self.note(number, asked=stock)
            order = self.orders[number]
            if await self.reserve(number, order):
                await self.note(number, asked="", sold=True)
            else:
                await self.note(number, asked="", tried=[*order.tried, order.asked])
            order = self.orders[number]
        if not order.asked:
            await self.note(number, asked=self.random.choice(self.placement["till"]))
        await self.charge(number, self.orders[number])
        await self.settle(number, "filled")

    def choose_stock(self, order: Order) -> str:
        """Return a stock that may have some left, one that was heard of lately if there is any; "" where none may."""
        may = [stock for stock in self.placement["stock"] if stock not in order.tried]
        fresh = self.fresh_levels()
        likely = [stock for stock in may if stock in fresh and fresh[stock][order.item]]
        return self.random.choice(likely or may) if may else ""

    async def reserve(self, number: int, order: Order) -> bool:
        """Ask the one stock until it answers."""
        while True:
            try:
                request = say.Reserve(number=number, item=order.item)
                return (await self.rpc(order.asked, request, self.options.patience, say.ReserveOk)).sold
            except RpcError:
                self.emit("asked_again", order=number)
                await self.sleep(self.options.patience)

    async def charge(self, number: int, order: Order) -> None:
        """Ask the one till until it answers."""
        while True:
            try:
                await self.rpc(order.asked, say.Charge(number=number), self.options.patience, say.ChargeOk)
            except RpcError:
                await self.sleep(self.options.patience)
            else:
                return

    async def note(self, number: int, *, asked: str, sold: bool = False, tried: list[str] | None = None) -> None:
        """Have on disk how far the order is, before anybody acts on it."""
        order = self.orders[number]
        tried = order.tried if tried is None else tried
        self.keep(number, Order(order.item, order.owner, order.step + 1, "pending", order.sold or sold, asked, tried))
        await self.store.sync("note")

    async def settle(self, number: int, status: say.Status) -> None:
        """Close the order."""
        order = self.orders[number]
        self.keep(number, Order(order.item, order.owner, order.step + 1, status, order.sold, tried=order.tried))
        self.emit("settled", durable=True, order=number, status=status)
        await self.store.sync("settle")

    def keep(self, number: int, order: Order) -> None:
        """Have the order like this, on disk with the next sync, and at the other storefronts later."""
        self.orders[number] = order
        self.store.put(f"order/{number}", order)
        self.tell_stored(number)
        if order.owner == self.node_id:
            self.share_later(number)

    def tell_stored(self, number: int) -> None:
        """Let measurements know when the copies of an order are equal."""
        self.emit("stored", key=number, version=self.orders[number].step)

    # Soft state (Fox, section 2.2).

    async def refresh(self) -> None:
        """Ask every stock what it has, again and again."""
        while True:
            self.round += 1
            for stock in self.placement["stock"]:
                self.spawn(partial(self.ask_levels, stock))
            await self.sleep(self.options.refresh)

    async def ask_levels(self, stock: str) -> None:
        """Note what a stock says with the time of the question: the answer is not older, however late it comes."""
        asked = (self.now(), self.round)
        try:
            answer = await self.rpc(stock, say.Levels(), self.options.expiry, say.LevelsOk)
        except RpcError:
            return
        if stock not in self.levels or asked > self.levels[stock][:2]:
            self.levels[stock] = (*asked, answer.left)

    def fresh_levels(self) -> dict[str, list[int]]:
        """Return what was heard and has not expired: by this node's clock, and by rounds should that be set back."""
        return {stock: left for stock, (asked, round_, left) in self.levels.items() if self.is_fresh(asked, round_)}

    def is_fresh(self, asked: float, round_: int) -> bool:
        """Return whether what was asked then may still be told."""
        expiry, rounds = float(self.options.expiry), self.options.expiry / self.options.refresh
        return 0 <= self.now() - asked <= expiry and self.round - round_ <= rounds

    # The other storefronts' copies.

    def share_later(self, number: int) -> None:
        """Have the other storefronts know of it soon."""
        for peer in self.placement["storefront"]:
            if peer != self.node_id:
                self.unshared[peer].add(number)

    async def share(self) -> None:
        """Tell every other storefront what it does not know yet."""
        while True:
            await self.sleep(self.options.refresh)
            for peer in [peer for peer, numbers in self.unshared.items() if numbers]:
                self.spawn(partial(self.share_with, peer))

    async def share_with(self, peer: str) -> None:
        """Tell one of them, and again what changed before it said that it knows."""
        told = [(number, self.orders[number]) for number in sorted(self.unshared[peer])]
        await self.store.sync("share")  # What a crash here would undo must not be known elsewhere.
        try:
            await self.rpc(peer, say.Share(orders=told), self.options.patience, say.ShareOk)
        except RpcError:
            return
        self.unshared[peer] -= {number for number, order in told if self.orders[number].step == order.step}

    async def on_share(self, share: say.Share) -> None:
        """Take what is newer."""
        for number, order in share.orders:
            if number not in self.orders or order.step > self.orders[number].step:
                self.keep(number, order)
        await self.store.sync("share")
        await self.reply(share, say.ShareOk())
