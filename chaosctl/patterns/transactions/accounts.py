"""Accounts as rows of their holder's database: opened once, never below zero, shown to auditors.

What outbox, tcc and message-transaction do alike; who holds which account is two_phase_commit_messages.holder.
"""

from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.role import Database, Transaction
from chaosctl.patterns.transactions.two_phase_commit_messages import Transfer, holder


def check(transfer: Transfer, accounts: int) -> None:
    """Raise RpcError for a transfer that makes no sense."""
    known = {f"a{number}" for number in range(accounts)}
    if transfer.source == transfer.dest or not {transfer.source, transfer.dest} <= known or transfer.amount <= 0:
        raise RpcError(ErrorCode.MALFORMED_REQUEST, f"two of the accounts a0 to a{accounts - 1}, please")


async def open_accounts(database: Database, mine: list[str], balance: int) -> None:
    """Give these accounts their first balance, unless that was done before."""
    async with database.transaction("open") as transaction:
        if await transaction.get("opened", bool, default=False):
            return
        for account in mine:
            await transaction.put(f"account/{account}", balance)
        await transaction.put("opened", value=True)


def held_by(node: str, accounts: int, holders: tuple[str, ...]) -> list[str]:
    """Return the accounts of one holder."""
    return [account for account in (f"a{number}" for number in range(accounts)) if holder(account, holders) == node]


async def change(transaction: Transaction, account: str, amount: int) -> int:
    """Add to a balance and return what it is then; raises RpcError where it would not be covered."""
    balance: int = await transaction.get(f"account/{account}", int, 0)
    if balance + amount < 0:
        raise RpcError(ErrorCode.ABORT, f"{account} has only {balance}")
    await transaction.put(f"account/{account}", balance + amount)
    return balance + amount


async def balances(database: Database) -> dict[str, int]:
    """Return what is committed on every account held here."""
    async with database.transaction("audit") as transaction:
        rows = await transaction.scan("account/", int)
    return {key.removeprefix("account/"): balance for key, balance in rows.items()}
