"""A holder of accounts in Try, Confirm, Cancel: what is reserved stays on its account, and no longer to be had.

The business is `Reservations`; when each of its steps runs, and that it runs once, is tcc_participant's.
"""

from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.role import Transaction
from chaosctl.patterns.transactions import accounts
from chaosctl.patterns.transactions.tcc_participant import Participant
from chaosctl.patterns.transactions.two_phase_commit_messages import Audit, AuditOk, Effects


class Reservations:
    """Amounts on accounts, and units in stock. Rows: account/ (with what is reserved), reserved/ an account."""

    async def try_(self, transaction: Transaction, wanted: Effects) -> None:
        """Set aside what is to be taken; what is to be put on an account needs no room."""
        for account, change in sorted(wanted.items()):  # One order for all: no deadlock in here.
            balance: int = await transaction.get(f"account/{account}", int, 0)
            reserved: int = await transaction.get(f"reserved/{account}", int, 0)
            taken = reserved - min(change, 0)
            if balance < taken:
                raise RpcError(ErrorCode.ABORT, f"{account} has only {balance - reserved}")
            await transaction.put(f"reserved/{account}", taken)

    async def confirm(self, transaction: Transaction, wanted: Effects) -> None:
        """Take it, or put it there."""
        for account, change in sorted(wanted.items()):  # The order of Try.
            await accounts.change(transaction, account, change)
            await self.release(transaction, account, change)

    async def cancel(self, transaction: Transaction, wanted: Effects) -> None:
        """Let others have it."""
        for account, change in sorted(wanted.items()):
            await self.release(transaction, account, change)

    async def release(self, transaction: Transaction, account: str, change: int) -> None:
        """Take a reservation off."""
        reserved: int = await transaction.get(f"reserved/{account}", int, 0)
        await transaction.put(f"reserved/{account}", reserved + min(change, 0))


class ResourceManager(Participant):
    """Holds accounts and reserves on them."""

    business = Reservations()

    async def start(self) -> None:
        """Open the accounts, once."""
        mine = accounts.held_by(self.node_id, self.options, self.placement["resource-manager"])
        await accounts.open_accounts(self.database, mine)

    async def on_audit(self, audit: Audit) -> None:
        """Tell a client the balances; what is reserved is still on its account, and told to the runner."""
        async with self.database.transaction("frozen") as transaction:
            reserved = await transaction.scan("reserved/", int)
        frozen = {key.removeprefix("reserved/"): amount for key, amount in reserved.items() if amount}
        self.emit("frozen", accounts=frozen)
        await self.reply(audit, AuditOk(balances=await accounts.balances(self.database)))
