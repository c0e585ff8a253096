"""A holder of accounts in the pattern `outbox`: local transactions, a table of messages, a relay, an inbox.

Everything rests on three local transactions. `local`: take the money and write the note of it, both or neither.
`consume`: look whether the note came before, put the money and note that it came, all or nothing. `mark`: it has
arrived. Between them a crash costs another delivery, and a delivery that comes again costs nothing.
A transfer is two steps; an order is three: the payment, then the stock, then the order. Each passes the rest on by a
note of its own, and where one refuses the compensations go back the same way.
"""

from contextlib import suppress

from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.role import LockTimeout, Role, Transaction
from chaosctl.patterns.transactions import accounts
from chaosctl.patterns.transactions.causes import BUSINESS_REFUSAL, cause_of
from chaosctl.patterns.transactions.outbox_damage import damage
from chaosctl.patterns.transactions.outbox_messages import (
    CREDITED,
    REFUSED,
    Correct,
    Deliver,
    Delivered,
    Forward,
    Note,
    Receipt,
    Statement,
    StatementOk,
    Taken,
)
from chaosctl.patterns.transactions.outbox_reconciler import Reconciler
from chaosctl.patterns.transactions.two_phase_commit_messages import Audit, AuditOk, Effects, Order, Transfer


class ResourceManager(Role):
    """Holds accounts. Rows: account/, done/ (transfers' answers), outbox/, parked/, sent/, inbox/ (receipts)."""

    async def start(self) -> None:
        """Open the accounts, once; relay what the message table holds; look for what went missing."""
        self.holders = self.placement["resource-manager"]
        mine = accounts.held_by(self.node_id, self.options, self.holders)
        await accounts.open_accounts(self.database, mine)
        self.sent_at: dict[str, float] = {}
        self.spawn(self.relay)
        self.broker.subscribe(self.node_id, Deliver, self.take_in)
        self.reconciler = Reconciler(self)
        self.spawn(self.reconciler.run_forever)

    async def on_transfer(self, transfer: Transfer) -> None:
        """Move money between two accounts."""
        await self.accept(transfer)

    async def on_order(self, order: Order) -> None:
        """Sell one of an item: the payment, then the stock, then the order."""
        await self.accept(order)

    async def accept(self, request: Transfer | Order) -> None:
        """Take a client's request, or pass it on to whose the first step is; ok means that it will be settled."""
        steps = accounts.by_holder(accounts.legs_of(request, self.options), self.holders)
        gid = accounts.gid_of(request)
        home, forward = next(iter(steps)), Forward(gid=gid, steps=list(steps.values()))
        if home == self.node_id:
            await self.take(forward)
        else:
            await self.rpc(home, forward, self.options.forward_timeout, Taken)
        await self.reply(request, accounts.done(request))

    async def on_forward(self, forward: Forward) -> None:
        """Take what a client gave to another node."""
        await self.take(forward)
        await self.reply(forward, Taken())

    async def take(self, forward: Forward) -> None:
        """Carry out the local transaction, once; raises RpcError where it is refused, now and for ever."""
        try:
            why = await self.carry_out(forward)
        except LockTimeout as timeout:  # A later copy may yet be carried out, so this is no refusal.
            raise RpcError(ErrorCode.TIMEOUT, str(timeout)) from timeout
        except RpcError as refusal:
            why = await self.refuse(forward.gid, refusal.text, cause_of(refusal))
        if why:
            raise RpcError(ErrorCode.ABORT, why)

    async def refuse(self, gid: str, why: str, cause: str) -> str:
        """Write down that a transfer is refused, so that no later copy of it is done; return its answer."""
        async with self.database.transaction("refuse") as transaction:
            answer: str | None = await transaction.get(f"done/{gid}", str)
            if answer is None:
                await transaction.put(f"done/{gid}", why)
                self.emit("decided", durable=True, gid=gid, decision="abort", participants=[], cause=cause)
        return why if answer is None else answer

    async def carry_out(self, forward: Forward) -> str:
        """The business row and the message in one local transaction; return the answer, empty for ok."""
        mine, *others = forward.steps
        legs = {account: change for step in forward.steps for account, change in step.items()}
        async with self.database.transaction("local") as transaction:
            answer: str | None = await transaction.get(f"done/{forward.gid}", str)
            if answer is not None:
                return answer  # A late copy.
            if objection := await accounts.objection(transaction, mine, self.options.limit):
                raise RpcError(ErrorCode.ABORT, objection)
            await accounts.change_all(transaction, mine)
            await transaction.put(f"done/{forward.gid}", "")
            if others:
                await self.keep(transaction, Note(forward.gid, others, [accounts.negated(mine)]))
            participants = sorted(accounts.by_holder(legs, self.holders))
            self.emit("decided", durable=True, gid=forward.gid, decision="commit", participants=participants)
            self.emit("accepted_transfer", durable=True, gid=forward.gid, legs=legs)
            self.tell_effects(forward.gid, mine)
        return ""

    async def keep(self, transaction: Transaction, note: Note) -> None:
        """Write a note into the message table, in the transaction that it tells of."""
        await transaction.put(f"outbox/{note.gid}", note)
        self.emit("message_stored", durable=True, message=note.gid)

    def tell_effects(self, gid: str, effects: Effects) -> None:
        """Tell what the transaction that ends now changes: as the last step in it, the event is durable with it."""
        self.emit("prepared", durable=True, gid=gid, effects=effects)
        self.emit("committed", durable=True, gid=gid)

    async def relay(self) -> None:
        """Scan the message table, again and again, and send what has not arrived and is due."""
        while True:
            async with self.database.transaction("scan") as transaction:
                notes = await transaction.scan("outbox/", Note)
            for note in notes.values():
                if note.gid not in self.sent_at or self.now() >= self.sent_at[note.gid] + self.options.retry:
                    with suppress(LockTimeout):  # Else the next scan.
                        await self.relay_one(note)
            await self.sleep(self.options.poll)

    async def relay_one(self, note: Note) -> None:
        """Send a note; one that was sent in vain too often is parked for reconciliation, never dropped."""
        if note.gid in self.sent_at:
            if not await self.count_try(note):
                return
            self.emit("redelivered", message=note.gid, nth=note.tries + 1)
        self.sent_at[note.gid] = self.now()
        await self.publish(note)

    async def publish(self, note: Note) -> None:
        """Hand a note on; one that a broker has acknowledged is the broker's to deliver, so it is marked as sent."""
        target = note.receiver(self.holders)
        try:
            # An order's next note has the same name, and a broker that knows names must not take it for the same one.
            is_kept = await self.broker.publish(target, Deliver(note=note), f"{target}/{note.name()}")
        except RpcError:
            return  # The broker is gone, or has it: it is sent again.
        if is_kept:
            self.emit("message_acknowledged", message=note.name(), consumer=target)
            await self.mark(note.gid)

    async def count_try(self, note: Note) -> bool:
        """Count that a note was sent in vain; False when it is parked, or has arrived meanwhile."""
        async with self.database.transaction("retry") as transaction:
            current: Note | None = await transaction.get(f"outbox/{note.gid}", Note)
            if current is None:
                return False
            current.tries += 1
            if current.tries < self.options.most_tries:
                await transaction.put(f"outbox/{note.gid}", current)
                return True
            await transaction.delete(f"outbox/{note.gid}")
            await transaction.put(f"parked/{note.gid}", current)
            self.emit("parked", durable=True, message=note.gid, tries=current.tries)
        return False

    async def on_deliver(self, deliver: Deliver) -> None:
        """Consume a note that came from its sender itself, and acknowledge it."""
        if await self.take_in(deliver):
            await self.reply(deliver, Delivered(gid=deliver.note.gid))

    async def take_in(self, deliver: Deliver) -> bool:
        """Consume a note once, whatever often it comes; True, to acknowledge it, only when that is durable."""
        try:
            await self.consume(deliver.note, deliver.src)
        except (LockTimeout, RpcError):
            return False  # Not acknowledged: it will come again.
        return True

    async def consume(self, note: Note, sender: str) -> None:
        """The inbox row, the effect and the next note in one local transaction; a business refusal undoes the steps."""
        async with self.database.transaction("consume") as transaction:
            if await self.is_received(transaction, note):
                self.emit("absorbed", gid=note.gid, message=note.name())
                return
            effects = note.steps[0]
            if note.undo and await accounts.objection(transaction, effects, self.options.limit):
                await transaction.put(f"inbox/{note.gid}", Receipt(sender, note, REFUSED, {}))
                await self.compensate(transaction, note)
                self.emit("refused", durable=True, gid=note.gid, cause=BUSINESS_REFUSAL)
                return
            await transaction.put(f"inbox/{note.gid}", Receipt(sender, note, CREDITED, effects))
            await accounts.change_all(transaction, effects)
            if len(note.steps) > 1:
                await self.keep(transaction, note.onward())
            self.tell_effects(note.name(), effects)

    async def is_received(self, transaction: Transaction, note: Note) -> bool:
        """Return whether a note came before: asked in the very transaction that carries it out."""
        return await transaction.get(f"inbox/{note.gid}", Receipt) is not None

    async def compensate(self, transaction: Transaction, note: Note) -> None:
        """Have the steps before undone, by a note of our own in our own message table."""
        await self.keep(transaction, Note(f"{note.gid}/back", note.undo))

    async def on_delivered(self, delivered: Delivered) -> None:
        """Mark a note as arrived; should a crash forget that, it arrives once more."""
        await self.mark(delivered.gid)

    async def mark(self, gid: str) -> None:
        """Move a note from the message table to what was sent."""
        async with self.database.transaction("mark") as transaction:
            note: Note | None = await transaction.get(f"outbox/{gid}", Note)
            note = note or await transaction.get(f"parked/{gid}", Note)
            if note is not None:
                await transaction.delete(f"outbox/{gid}")
                await transaction.delete(f"parked/{gid}")
                await transaction.put(f"sent/{gid}", note)
                self.emit("message_done", durable=True, message=gid)
        self.sent_at.pop(gid, None)

    async def on_operator(self, command: str, arguments: dict[str, str]) -> None:
        """Reconcile, or damage something, when somebody orders it: `reconcile`, `damage` with a `kind`."""
        if command == "reconcile":
            await self.reconciler.run()
        elif command == "damage":
            await damage(self, arguments.get("kind", ""))

    async def on_statement(self, statement: Statement) -> None:
        """Tell another holder what came from it."""
        async with self.database.transaction("statement") as transaction:
            rows = await transaction.scan("inbox/", Receipt)
        receipts = {key.removeprefix("inbox/"): row for key, row in rows.items() if row.sender == statement.src}
        await self.reply(statement, StatementOk(receipts=receipts))

    async def on_correct(self, correct: Correct) -> None:
        """Put right what another holder's note was taken for."""
        await self.reconciler.correct(correct)
        await self.reply(correct, Delivered(gid=correct.gid))

    async def on_audit(self, audit: Audit) -> None:
        """Tell a client the balances."""
        await self.reply(audit, AuditOk(balances=await accounts.balances(self.database)))
