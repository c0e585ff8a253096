"""The learner of single-decree Paxos: finds out that a value is chosen.

Leslie Lamport, "Paxos Made Simple" (2001), section 2.3. Chosen is what a majority of acceptors has accepted under one
ballot: acceptances of one value under several ballots do not add up, even when every proposer is correct.
It keeps nothing on disk. A learner that has missed the news asks the acceptors again when a client asks it.
"""

from chaosctl.node.pattern import majority
from chaosctl.node.role import Role
from chaosctl.patterns.paxos.messages import Ballot, Learn, Remind, Value, WhatIsChosen, WhatIsChosenOk

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
            self.learned = learn.value
            self.emit("learned", slot=0, ballot=learn.ballot, value=learn.value)

    def needed(self) -> int:
        """Return how many acceptors of one ballot choose its value."""
        return majority(len(self.placement["acceptor"]))

    async def on_what_is_chosen(self, request: WhatIsChosen) -> None:
        """Tell a client what is chosen, after asking the acceptors where that is not known here."""
        for _ in range(ATTEMPTS):
            if self.learned is not None:
                break
            for acceptor in self.placement["acceptor"]:
                await self.send(acceptor, Remind())
            await self.sleep(self.options.retransmit)
        await self.reply(request, WhatIsChosenOk(value=self.learned))
