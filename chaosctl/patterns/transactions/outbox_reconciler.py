"""Reconciliation of message tables with inboxes: what does not fit is found, named and repaired, and nothing else.

A holder compares what it has marked as sent with what the receiver has. There are four ways not to fit. `missing`: the
receiver has nothing of it; it is sent anew. `missing-source`: the receiver has it, and the sender knows nothing of it;
the sender takes the money once more. `duplicate` and `amount`: the receiver put twice as much, or another sum, on the
account; it is told the right one. Each repair is one local transaction that looks again before it acts, so that a
crash in between, a second reconciler or a late message repairs nothing twice.
"""

from contextlib import suppress

from chaosctl.node.messages import RpcError
from chaosctl.node.role import LockTimeout, Role, Transaction
from chaosctl.patterns.transactions import accounts
from chaosctl.patterns.transactions.outbox_messages import (
    CREDITED,
    Correct,
    Delivered,
    Note,
    Receipt,
    Statement,
    StatementOk,
)
from chaosctl.patterns.transactions.two_phase_commit_messages import Effects

MISSING, MISSING_SOURCE, DUPLICATE, AMOUNT = "missing", "missing-source", "duplicate", "amount"

TABLES = ("outbox", "parked", "sent")


class Reconciler:
    """Compares the tables of the role that it works for with those of the other holders."""

    def __init__(self, role: Role) -> None:
        self.role, self.database, self.options = role, role.database, role.options
        self.holders = role.placement["resource-manager"]
        self.missing_since: dict[str, float] = {}

    async def run_forever(self) -> None:
        """Reconcile now and then."""
        while True:
            await self.role.sleep(self.options.reconcile)
            await self.run()

    async def run(self) -> None:
        """Compare with each other holder, and repair."""
        for peer in (node for node in self.holders if node != self.role.node_id):
            with suppress(RpcError, LockTimeout):  # Next time.
                await self.compare(peer)

    async def compare(self, peer: str) -> None:
        """Compare with one holder. Ours is read first: all that we know to have arrived must be in the statement."""
        parked, sent = await self.notes("parked/", peer), await self.notes("sent/", peer)
        statement = await self.role.rpc(peer, Statement(), self.options.forward_timeout, StatementOk)
        await self.settle_parked(parked, statement.receipts)
        for note in sent.values():
            receipt = statement.receipts.get(note.gid)
            if receipt is None:
                if not self.is_in_transit(note.gid):
                    await self.send_again(note)
            elif receipt.outcome == CREDITED and receipt.effects != note.steps[0]:
                self.report(note.gid, kind_of(receipt.effects, note.steps[0]))
                correct = Correct(gid=note.gid, effects=note.steps[0])
                await self.role.rpc(peer, correct, self.options.forward_timeout, Delivered)
        known = await self.known()  # Ours is read last: a note is written before it is sent.
        for gid in sorted(statement.receipts.keys() - known):
            await self.look_for_source(gid, statement.receipts[gid])

    def is_in_transit(self, gid: str) -> bool:
        """Return whether what is marked as sent, and not there, may be on its way: a message broker may have it yet."""
        if self.options.broker == "embedded":
            return False
        now = self.role.now()
        patience: float = self.options.in_transit
        return now < self.missing_since.setdefault(gid, now) + patience

    async def notes(self, prefix: str, peer: str) -> dict[str, Note]:
        """Return the notes of one table that are for a peer."""
        async with self.database.transaction("statement") as transaction:
            rows = await transaction.scan(prefix, Note)
        return {note.gid: note for note in rows.values() if note.receiver(self.holders) == peer}

    async def known(self) -> set[str]:
        """Return the gids of all notes that we know of, in the order in which they move from table to table."""
        async with self.database.transaction("statement") as transaction:
            tables = [await transaction.scan(f"{table}/", Note) for table in TABLES]
        return {note.gid for rows in tables for note in rows.values()}

    async def settle_parked(self, parked: dict[str, Note], receipts: dict[str, Receipt]) -> None:
        """Give what was parked another chance; what has arrived after all is done with."""
        if missing := [gid for gid in parked if gid not in receipts]:
            self.role.emit("reconciled", missing=missing)
        for gid, note in parked.items():
            async with self.database.transaction("unpark") as transaction:
                if await transaction.get(f"parked/{gid}", Note) is None:
                    continue
                await transaction.delete(f"parked/{gid}")
                note.tries = 0
                if gid in receipts:
                    await transaction.put(f"sent/{gid}", note)
                    self.role.emit("message_done", durable=True, message=gid)
                else:
                    await self.put_back(transaction, note)

    async def put_back(self, transaction: Transaction, note: Note) -> None:
        """Put a note into the message table, for the relay to send."""
        await transaction.put(f"outbox/{note.gid}", note)
        self.role.emit("message_stored", durable=True, message=note.gid)

    async def send_again(self, note: Note) -> None:
        """Put a note that is marked as sent, and is not there, back into the message table."""
        self.report(note.gid, MISSING)
        async with self.database.transaction("repair") as transaction:
            if await transaction.get(f"sent/{note.gid}", Note) is None:
                return
            await transaction.delete(f"sent/{note.gid}")
            self.missing_since.pop(note.gid, None)
            note.tries, note.again = 0, note.again + 1
            await self.put_back(transaction, note)
            self.role.emit("repaired", durable=True, gid=note.gid, kind=MISSING)

    async def look_for_source(self, gid: str, receipt: Receipt) -> None:
        """Look for a receipt's note once more, its rows locked; where there is none take the money anew."""
        async with self.database.transaction("repair") as transaction:
            for table in TABLES:
                if await transaction.get(f"{table}/{gid}", Note) is not None:
                    return
            self.report(gid, MISSING_SOURCE)
            is_ours = receipt.note.undo and receipt.outcome == CREDITED
            effects = accounts.negated(receipt.note.undo[0]) if is_ours else {}
            await accounts.change_all(transaction, effects)  # Not covered: the next time.
            await transaction.put(f"sent/{gid}", receipt.note)
            await transaction.put(f"done/{gid}", "")
            self.tell_repair(gid, MISSING_SOURCE, effects)

    async def correct(self, correct: Correct) -> None:
        """Put right what a note was taken for: to the sum that it is of, whatever it was before."""
        async with self.database.transaction("correct") as transaction:
            receipt: Receipt | None = await transaction.get(f"inbox/{correct.gid}", Receipt)
            if receipt is None or receipt.effects == correct.effects:
                return
            kind = kind_of(receipt.effects, correct.effects)
            change = {account: amount - receipt.effects.get(account, 0) for account, amount in correct.effects.items()}
            await accounts.change_all(transaction, change)
            receipt.effects = correct.effects
            await transaction.put(f"inbox/{correct.gid}", receipt)
            self.tell_repair(correct.gid, kind, change)

    def report(self, gid: str, kind: str) -> None:
        """Report a discrepancy, as often as it is found."""
        self.role.emit("discrepancy", gid=gid, kind=kind)

    def tell_repair(self, gid: str, kind: str, effects: Effects) -> None:
        """Tell what the transaction that ends now repairs, and changes by that."""
        self.role.emit("repaired", durable=True, gid=gid, kind=kind)
        if effects:
            self.role.emit("prepared", durable=True, gid=f"{gid}/{kind}", effects=effects)
            self.role.emit("committed", durable=True, gid=f"{gid}/{kind}")


def kind_of(found: Effects, right: Effects) -> str:
    """Return what is wrong with a note's effects: they were taken twice, or for others."""
    return DUPLICATE if found == {account: 2 * amount for account, amount in right.items()} else AMOUNT
