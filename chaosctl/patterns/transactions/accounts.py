"""Accounts as rows of their holder's database: opened once, never below zero, shown to auditors.

What the patterns of transactions do alike. A shop is a few accounts more: what is in stock, what is sold and was earned
of each item, and what each customer has. An order is then a transfer with four legs at three services: goods and money
are neither made nor lost. Who holds which account is two_phase_commit_messages.holder.
"""

from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.pattern import DatabaseOptions
from chaosctl.node.role import Database, Store, Transaction
from chaosctl.patterns.transactions.two_phase_commit_messages import (
    Effects,
    GuaranteedTransfer,
    Order,
    OrderOk,
    Transfer,
    TransferOk,
    holder,
)


class Holdings(DatabaseOptions, frozen=True):
    """What there is: `accounts` a0, a1, ... over all resource managers in turn, each with `balance` at first.

    A shop has `items` i0, i1, ... with `units` of each, and `customers` c0, c1, ... each with `balance`.
    """

    accounts: int = 10
    balance: int = 100
    items: int = 0
    units: int = 20
    customers: int = 0

    def opened(self) -> Effects:
        """Return every account with what is on it at first."""
        opened = {f"a{number}": self.balance for number in range(self.accounts)}
        for number in range(self.items):
            opened |= {f"stock/i{number}": self.units, f"sold/i{number}": 0, f"revenue/i{number}": 0}
        return opened | {f"wallet/c{number}": self.balance for number in range(self.customers)}


def legs_of(request: Transfer | Order, holdings: Holdings) -> Effects:
    """Return what a request adds to which account, takings first; raises RpcError for one that makes no sense."""
    if isinstance(request, Transfer):
        amount, legs = request.amount, {request.source: -request.amount, request.dest: request.amount}
    else:
        amount, legs = request.price, order_legs(request)
    if amount <= 0 or len(legs) < 2 or not legs.keys() <= holdings.opened().keys():
        known = f"a0 to a{holdings.accounts - 1}, {holdings.items} items and {holdings.customers} customers"
        raise RpcError(ErrorCode.MALFORMED_REQUEST, f"two accounts of {known}, and an amount above 0, please")
    return legs


def gid_of(request: Transfer | Order) -> str:
    """Return the client's own name for what it asks for: a late copy is the same transaction."""
    return f"{request.src}-{request.msg_id}"


def check_guarantor(transfer: GuaranteedTransfer, holdings: Holdings) -> None:
    """Raise RpcError where the guarantor is none of the accounts, or has a part in the transfer itself."""
    if transfer.guarantor not in holdings.opened() or transfer.guarantor in (transfer.source, transfer.dest):
        raise RpcError(ErrorCode.MALFORMED_REQUEST, f"{transfer.guarantor}: a third account, please")


def order_legs(order: Order) -> Effects:
    """Return what an order of one unit adds to which account."""
    return {
        f"wallet/{order.customer}": -order.price,
        f"stock/{order.item}": -1,
        f"sold/{order.item}": 1,
        f"revenue/{order.item}": order.price,
    }


def is_new(store: Store, request: Transfer | Order) -> bool:
    """Return whether this is no late copy of a request: a client counts its own and waits for each answer.

    Noted in memory alone: every answer, yes or no, comes after a sync.
    """
    number = request.msg_id or 0
    if number <= store.get(f"seen/{request.src}", int, -1):
        return False
    store.put(f"seen/{request.src}", number)
    return True


def done(request: Transfer | Order) -> TransferOk | OrderOk:
    """Return the answer to a request whose commit is decided."""
    return TransferOk() if isinstance(request, Transfer) else OrderOk()


def by_holder(legs: Effects, holders: tuple[str, ...]) -> dict[str, Effects]:
    """Return who must add what to which account."""
    effects: dict[str, Effects] = {}
    for account, change in legs.items():
        effects.setdefault(holder(account, holders), {})[account] = change
    return effects


async def open_accounts(database: Database, mine: Effects) -> None:
    """Put on these accounts what is on them at first, unless that was done before."""
    async with database.transaction("open") as transaction:
        if await transaction.get("opened", bool, default=False):
            return
        for account, balance in mine.items():
            await transaction.put(f"account/{account}", balance)
        await transaction.put("opened", value=True)


def held_by(node: str, holdings: Holdings, holders: tuple[str, ...]) -> Effects:
    """Return the accounts of one holder, with what is on them at first."""
    return {account: balance for account, balance in holdings.opened().items() if holder(account, holders) == node}


async def change(transaction: Transaction, account: str, amount: int) -> int:
    """Add to a balance and return what it is then; raises RpcError where it would not be covered."""
    balance: int = await transaction.get(f"account/{account}", int, 0)
    if balance + amount < 0:
        raise RpcError(ErrorCode.ABORT, f"{account} has only {balance}")
    await transaction.put(f"account/{account}", balance + amount)
    return balance + amount


async def change_all(transaction: Transaction, effects: Effects) -> None:
    """Add to balances, in one order for all; raises RpcError where one would not be covered."""
    for account, amount in sorted(effects.items()):
        await change(transaction, account, amount)


async def objection(transaction: Transaction, effects: Effects, limit: int) -> str:
    """Return by which business rule it is refused to add this, empty for none: what is not there, what is too much."""
    for account, amount in sorted(effects.items()):  # One order for all: no deadlock in here.
        balance: int = await transaction.get(f"account/{account}", int, 0)
        if balance + amount < 0:
            return f"{account} has only {balance}"
        if amount > 0 and 0 < limit < balance + amount:
            return f"{account} may not hold {balance + amount}"
    return ""


def negated(effects: Effects) -> Effects:
    """Return what undoes effects."""
    return {account: -amount for account, amount in effects.items()}


async def cover(transaction: Transaction, least: Effects) -> None:
    """Read accounts; raises RpcError where there is less on one than said."""
    for account, amount in sorted(least.items()):
        if (balance := await transaction.get(f"account/{account}", int, 0)) < amount:
            raise RpcError(ErrorCode.ABORT, f"{account} has only {balance}")


async def balances(database: Database) -> dict[str, int]:
    """Return what is committed on every account held here."""
    async with database.transaction("audit") as transaction:
        rows = await transaction.scan("account/", int)
    return {key.removeprefix("account/"): balance for key, balance in rows.items()}
