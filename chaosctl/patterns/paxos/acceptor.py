"""The acceptor of single-decree Paxos: promises ballots, accepts values, and forgets neither in a crash.

Leslie Lamport, "Paxos Made Simple" (2001), section 2.2: on_prepare is phase 1(b), on_accept is phase 2(b).
All of safety rests on one rule: no promise and no accept is answered before it is synced.
"""

from chaosctl.node.role import Role
from chaosctl.patterns.paxos.messages import (
    NO_BALLOT,
    Accept,
    Accepted,
    Ballot,
    Learn,
    Prepare,
    Promise,
    Proposal,
    Refused,
    Remind,
)


class Acceptor(Role):
    """Remembers, on disk, the highest ballot that it promised and the proposal that it accepted last."""

    async def start(self) -> None:
        """Come back with the promise and the proposal that were synced."""
        self.promised: Ballot = self.store.get("promised", Ballot, NO_BALLOT)
        self.accepted: Proposal | None = self.store.get("accepted", Proposal | None, None)

    async def on_prepare(self, prepare: Prepare) -> None:
        """Promise a ballot, and report what was accepted below it."""
        if prepare.ballot < self.promised:  # An equal ballot is the same prepare once more: answer it again.
            await self.refuse(prepare)
            return
        accepted = self.accepted  # Read before the sync: other handlers run while we wait for the disk.
        await self.keep_promise(prepare.ballot)
        await self.reply(prepare, Promise(ballot=prepare.ballot, accepted=accepted))

    async def keep_promise(self, ballot: Ballot) -> None:
        """Put a promise on disk: one that a crash forgets is one broken."""
        self.promised = ballot
        self.store.put("promised", ballot)
        self.emit("promised", durable=True, slot=0, ballot=ballot)
        await self.store.sync("promise")

    async def on_accept(self, accept: Accept) -> None:
        """Accept a proposal unless a higher ballot is promised, and tell the learners."""
        if not self.may_accept(accept.ballot):
            await self.refuse(accept)
            return
        self.promised, self.accepted = accept.ballot, Proposal(accept.ballot, accept.value)
        self.store.put("promised", self.promised)
        self.store.put("accepted", self.accepted)
        self.emit("accepted", durable=True, slot=0, ballot=accept.ballot, value=accept.value)
        await self.store.sync("accept")  # Both or neither, and before anybody counts us.
        await self.reply(accept, Accepted(ballot=accept.ballot))
        await self.tell_learners(Learn(ballot=accept.ballot, value=accept.value))

    async def tell_learners(self, learn: Learn) -> None:
        """Phase 2(b): tell every learner, or the distinguished one; one acceptance is no choice to anybody (2.3)."""
        learners = self.placement["learner"]
        for learner in learners[:1] if self.options.learners == "distinguished" else learners:
            await self.send(learner, learn)

    def may_accept(self, ballot: Ballot) -> bool:
        """Return whether no promise forbids this ballot."""
        return ballot >= self.promised

    async def refuse(self, request: Prepare | Accept) -> None:
        """Tell a proposer that it is outbid."""
        self.emit("refused", slot=0, ballot=request.ballot, promised=self.promised)
        await self.reply(request, Refused(ballot=request.ballot, promised=self.promised))

    async def on_remind(self, remind: Remind) -> None:
        """Repeat to a learner what was accepted, once it is on disk (the paper leaves catching up out)."""
        accepted = self.accepted
        await self.store.sync("remind")
        if accepted is not None:
            await self.reply(remind, Learn(ballot=accepted.ballot, value=accepted.value))
