"""The proposer of single-decree Paxos: has a value chosen, its own or one that may already be.

Leslie Lamport, "Paxos Made Simple" (2001), section 2.2: `prepare` is phase 1(a), `on_promise` gathers phase 1(b) and
begins phase 2(a), `on_accepted` gathers phase 2(b). A round is on disk before its prepare leaves, so that no ballot
is used twice, not even over a crash. The paper leaves out retransmission and backoff: `retransmit` and `on_refused`.
Two proposers may outbid each other for ever (Fischer, Lynch, Paterson 1985); random growing pauses make it unlikely,
and so does a distinguished proposer (section 2.4), to whom the others leave it as long as it answers.
"""

from functools import partial

from chaosctl.node.messages import RpcError
from chaosctl.node.role import Role
from chaosctl.patterns.paxos.messages import (
    NO_BALLOT,
    Accept,
    Accepted,
    Ballot,
    Prepare,
    Promise,
    Proposal,
    Propose,
    ProposeOk,
    Refused,
    Value,
)

IDLE, PREPARING, ACCEPTING = "idle", "preparing", "accepting"


class Proposer(Role):
    """Runs one ballot at a time, for the first client that waits, until a value is known to be chosen."""

    async def start(self) -> None:
        """Come back with the last round that was synced, and nothing under way."""
        self.round: int = self.store.get("round", int, 0)
        self.phase, self.ballot = IDLE, NO_BALLOT
        self.promises: dict[str, Proposal | None] = {}
        self.accepted_by: set[str] = set()
        self.value: Value | None = None
        self.chosen: Value | None = None
        self.waiting: list[Propose] = []
        self.backoff: float = self.options.backoff

    async def on_propose(self, propose: Propose) -> None:
        """Take a client's value; it is told what is chosen when that is known."""
        if self.chosen is not None:
            await self.reply(propose, ProposeOk(value=self.chosen))
            return
        if self.options.proposers == "distinguished" and await self.leave_to_another(propose):
            return
        self.waiting.append(propose)
        if len(self.waiting) == 1:
            await self.prepare()

    async def leave_to_another(self, propose: Propose) -> bool:
        """Have a client's value proposed by the first proposer that answers, of those before this one (2.4)."""
        proposers = self.placement["proposer"]
        for other in proposers[: proposers.index(self.node_id)]:
            try:
                told = await self.rpc(other, Propose(value=propose.value), self.options.patience, ProposeOk)
            except RpcError:
                continue  # It is down, cut off or outbid: the next one may do better.
            await self.reply(propose, told)
            return True
        return False

    async def prepare(self) -> None:
        """Phase 1(a): begin a ballot that nobody has used, above every round heard of."""
        self.round += 1
        self.phase, self.ballot, self.promises = PREPARING, (self.round, self.node_id), {}
        ballot = self.ballot
        self.store.put("round", self.round)
        await self.store.sync("round")
        await self.tell_acceptors(Prepare(ballot=ballot))
        self.spawn(partial(self.retransmit, ballot))

    async def on_promise(self, promise: Promise) -> None:
        """Phase 1(b) to 2(a): with a majority's promises for this very ballot, ask to accept a value."""
        if self.phase != PREPARING or promise.ballot != self.ballot:
            return
        self.promises[promise.src] = promise.accepted
        if len(self.promises) >= self.needed_promises():
            self.phase, self.accepted_by = ACCEPTING, set()
            self.value = self.pick_value()
            self.emit("proposed", slot=0, ballot=self.ballot, value=self.value)
            await self.tell_acceptors(Accept(ballot=self.ballot, value=self.value))

    def pick_value(self) -> Value:
        """Return the value of the highest-numbered proposal reported; a client's own only where there is none."""
        reported = [accepted for accepted in self.promises.values() if accepted is not None]
        if reported:
            return max(reported, key=lambda proposal: proposal.ballot).value
        return self.waiting[0].value

    async def on_accepted(self, accepted: Accepted) -> None:
        """Phase 2(b): a majority's acceptance under this very ballot chooses its value."""
        if self.phase != ACCEPTING or accepted.ballot != self.ballot:
            return
        self.accepted_by.add(accepted.src)
        if len(self.accepted_by) >= self.needed():
            assert self.value is not None, "what is accepted was proposed"
            self.phase, self.chosen = IDLE, self.value
            self.emit("chosen_seen", slot=0, ballot=self.ballot, value=self.value)
            waiting, self.waiting = self.waiting, []
            for propose in waiting:
                await self.reply(propose, ProposeOk(value=self.chosen))

    def needed_promises(self) -> int:
        """Return how many acceptors make a quorum of phase 1."""
        return int(self.options.promises_of(self.placement["acceptor"]))

    def needed(self) -> int:
        """Return how many acceptors make a quorum of phase 2: so many have chosen."""
        return int(self.options.acceptances_of(self.placement["acceptor"]))

    async def on_refused(self, refused: Refused) -> None:
        """Give an outbid ballot up; begin a higher one after a random pause that grows."""
        if self.phase == IDLE or refused.ballot != self.ballot:
            return
        self.phase, self.round = IDLE, max(self.round, refused.promised[0])
        await self.sleep(self.random.uniform(0, self.backoff))
        self.backoff = min(2 * self.backoff, self.options.backoff_max)
        await self.prepare()

    async def retransmit(self, ballot: Ballot) -> None:
        """Repeat the present phase's request to those who have not answered, for as long as the ballot is run."""
        while True:
            await self.sleep(self.options.retransmit)
            if self.ballot != ballot or self.phase == IDLE:
                return
            if self.phase == PREPARING:
                await self.tell_acceptors(Prepare(ballot=ballot))
            elif self.value is not None:
                await self.tell_acceptors(Accept(ballot=ballot, value=self.value))

    async def tell_acceptors(self, body: Prepare | Accept) -> None:
        """Send a request to the acceptors that have not answered it."""
        answered = self.promises if isinstance(body, Prepare) else self.accepted_by
        for acceptor in self.placement["acceptor"]:
            if acceptor not in answered:
                await self.send(acceptor, body)
