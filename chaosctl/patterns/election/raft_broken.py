"""Mistakes that people make in Raft's election; each overrides one step of the voter."""

from chaosctl.patterns.election.raft import LEADER, Voter
from chaosctl.patterns.election.raft_messages import WhoLeads, WhoLeadsOk


class VotesUnsynced(Voter):
    """Says its vote before it is on disk: a crash in between, and the same term is voted in twice."""

    violates = "election-safety"

    async def keep_vote(self) -> None:
        """Leave the vote to whatever sync comes next."""


class VotesAgain(Voter):
    """Forgets within a term whom it voted for, and votes for everybody who asks."""

    violates = "one-vote-a-term"

    def may_vote_for(self, candidate: str) -> bool:  # noqa: ARG002 (that it does not matter is the mistake)
        """Return yes."""
        return True


class CountsReplies(Voter):
    """Counts votes, not voters: a vote that the network doubles elects."""

    violates = "quorum-backed"

    async def count_vote(self, term: int, voter: str) -> None:
        """Take an answer that comes twice for another voter's."""
        await super().count_vote(term, f"{voter} again" if voter in self.votes else voter)


class HalfIsEnough(Voter):
    """Takes half of an even number for a majority: two halves, two leaders."""

    violates = "quorum-backed"

    def needed(self) -> int:
        """Return half of the members, rounded up."""
        return (len(self.voters) + 1) // 2


class BelievesItself(Voter):
    """Says that it leads because it thinks so: cut off with a minority, it goes on saying it beside its successor."""

    violates = "one-effective-leader"

    async def on_who_leads(self, request: WhoLeads) -> None:
        """Answer at once, from memory, without asking anybody."""
        if self.state == LEADER:
            await self.reply(request, WhoLeadsOk(leader=self.node_id, term=self.term))
        else:
            await super().on_who_leads(request)
