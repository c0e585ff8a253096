"""Mistakes that people make in a replicated account whose smaller side should refuse service."""

from chaosctl.node.messages import Message
from chaosctl.patterns.replication.split_brain_account import Account
from chaosctl.patterns.replication.split_brain_messages import Append, Have


class AnswersFirst(Account):
    """Answers when its own copy is on disk: cut off right then, it has taken money that nobody else knows of."""

    violates = "acknowledged-kept"

    async def answer_when_copied(self, request: Message, place: int, answer: Message) -> None:  # noqa: ARG002 (waits for nobody)
        """Sync, answer, and let the copies follow."""
        await self.store.sync("book")
        await self.reply(request, answer)
        await self.tell_all()


class LongestWins(Account):
    """Goes on with the longest copy in place of the newest: what a cut-off leader wrote last, and nobody confirmed."""

    violates = "acknowledged-kept"

    def newness(self, have: Have) -> tuple[int, int]:
        """Return how much there is, and only then who wrote last."""
        return len(have.entries), have.reign


class NoFence(Account):
    """Takes entries from any leader, also from one that is deposed and does not know it yet."""

    violates = "acknowledged-kept"

    def accepts(self, append: Append) -> bool:
        """Take no notice of what was promised."""
        return bool(append.term)
