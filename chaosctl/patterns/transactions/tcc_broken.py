"""Mistakes that people make in Try, Confirm, Cancel; each overrides one step of one role."""

from chaosctl.patterns.transactions.tcc_manager import CONFIRMING, TransactionManager
from chaosctl.patterns.transactions.tcc_messages import Cancel
from chaosctl.patterns.transactions.tcc_resource import ResourceManager

FENCE_KEPT = 0.02
"""Seconds; Seata's is days, and what matters is whether the latest message is later."""


class TriesAfterCancel(ResourceManager):
    """Lets a Try in that comes after its Cancel: nobody will ever confirm or cancel that reservation."""

    violates = "nothing-in-doubt"

    def is_suspended(self, fence: str) -> bool:  # noqa: ARG002 (that is the mistake)
        """Take every Try."""
        return False


class ForgetsFences(ResourceManager):
    """Deletes the fence of what was cancelled by its age, as Seata does: a Try that is later than that is let in."""

    violates = "nothing-in-doubt"

    async def on_cancel(self, cancel: Cancel) -> None:
        """Cancel, and tidy up before the last message can have come."""
        await super().on_cancel(cancel)

        async def forget() -> None:
            await self.sleep(FENCE_KEPT)
            async with self.database.transaction("forget") as transaction:
                await transaction.delete(f"fence/{cancel.gid}")

        self.spawn(forget)


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
