"""Producer and consumer of a message transaction: a holder of accounts, whose database knows how everything ended.

The producer's local transaction writes the money and the outcome together, so that the broker's check is answered from
the database and survives a crash. Where there is no outcome yet the check writes one, rollback: a fence that keeps a
local transaction out which is only late. The consumer's inbox row is in the transaction of its effect.
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
    Transfer,
    TransferOk,
    holder,
)


class ResourceManager(Role):
    """Holds accounts. Rows: account/, outcome/ a gid (of what was produced here), inbox/ a gid."""

    async def start(self) -> None:
        """Open the accounts, once."""
        self.holders = self.placement["resource-manager"]
        mine = accounts.held_by(self.node_id, self.options, self.holders)
        await accounts.open_accounts(self.database, mine)

    async def on_transfer(self, transfer: Transfer) -> None:
        """Produce a client's transfer, or pass it on to the holder of the source."""
        accounts.legs_of(transfer, self.options)
        gid = f"{transfer.src}-{transfer.msg_id}"  # The client's own name for it: a late copy is the same transfer.
        forward = Forward(gid=gid, source=transfer.source, dest=transfer.dest, amount=transfer.amount)
        home = holder(transfer.source, self.holders)
        if home == self.node_id:
            await self.produce(forward)
        else:
            await self.rpc(home, forward, self.options.forward_timeout, TransferOk)
        await self.reply(transfer, TransferOk())

    async def on_forward_transfer(self, forward: Forward) -> None:
        """Produce a transfer that a client gave to another node."""
        await self.produce(forward)
        await self.reply(forward, TransferOk())

    async def produce(self, forward: Forward) -> None:
        """Half message, local transaction, end; raises RpcError where the transfer is refused, now and for ever."""
        broker = self.placement["broker"][0]
        target = holder(forward.dest, self.holders)
        self.emit("began", gid=forward.gid, participants=sorted({self.node_id, target}))
        why, cause = "", BROKER_UNAVAILABLE
        try:
            if target != self.node_id:
                parcel = Parcel(forward.gid, forward.dest, forward.amount)
                await self.rpc(broker, Half(parcel=parcel), self.options.half_timeout, HalfOk)
            cause = ""
            await self.carry_out(forward)
        except LockTimeout as timeout:
            why, cause = str(timeout), LOCK_TIMEOUT
        except RpcError as refusal:
            why, cause = refusal.text, cause or cause_of(refusal)
        try:
            outcome = await self.outcome(forward.gid, cause)  # Carried out, or refused by whoever was first.
        except LockTimeout as timeout:
            raise RpcError(ErrorCode.TIMEOUT, str(timeout)) from timeout  # Nobody knows yet.
        if target != self.node_id:
            await self.send(broker, End(gid=forward.gid, outcome=outcome))
        if outcome != COMMIT:
            raise RpcError(ErrorCode.ABORT, why or "it was rolled back before")

    async def carry_out(self, forward: Forward) -> None:
        """The local transaction: the money and the outcome, unless there is an outcome already."""
        effects = {forward.source: -forward.amount}
        if holder(forward.dest, self.holders) == self.node_id:
            effects[forward.dest] = forward.amount
        async with self.database.transaction("local") as transaction:
            if await transaction.get(f"outcome/{forward.gid}", str) is not None:
                return  # A late copy, or a check was here first.
            for account, amount in sorted(effects.items()):  # One order for all: no deadlock in here.
                await accounts.change(transaction, account, amount)
            await transaction.put(f"outcome/{forward.gid}", COMMIT)
            legs = {forward.source: -forward.amount, forward.dest: forward.amount}
            self.emit("decided", durable=True, gid=forward.gid, decision="commit", participants=[])
            self.emit("accepted_transfer", durable=True, gid=forward.gid, legs=legs)
            self.tell_effects(forward.gid, effects)

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
                    balance = await accounts.change(transaction, parcel.account, parcel.amount)
                    if 0 < self.options.limit < balance:
                        raise RpcError(ErrorCode.ABORT, f"{parcel.account} may not hold {balance}")
                    await transaction.put(f"inbox/{parcel.gid}", value=True)
                    self.tell_effects(parcel.gid, {parcel.account: parcel.amount})
        except (LockTimeout, RpcError):
            return  # Not acknowledged: it will come again.
        await self.reply(deliver, Consumed(gid=parcel.gid))

    async def is_received(self, transaction: Transaction, parcel: Parcel) -> bool:
        """Return whether a parcel came before: asked in the very transaction that carries it out."""
        return bool(await transaction.get(f"inbox/{parcel.gid}", bool, default=False))

    async def on_audit(self, audit: Audit) -> None:
        """Tell a client the balances."""
        await self.reply(audit, AuditOk(balances=await accounts.balances(self.database)))
