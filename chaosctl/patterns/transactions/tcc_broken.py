"""Mistakes that people make in Try, Confirm, Cancel; each overrides one step of one role."""

from chaosctl.patterns.transactions.tcc_manager import CONFIRMING, TransactionManager
from chaosctl.patterns.transactions.tcc_resource import ResourceManager


class TriesAfterCancel(ResourceManager):
    """Lets a Try in that comes after its Cancel: nobody will ever confirm or cancel that reservation."""

    violates = "nothing-in-doubt"

    def is_suspended(self, fence: str) -> bool:  # noqa: ARG002 (that is the mistake)
        """Take every Try."""
        return False


class ConfirmsTwice(ResourceManager):
    """Carries a Confirm out as often as it comes."""

    violates = "single-effect"

    def is_confirmed(self, fence: str) -> bool:  # noqa: ARG002 (that is the mistake)
        """Take every Confirm for the first."""
        return False


class DecidesInMemory(TransactionManager):
    """Confirms before the decision is on disk: a crash in between makes it a cancel for those not yet told."""

    violates = "atomic-commit"

    async def confirm(self, gid: str, participants: list[str]) -> None:
        """Leave the decision where a crash forgets it."""
        self.put(gid, CONFIRMING, participants)
