"""Mistakes that people make in message transactions; each overrides one step of one role."""

from chaosctl.node.role import Transaction
from chaosctl.patterns.transactions.message_transaction_broker import Broker
from chaosctl.patterns.transactions.message_transaction_messages import COMMIT, Parcel
from chaosctl.patterns.transactions.message_transaction_resource import ResourceManager


class CommitsUnknown(ResourceManager):
    """Answers a check about a transaction that it knows nothing of with commit, as RocketMQ's own example does."""

    violates = "atomic-commit"

    async def look_up(self, gid: str) -> str:
        """Take what is not there for done."""
        async with self.database.transaction("look") as transaction:
            outcome: str = await transaction.get(f"outcome/{gid}", str, COMMIT)
        return outcome


class AnswersUnfenced(ResourceManager):
    """Answers a check with rollback and writes nothing: the local transaction may be only late."""

    violates = "atomic-commit"

    async def fence(self, transaction: Transaction, gid: str, cause: str) -> None:
        """Leave the way open for what was just declared dead."""


class NeverChecks(Broker):
    """Waits to be told how it ended, and never asks: the end is said once, and may be lost."""

    violates = "nothing-left"

    async def check(self, gid: str, producer: str) -> None:
        """Leave it to the producer."""


class TakesEverythingIn(ResourceManager):
    """Has no inbox: a parcel that comes again is carried out again."""

    violates = "single-effect"

    async def is_received(self, transaction: Transaction, parcel: Parcel) -> bool:  # noqa: ARG002 (the mistake)
        """Take everything for new."""
        return False
