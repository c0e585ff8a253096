"""Damage to the tables of an outbox on purpose: what reconciliation must find, all of it and nothing else.

A person orders it (fault `operator`, command `damage`, argument `kind`: one of the reconciler's four). It is done to
one row that the run's seed draws, as a restored backup or a slip of the hand would: `missing` takes a note's receipt
and its money away, `duplicate` doubles it, `amount` makes it another sum, `missing-source` undoes the sender's side.
Its effect is told under a name of its own. To be ordered when nothing is on its way: what still comes again would
repair it unasked.
"""

from contextlib import suppress
from typing import Any

from chaosctl.node.messages import RpcError
from chaosctl.node.role import LockTimeout, Role, Transaction
from chaosctl.patterns.transactions import accounts
from chaosctl.patterns.transactions.outbox_messages import CREDITED, Note, Receipt
from chaosctl.patterns.transactions.outbox_reconciler import AMOUNT, DUPLICATE, MISSING, MISSING_SOURCE
from chaosctl.patterns.transactions.two_phase_commit_messages import Effects


async def damage(role: Role, kind: str) -> None:
    """Damage a row of this kind, if there is one that was not damaged before and whose money is there.

    Where other orders hold all that is left, each waiting for another's, the one that waits in vain does nothing.
    """
    with suppress(RpcError, LockTimeout):
        if kind == MISSING_SOURCE:
            await _lose_source(role)
        elif kind in (MISSING, DUPLICATE, AMOUNT):
            await _change_receipt(role, kind)


async def _change_receipt(role: Role, kind: str) -> None:
    async with role.database.transaction("damage") as transaction:
        rows = await transaction.scan("inbox/", Receipt)
        gids = [key.removeprefix("inbox/") for key, receipt in rows.items() if receipt.outcome == CREDITED]
        gid, receipt = await _drawn(role, transaction, "inbox", gids, Receipt)
        if receipt is None:
            return
        change = _change(receipt.effects, kind)
        await accounts.change_all(transaction, change)
        receipt.effects = {account: amount + change.get(account, 0) for account, amount in receipt.effects.items()}
        if kind == MISSING:
            await transaction.delete(f"inbox/{gid}")
        else:
            await transaction.put(f"inbox/{gid}", receipt)
        await transaction.put(f"damaged/{gid}", kind)
        _tell(role, gid, kind, change)


def _change(effects: Effects, kind: str) -> Effects:
    """Return what the damage adds to which account."""
    if kind == MISSING:
        return accounts.negated(effects)
    another = 2 if list(effects.values()) == [1] else 1  # One more than one were the double, which is a duplicate.
    return effects if kind == DUPLICATE else {min(effects): another}


async def _lose_source(role: Role) -> None:
    async with role.database.transaction("damage") as transaction:
        rows = await transaction.scan("sent/", Note)
        gid, note = await _drawn(role, transaction, "sent", [note.gid for note in rows.values() if note.undo], Note)
        if note is None:
            return
        await transaction.delete(f"sent/{gid}")
        await accounts.change_all(transaction, note.undo[0])
        await transaction.put(f"damaged/{gid}", MISSING_SOURCE)
        _tell(role, gid, MISSING_SOURCE, note.undo[0])


async def _drawn(role: Role, transaction: Transaction, table: str, gids: list[str], row: type[Any]) -> tuple[str, Any]:
    """Draw one that was not damaged before, and return it with its row, locked; None where there is none.

    A second order may have drawn the same one meanwhile: whoever comes later to the row draws again.
    """
    left = sorted(gids)
    while left:
        gid = left.pop(role.random.randrange(len(left)))
        found = await transaction.get(f"{table}/{gid}", row)
        if found is not None and await transaction.get(f"damaged/{gid}", str) is None:
            return gid, found
    return "", None


def _tell(role: Role, gid: str, kind: str, effects: Effects) -> None:
    role.emit("damaged", durable=True, gid=gid, kind=kind)
    role.emit("prepared", durable=True, gid=f"{gid}/damage", effects=effects)
    role.emit("committed", durable=True, gid=f"{gid}/damage")
