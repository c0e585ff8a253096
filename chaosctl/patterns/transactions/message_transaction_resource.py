"""Producer and consumer of a message transaction: a holder of accounts, whose database knows how everything ended.

The producer's local transaction writes the money and the outcome together, so that the broker's check is answered from
the database and survives a crash. Where there is no outcome yet the check writes one, rollback: a fence that keeps a
local transaction out which is only late. The consumer's inbox row is in the transaction of its effect.
A transfer has one consumer at most. An order has two: the stock produces, for it alone may refuse; the payment and the
orders consume, so that a customer without cover is a dead letter, and somebody's to see to.
"""

from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.role import LockTimeout, Role, Transaction
from chaosctl.patterns.transactions import accounts
from chaosctl.patterns.transactions.causes import BROKER_UNAVAILABLE, CHECK_BACK, LOCK_TIMEOUT, cause_of
from chaosctl.patterns.transactions.message_transaction_messages import (
    COMMIT,
    ROLLBACK,
    Check,
    Consumed,
    Deliver,
    End,
    Forward,
    Half,
    HalfOk,
    Parcel,
)
from chaosctl.patterns.transactions.two_phase_commit_messages import (
    Audit,
    AuditOk,
    Effects,
    Order,
    Transfer,
    TransferOk,
)


