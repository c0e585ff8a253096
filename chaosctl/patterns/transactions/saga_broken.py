"""Mistakes that people make in sagas; each overrides one step of one role."""

from chaosctl.patterns.transactions.saga_orchestrator import Orchestrator, Saga
from chaosctl.patterns.transactions.saga_resource import COMPENSATED, EXECUTED, ResourceManager


class SparesTheUnanswered(Orchestrator):
    """Compensates the steps that were answered, and not the one that was not: it may have been carried out."""

    violates = "eventual-atomicity"

    async def turn_back(self, gid: str, saga: Saga, failed: int, cause: str) -> None:
        """Take what was not answered for not done."""
        await super().turn_back(gid, saga, failed - 1, cause)


class ActsAfterCompensation(ResourceManager):
    """Lets a step in that comes after its compensation: nobody will ever undo it."""

    violates = "eventual-atomicity"

    def is_suspended(self, fence: str) -> bool:  # noqa: ARG002 (that is the mistake)
        """Take every step."""
        return False


class CompensatesTwice(ResourceManager):
    """Carries a compensation out as often as it comes."""

    violates = "single-effect"

    def is_to_undo(self, fence: str) -> bool:
        """Undo what was undone before, too."""
        return fence in (EXECUTED, COMPENSATED)


class BeginsInMemory(Orchestrator):
    """Forgets in a crash which sagas were under way, and with them what was taken already."""

    violates = "eventual-atomicity"

    async def resume(self, gid: str, saga: Saga) -> None:
        """Begin anew, with nothing to go on with."""
