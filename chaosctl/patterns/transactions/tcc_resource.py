"""A holder of accounts in Try, Confirm, Cancel: every step is one local transaction with its fence.

The fence is a row for each transaction: tried, confirmed or cancelled. It answers the three anomalies: a step that
comes twice (idempotence), a Cancel whose Try never came (empty rollback), a Try that comes after its Cancel
(suspension). No row stays locked between the steps: others may use what is not reserved.
"""

from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.role import Role, Transaction
from chaosctl.patterns.transactions import accounts
from chaosctl.patterns.transactions.tcc_messages import Cancel, Confirm, Done, Try
from chaosctl.patterns.transactions.two_phase_commit_messages import Audit, AuditOk, Effects

TRIED, CONFIRMED, CANCELLED = "tried", "confirmed", "cancelled"


class ResourceManager(Role):
    """Holds accounts. Rows: account/ (with what is reserved), reserved/ an account, effects/ and fence/ a gid."""

    async def start(self) -> None:
        """Open the accounts, once."""
        holders = self.placement["resource-manager"]
        mine = accounts.held_by(self.node_id, self.options, holders)
        await accounts.open_accounts(self.database, mine)

    async def on_try(self, request: Try) -> None:
        """Reserve, unless that was done or is no longer wanted; raises RpcError where it is not covered."""
        async with self.database.transaction("try") as transaction:
            fence = await self.fence(transaction, request.gid)
            if self.is_suspended(fence):
                raise RpcError(ErrorCode.ABORT, f"{request.gid} was cancelled before")
            if fence in ("", CANCELLED):
                await self.reserve(transaction, request)
        await self.reply(request, Done())

    def is_suspended(self, fence: str) -> bool:
        """Return whether a Try comes too late: its Cancel was here before."""
        return fence == CANCELLED

    async def reserve(self, transaction: Transaction, request: Try) -> None:
        """Set aside what is to be taken; what is to be put on an account needs no room."""
        for account, change in sorted(request.effects.items()):  # One order for all: no deadlock in here.
            balance: int = await transaction.get(f"account/{account}", int, 0)
            reserved: int = await transaction.get(f"reserved/{account}", int, 0)
            taken = reserved - min(change, 0)
            if balance < taken:
                raise RpcError(ErrorCode.ABORT, f"{account} has only {balance - reserved}")
            await transaction.put(f"reserved/{account}", taken)
        await transaction.put(f"effects/{request.gid}", request.effects)
        await transaction.put(f"fence/{request.gid}", TRIED)
        self.emit("prepared", durable=True, gid=request.gid, effects=request.effects)

    async def on_confirm(self, confirm: Confirm) -> None:
        """Turn a reservation into what it is for, once; never refused, for all was checked when it was made."""
        async with self.database.transaction("confirm") as transaction:
            fence = await self.fence(transaction, confirm.gid)
            if fence in ("", CANCELLED):
                raise RpcError(ErrorCode.PRECONDITION_FAILED, f"{confirm.gid} is not reserved here")
            if not self.is_confirmed(fence):
                await self.release(transaction, confirm.gid, carry_out=True)
                await transaction.put(f"fence/{confirm.gid}", CONFIRMED)
                self.emit("committed", durable=True, gid=confirm.gid)
        await self.reply(confirm, Done())

    def is_confirmed(self, fence: str) -> bool:
        """Return whether a Confirm came before."""
        return fence == CONFIRMED

    async def on_cancel(self, cancel: Cancel) -> None:
        """Give a reservation back, once; where there is none, fence out the Try that may yet come."""
        async with self.database.transaction("cancel") as transaction:
            fence = await self.fence(transaction, cancel.gid)
            if fence == CONFIRMED:
                raise RpcError(ErrorCode.PRECONDITION_FAILED, f"{cancel.gid} is confirmed here")
            if fence == TRIED:
                await self.release(transaction, cancel.gid, carry_out=False)
            if fence != CANCELLED:
                await transaction.put(f"fence/{cancel.gid}", CANCELLED)
                self.emit("aborted" if fence == TRIED else "empty_rollback", durable=True, gid=cancel.gid)
        await self.reply(cancel, Done())

    async def fence(self, transaction: Transaction, gid: str) -> str:
        """Return how far a transaction has come here, empty for not at all; locked until the step is durable."""
        fence: str = await transaction.get(f"fence/{gid}", str, "")
        return fence

    async def release(self, transaction: Transaction, gid: str, *, carry_out: bool) -> None:
        """Take a reservation off, and do what it was made for, or not; rows are locked in the order of `reserve`."""
        effects: Effects = await transaction.get(f"effects/{gid}", Effects, {})
        for account, change in sorted(effects.items()):
            if carry_out:
                await accounts.change(transaction, account, change)
            reserved: int = await transaction.get(f"reserved/{account}", int, 0)
            await transaction.put(f"reserved/{account}", reserved + min(change, 0))

    async def on_audit(self, audit: Audit) -> None:
        """Tell a client the balances; what is reserved is still on its account, and told to the runner."""
        async with self.database.transaction("frozen") as transaction:
            reserved = await transaction.scan("reserved/", int)
        frozen = {key.removeprefix("reserved/"): amount for key, amount in reserved.items() if amount}
        self.emit("frozen", accounts=frozen)
        await self.reply(audit, AuditOk(balances=await accounts.balances(self.database)))
