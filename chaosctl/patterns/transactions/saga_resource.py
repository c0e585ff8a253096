"""A holder of accounts in a saga: each step is a local transaction that commits at once, each compensation another.

A step and its compensation meet in one row, the fence: executed, refused or compensated. So each counts once however
often it comes, a compensation whose step never came undoes nothing, and a step that comes after it is kept out.
"""

from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.role import Role, Transaction
from chaosctl.patterns.transactions import accounts
from chaosctl.patterns.transactions.saga_messages import Compensate, Done, Execute
from chaosctl.patterns.transactions.two_phase_commit_messages import Audit, AuditOk, Effects

EXECUTED, REFUSED, COMPENSATED = "executed", "refused", "compensated"


class ResourceManager(Role):
    """Holds accounts. Rows: account/ an account; fence/ and effects/ a gid."""

    async def start(self) -> None:
        """Open the accounts, once."""
        mine = accounts.held_by(self.node_id, self.options, self.placement["resource-manager"])
        await accounts.open_accounts(self.database, mine)

    async def on_execute(self, request: Execute) -> None:
        """Carry a step out, once; a refusal is final, so it is written down too."""
        try:
            await self.carry_out(request)
        except RpcError as error:
            if error.code == ErrorCode.ABORT:
                await self.refuse(request.gid)
            raise
        await self.reply(request, Done())

    async def carry_out(self, request: Execute) -> None:
        """Do what the step is for, and note that it was done, in one local transaction."""
        async with self.database.transaction("step") as transaction:
            fence = await self.fence(transaction, request.gid)
            if fence in (EXECUTED, REFUSED):
                self.emit("absorbed", gid=request.gid)
            if fence == REFUSED or self.is_suspended(fence):
                raise RpcError(ErrorCode.ABORT, f"{request.gid} was {fence} before")
            if fence == EXECUTED:
                return
            for account, amount in sorted(request.effects.items()):  # One order for all: no deadlock in here.
                balance = await accounts.change(transaction, account, amount)
                if amount > 0 and 0 < self.options.limit < balance:
                    raise RpcError(ErrorCode.ABORT, f"{account} may not hold {balance}")
            await transaction.put(f"effects/{request.gid}", request.effects)
            await transaction.put(f"fence/{request.gid}", EXECUTED)
            self.tell_effects(request.gid, request.effects)

    def is_suspended(self, fence: str) -> bool:
        """Return whether a step comes too late: its compensation was here before."""
        return fence == COMPENSATED

    async def refuse(self, gid: str) -> None:
        """Write down that a step is refused: a copy of it that comes later must not find the money after all."""
        async with self.database.transaction("refuse") as transaction:
            if not await self.fence(transaction, gid):
                await transaction.put(f"fence/{gid}", REFUSED)

    async def on_compensate(self, compensate: Compensate) -> None:
        """Undo a step, once; where it was not carried out, fence out the copy that may yet come."""
        async with self.database.transaction("compensate") as transaction:
            fence = await self.fence(transaction, compensate.gid)
            if self.is_to_undo(fence):
                await self.undo(transaction, compensate.gid)
            elif fence == COMPENSATED:
                self.emit("absorbed", gid=compensate.gid)
            if fence == "":
                self.emit("empty_rollback", durable=True, gid=compensate.gid)
            if fence in ("", EXECUTED):
                await transaction.put(f"fence/{compensate.gid}", COMPENSATED)
        await self.reply(compensate, Done())

    def is_to_undo(self, fence: str) -> bool:
        """Return whether there is something to undo: carried out, and not compensated before."""
        return fence == EXECUTED

    async def undo(self, transaction: Transaction, gid: str) -> None:
        """Change back what the step changed: a transaction of its own, for the step itself was seen by all."""
        effects: Effects = await transaction.get(f"effects/{gid}", Effects, {})
        back = {account: -amount for account, amount in effects.items()}
        for account, amount in sorted(back.items()):
            await accounts.change(transaction, account, amount)
        self.tell_effects(f"{gid}/back", back)

    async def fence(self, transaction: Transaction, gid: str) -> str:
        """Return what became of a step here, empty for nothing; locked until the transaction is over."""
        fence: str = await transaction.get(f"fence/{gid}", str, "")
        return fence

    def tell_effects(self, gid: str, effects: Effects) -> None:
        """Tell what the transaction that ends now changes: as the last step in it, the event is durable with it."""
        self.emit("prepared", durable=True, gid=gid, effects=effects)
        self.emit("committed", durable=True, gid=gid)

    async def on_audit(self, audit: Audit) -> None:
        """Tell a client the balances, with what sagas under way have done so far: nobody is isolated from them."""
        await self.reply(audit, AuditOk(balances=await accounts.balances(self.database)))
