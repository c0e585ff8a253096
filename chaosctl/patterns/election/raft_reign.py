"""A reign: one term that a voter leads, its heartbeats, and the questions that a majority confirms or nobody does.

Diego Ongaro, "Consensus: Bridging Theory and Practice" (2014), sections 3.4 and 6.4. A leader's belief is worth
nothing: it says that it leads only after a majority has answered a round of heartbeats begun after the question.
"""

from typing import TYPE_CHECKING

from chaosctl.node.messages import Message
from chaosctl.patterns.election.raft_messages import HeartbeatAck, WhoLeadsOk
from chaosctl.patterns.election.rounds import Rounds

if TYPE_CHECKING:
    from chaosctl.patterns.election.raft import Voter


class Reign:
    """One term of one leader, over as soon as the voter leads no longer, or in another one."""

    def __init__(self, voter: "Voter") -> None:
        self.voter, self.term = voter, voter.term
        self.rounds = Rounds(voter.node_id)

    @property
    def is_over(self) -> bool:
        """Return whether this voter leads no longer, or another term."""
        return self.voter.leader != self.voter.node_id or self.voter.reign is not self

    async def lead(self) -> None:
        """Send heartbeats for as long as this term is led."""
        while not self.is_over:
            await self.begin_round()
            await self.voter.sleep(self.voter.options.heartbeat)

    async def begin_round(self) -> None:
        """Send the next round of heartbeats."""
        await self.voter.beat(self.rounds.begin())
        await self.settle()

    async def count(self, ack: HeartbeatAck) -> None:
        """Count a follower's answer; with a majority's, a round is confirmed."""
        self.rounds.answer(ack.src, ack.round)
        await self.settle()

    async def settle(self) -> None:
        """Confirm the last round that a majority has answered, to all who wait for it."""
        if self.is_over or not self.rounds.confirm(self.is_majority):
            return
        for request in self.rounds.take_due():
            await self.voter.reply(request, WhoLeadsOk(leader=self.voter.node_id, term=self.term))
        if self.rounds.waiting and self.rounds.confirmed == self.rounds.last:
            await self.begin_round()

    def is_majority(self, backers: set[str]) -> bool:
        """Return whether so many answered, this voter among them, that nobody else can lead a newer term unseen."""
        return len(backers) >= self.voter.needed()

    async def ask(self, request: Message) -> None:
        """Let a question wait for a round begun after it."""
        if not self.rounds.ask(request):
            await self.voter.refuse(request)
        elif self.rounds.confirmed == self.rounds.last:  # Else that round, once answered, begins the next for all.
            await self.begin_round()

    async def refuse_all(self) -> None:
        """Tell those who wait for a confirmation that none will come."""
        for request in self.rounds.take_all():
            await self.voter.refuse(request)
