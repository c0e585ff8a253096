"""Mistakes that people make in two-phase commit; each overrides one step of one role."""

from chaosctl.patterns.transactions.two_phase_commit_manager import Transaction, TransactionManager
from chaosctl.patterns.transactions.two_phase_commit_messages import COMMIT, Commit
from chaosctl.patterns.transactions.two_phase_commit_resource import ResourceManager


class LogsAfterSending(TransactionManager):
    """Tells the participants to commit before the decision is on disk: a crash in between makes it an abort."""

    violates = "atomic-commit"

    async def commit(self, transaction: Transaction) -> None:
        """Send first, write then."""
        for participant in transaction.participants:
            await self.send(participant, Commit(gid=transaction.gid))
        await super().commit(transaction)


class PresumesCommit(TransactionManager):
    """Takes a transaction that it knows nothing of for committed, though it writes no record of its begin."""

    violates = "atomic-commit"

    def presume(self) -> str:
        """Return that it was committed."""
        return COMMIT


class CommitsAlone(ResourceManager):
    """Loses patience in doubt and commits by itself: a heuristic decision."""

    violates = "atomic-commit"

    async def resolve(self, gid: str) -> None:
        """Wait once, then decide without asking."""
        await self.sleep(self.options.inquiry)
        await self.finish(gid, COMMIT)


class NeverAsks(ResourceManager):
    """Waits in doubt to be told, and never asks: after a crash of the manager, for ever."""

    violates = "nothing-in-doubt"

    async def resolve(self, gid: str) -> None:
        """Leave it to others."""
