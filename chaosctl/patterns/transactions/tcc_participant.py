"""The framework of Try, Confirm, Cancel at a participant: a business says what a step does, this says when, and once.

The fence is a row for each transaction: tried, confirmed or cancelled, in one local transaction with what the business
does. It answers the three anomalies: a step that comes twice (idempotence), a Cancel whose Try never came (empty
rollback), a Try that comes after its Cancel (suspension). No row stays locked between the steps.
"""

from typing import Protocol

from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.role import Role, Transaction
from chaosctl.patterns.transactions.tcc_messages import Cancel, Confirm, Done, Try
from chaosctl.patterns.transactions.two_phase_commit_messages import Effects

TRIED, CONFIRMED, CANCELLED = "tried", "confirmed", "cancelled"


class Business(Protocol):
    """What a participant is for. Each step runs in a local transaction, once, and is given what was asked of Try.

    Rows are to be locked in one order for all steps, or two transactions deadlock in here and every retry meets it.
    """

    async def try_(self, transaction: Transaction, wanted: Effects) -> None:
        """Set aside what is wanted; raises RpcError where that can't be."""

    async def confirm(self, transaction: Transaction, wanted: Effects) -> None:
        """Make of what was set aside what it was for; it must not be refused."""

    async def cancel(self, transaction: Transaction, wanted: Effects) -> None:
        """Give back what was set aside."""


class Participant(Role):
    """Takes part. Rows: fence/ and effects/ a gid, beside those of the business."""

    business: Business

    async def on_try(self, request: Try) -> None:
        """Reserve, unless that was done or is no longer wanted; raises RpcError where the business refuses."""
        async with self.database.transaction("try") as transaction:
            fence = await self.fence(transaction, request.gid)
            if self.is_suspended(fence):
                raise RpcError(ErrorCode.PRECONDITION_FAILED, f"{request.gid} was cancelled before")
            if fence in ("", CANCELLED):
                await self.business.try_(transaction, request.effects)
                await transaction.put(f"effects/{request.gid}", request.effects)
                await transaction.put(f"fence/{request.gid}", TRIED)
                self.emit("prepared", durable=True, gid=request.gid, effects=request.effects)
            else:
                self.emit("absorbed", gid=request.gid)
        await self.reply(request, Done())

    def is_suspended(self, fence: str) -> bool:
        """Return whether a Try comes too late: its Cancel was here before."""
        return fence == CANCELLED

    async def on_confirm(self, confirm: Confirm) -> None:
        """Turn a reservation into what it is for, once; never refused, for all was checked when it was made."""
        async with self.database.transaction("confirm") as transaction:
            fence = await self.fence(transaction, confirm.gid)
            if fence in ("", CANCELLED):
                raise RpcError(ErrorCode.PRECONDITION_FAILED, f"{confirm.gid} is not reserved here")
            if not self.is_confirmed(fence):
                await self.business.confirm(transaction, await self.wanted(transaction, confirm.gid))
                await transaction.put(f"fence/{confirm.gid}", CONFIRMED)
                self.emit("committed", durable=True, gid=confirm.gid)
            else:
                self.emit("absorbed", gid=confirm.gid)
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
                await self.business.cancel(transaction, await self.wanted(transaction, cancel.gid))
            if fence != CANCELLED:
                await transaction.put(f"fence/{cancel.gid}", CANCELLED)
                self.emit("aborted" if fence == TRIED else "empty_rollback", durable=True, gid=cancel.gid)
            else:
                self.emit("absorbed", gid=cancel.gid)
        await self.reply(cancel, Done())

    async def fence(self, transaction: Transaction, gid: str) -> str:
        """Return how far a transaction has come here, empty for not at all; locked until the step is durable."""
        fence: str = await transaction.get(f"fence/{gid}", str, "")
        return fence

    async def wanted(self, transaction: Transaction, gid: str) -> Effects:
        """Return what a transaction's Try asked for."""
        wanted: Effects = await transaction.get(f"effects/{gid}", Effects, {})
        return wanted