class ResourceManager(Role):
    """Holds accounts. Rows: account/, outcome/ a gid (of what was produced here), inbox/ a gid."""

    async def start(self) -> None:
        """Open the accounts, once."""
        self.holders = self.placement["resource-manager"]
        mine = accounts.held_by(self.node_id, self.options, self.holders)
        await accounts.open_accounts(self.database, mine)

    async def on_transfer(self, transfer: Transfer) -> None:
        """Move money between two accounts: the holder of the source produces."""
        await self.accept(transfer, accounts.legs_of(transfer, self.options))

    async def on_order(self, order: Order) -> None:
        """Sell one of an item: the stock produces."""
        legs = accounts.legs_of(order, self.options)
        stock = f"stock/{order.item}"
        await self.accept(order, {stock: legs.pop(stock), **legs})

    async def accept(self, request: Transfer | Order, legs: Effects) -> None:
        """Produce what a client asks for, or pass it on to who holds the first account."""
        gid = accounts.gid_of(request)
        forward = Forward(gid=gid, legs=legs)
        home = next(iter(accounts.by_holder(legs, self.holders)))
        if home == self.node_id:
            await self.produce(forward)
        else:
            await self.rpc(home, forward, self.options.forward_timeout, TransferOk)
        await self.reply(request, accounts.done(request))

    async def on_forward_transfer(self, forward: Forward) -> None:
        """Produce what a client gave to another node."""
        await self.produce(forward)
        await self.reply(forward, TransferOk())

    async def produce(self, forward: Forward) -> None:
        """Steps 1, 3 and 4: half message, local transaction, end; raises RpcError where it is refused, for good."""
        effects = accounts.by_holder(forward.legs, self.holders)
        self.emit("began", gid=forward.gid, participants=sorted(effects))
        parcels = [Parcel(forward.gid, effects[consumer]) for consumer in effects if consumer != self.node_id]
        why, cause = await self.attempt(forward, effects, parcels)
        try:
            outcome = await self.outcome(forward.gid, cause)  # Carried out, or refused by whoever was first.
        except LockTimeout as timeout:
            raise RpcError(ErrorCode.TIMEOUT, str(timeout)) from timeout  # Nobody knows yet.
        if parcels:
            await self.send(self.placement["broker"][0], End(gid=forward.gid, outcome=outcome))
        if outcome != COMMIT:
            raise RpcError(ErrorCode.ABORT, why or "it was rolled back before")

    async def attempt(self, forward: Forward, effects: dict[str, Effects], parcels: list[Parcel]) -> tuple[str, str]:
        """Steps 1 and 3; returns why they failed, in words and as a cause, both empty where they did not."""
        broker = self.placement["broker"][0]
        try:
            if parcels:
                await self.rpc(broker, Half(gid=forward.gid, parcels=parcels), self.options.half_timeout, HalfOk)
        except RpcError as refusal:
            return refusal.text, BROKER_UNAVAILABLE
        try:
            await self.carry_out(forward, effects)
        except LockTimeout as timeout:
            return str(timeout), LOCK_TIMEOUT
        except RpcError as refusal:
            return refusal.text, cause_of(refusal)
        return "", ""

    async def carry_out(self, forward: Forward, effects: dict[str, Effects]) -> None:
        """Step 3, the local transaction: our accounts and the outcome, unless there is an outcome already."""
        async with self.database.transaction("local") as transaction:
            if await transaction.get(f"outcome/{forward.gid}", str) is not None:
                return  # A late copy, or a check was here first.
            await accounts.change_all(transaction, effects[self.node_id])
            await transaction.put(f"outcome/{forward.gid}", COMMIT)
            self.emit("decided", durable=True, gid=forward.gid, decision="commit", participants=sorted(effects))
            self.emit("accepted_transfer", durable=True, gid=forward.gid, legs=forward.legs)
            self.tell_effects(forward.gid, effects[self.node_id])

    def tell_effects(self, gid: str, effects: Effects) -> None:
        """Tell what the transaction that ends now changes: as the last step in it, the event is durable with it."""
        self.emit("prepared", durable=True, gid=gid, effects=effects)
        self.emit("committed", durable=True, gid=gid)

    async def outcome(self, gid: str, cause: str) -> str:
        """Return how a local transaction ended; one that has not is fenced out, for this cause: it is rolled back."""
        async with self.database.transaction("fence") as transaction:
            outcome: str | None = await transaction.get(f"outcome/{gid}", str)
            if outcome is None:
                await self.fence(transaction, gid, cause)
        return outcome or ROLLBACK

    async def fence(self, transaction: Transaction, gid: str, cause: str) -> None:
        """Write rollback, for good."""
        await transaction.put(f"outcome/{gid}", ROLLBACK)
        self.emit("decided", durable=True, gid=gid, decision="abort", participants=[], cause=cause)
        self.emit("aborted", durable=True, gid=gid)

    async def on_check(self, check: Check) -> None:
        """Answer the broker from the database: memory forgets in a crash, and the broker does not."""
        await self.send(check.src, End(gid=check.gid, outcome=await self.look_up(check.gid)))

    async def look_up(self, gid: str) -> str:
        """Return what a check is answered."""
        return await self.outcome(gid, CHECK_BACK)

    async def on_deliver_parcel(self, deliver: Deliver) -> None:
        """Consume a parcel once, whatever often it comes; acknowledge it only when that is durable."""
        parcel = deliver.parcel
        try:
            async with self.database.transaction("consume") as transaction:
                if await self.is_received(transaction, parcel):
                    self.emit("absorbed", gid=parcel.gid)
                else:
                    if objection := await accounts.objection(transaction, parcel.effects, self.options.limit):
                        raise RpcError(ErrorCode.ABORT, objection)
                    await accounts.change_all(transaction, parcel.effects)
                    await transaction.put(f"inbox/{parcel.gid}", value=True)
                    self.tell_effects(parcel.gid, parcel.effects)
        except (LockTimeout, RpcError):
            return  # Not acknowledged: it will come again.
        await self.reply(deliver, Consumed(gid=parcel.gid))

    async def is_received(self, transaction: Transaction, parcel: Parcel) -> bool:
        """Return whether a parcel came before: asked in the very transaction that carries it out."""
        return bool(await transaction.get(f"inbox/{parcel.gid}", bool, default=False))

    async def on_audit(self, audit: Audit) -> None:
        """Tell a client the balances."""
        await self.reply(audit, AuditOk(balances=await accounts.balances(self.database)))
