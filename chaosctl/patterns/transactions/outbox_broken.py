"""Mistakes that people make with a local message table; each overrides one step of its role."""

from chaosctl.node.role import Transaction
from chaosctl.patterns.transactions.outbox_messages import Deliver, Note
from chaosctl.patterns.transactions.outbox_resource import ResourceManager


class SendsBeforeCommit(ResourceManager):
    """Writes no row but sends at once, in the hope that the commit goes well: two systems, one write each."""

    violates = "eventual-atomicity"

    async def keep(self, transaction: Transaction, note: Note) -> None:  # noqa: ARG002 (that is the mistake)
        """Send first; a crash before the commit leaves the message and undoes what it tells of."""
        await self.broker.publish(note.receiver(self.holders), Deliver(note=note), note.gid)


class TakesEverythingIn(ResourceManager):
    """Has no inbox: a note that comes again is carried out again."""

    violates = "single-effect"

    async def is_received(self, transaction: Transaction, note: Note) -> bool:  # noqa: ARG002 (that is the mistake)
        """Take everything for new."""
        return False


class MarksFirst(ResourceManager):
    """Marks a note as sent, then sends it: what is lost on its way is lost."""

    violates = "eventual-atomicity"

    async def relay_one(self, note: Note) -> None:
        """Mark, then send, and never look back."""
        async with self.database.transaction("mark") as transaction:
            await transaction.delete(f"outbox/{note.gid}")
            self.emit("message_done", durable=True, message=note.gid)
        await self.broker.publish(note.receiver(self.holders), Deliver(note=note), note.gid)


class KeepsTheMoney(ResourceManager):
    """Refuses a note and tells nobody: the money was taken, and never comes back."""

    violates = "eventual-atomicity"

    async def compensate(self, transaction: Transaction, note: Note) -> None:
        """Leave it at that."""
