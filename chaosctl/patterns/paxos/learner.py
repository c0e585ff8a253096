"""The learner of single-decree Paxos: finds out that a value is chosen.

Leslie Lamport, "Paxos Made Simple" (2001), section 2.3. Chosen is what a majority of acceptors has accepted under one
ballot: acceptances of one value under several ballots do not add up, even when every proposer is correct.
Either every acceptor tells every learner, or only the distinguished one, the first, which tells the others: fewer
messages, one more delay. It keeps nothing on disk. A learner that has missed the news asks the acceptors again when a
client asks it.
"""

from chaosctl.node.role import Role
from chaosctl.patterns.paxos.messages import Ballot, Inform, Learn, Remind, Value, WhatIsChosen, WhatIsChosenOk

ATTEMPTS = 3
"""So often a learner asks the acceptors before it tells a client that it knows of no chosen value."""


class Learner(Role):
    """Counts acceptors by ballot, until one ballot has a majority."""

    async def start(self) -> None:
        """Begin knowing nothing."""
        self.learned: Value | None = None
        self.acceptors_of: dict[Ballot, set[str]] = {}

    async def on_learn(self, learn: Learn) -> None:
        """Count an acceptor; what is learned once never changes."""
        acceptors = self.acceptors_of.setdefault(learn.ballot, set())
        acceptors.add(learn.src)
        if self.learned is None and len(acceptors) >= self.needed():
            self.take(learn)
            if self.options.learners == "distinguished" and self.node_id == self.placement["learner"][0]:
                for learner in self.placement["learner"][1:]:
                    await self.send(learner, Inform(ballot=learn.ballot, value=learn.value))

    async def on_inform(self, inform: Inform) -> None:
        """Believe the distinguished learner, which has counted."""
        if self.learned is None:
            self.take(inform)

    def take(self, news: Learn | Inform) -> None:
        """Hold a value for chosen from now on."""
        self.learned = news.value
        self.emit("learned", slot=0, ballot=news.ballot, value=news.value)

    def needed(self) -> int:
        """Return how many acceptors of one ballot choose its value."""
        return int(self.options.acceptances_of(self.placement["acceptor"]))

    async def on_what_is_chosen(self, request: WhatIsChosen) -> None:
        """Tell a client what is chosen, after asking the acceptors where that is not known here."""
        for _ in range(ATTEMPTS):
            if self.learned is not None:
                break
            for acceptor in self.placement["acceptor"]:
                await self.send(acceptor, Remind())
            await self.sleep(self.options.retransmit)
        await self.reply(request, WhatIsChosenOk(value=self.learned))
