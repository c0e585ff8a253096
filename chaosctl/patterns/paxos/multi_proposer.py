"""The proposer of a Multi-Paxos log: one phase 1 for all slots, then phase 2 alone for each command.

Leslie Lamport, "Paxos Made Simple" (2001), section 3. A new leader proposes again what it was told under the highest
ballot, fills holes with no-ops, and puts new commands only above all that. Who leads is settled by ballots: a silent
leader is given up after a random time, and whoever stands has a ballot above all that it has seen. With option `lease`
the leader asks for one with each heartbeat, and answers readers (multi_lease).
"""

from functools import partial

from chaosctl.node.messages import ErrorCode, Message, RpcError
from chaosctl.node.role import Role
from chaosctl.patterns.paxos.messages import NO_BALLOT, Ballot
from chaosctl.patterns.paxos.multi_lease import MasterLease
from chaosctl.patterns.paxos.multi_messages import (
    NOOP,
    AcceptedSlot,
    AcceptSlot,
    Applied,
    AskLease,
    AskSlot,
    Chosen,
    Command,
    LeaderIs,
    Leading,
    LeaseGranted,
    PrepareLog,
    PromiseLog,
    RefusedLog,
    SlotIs,
    Slots,
    Submit,
)

FOLLOWER, PREPARING, LEADER = "follower", "preparing", "leader"


class LogProposer(Role):
    """Every node's proposer; at most one of them leads under the highest ballot. On disk: the last round it used."""

    async def start(self) -> None:
        """Come back as a follower; the round was synced before any ballot with it was used."""
        self.round = self.store.get("round", int, 0)
        self.state, self.ballot, self.leader = FOLLOWER, NO_BALLOT, ""
        self.highest = NO_BALLOT
        self.known = self.last = self.settled = 0
        self.promises: dict[str, Slots] = {}
        self.proposed: dict[int, Command] = {}
        self.acks: dict[int, set[str]] = {}
        self.hear_leader()
        self.spawn(self.watch)

    def hear_leader(self) -> None:
        """Draw a new timeout: a leader was heard, or an election begun."""
        timeout = self.random.uniform(self.options.election_timeout_min, self.options.election_timeout_max)
        self.deadline = self.now() + timeout

    async def watch(self) -> None:
        """Stand when no leader was heard in time; a leader hears itself."""
        while True:
            while 0 < (left := self.deadline - self.now()) <= self.options.election_timeout_max:
                await self.sleep(left + 0.001)
            await self.stand()

    async def reign(self, ballot: Ballot) -> None:
        """Send heartbeats for as long as this node leads under this ballot."""
        while self.state == LEADER and self.ballot == ballot:
            await self.beat()
            await self.sleep(self.options.heartbeat)

    async def beat(self) -> None:
        """Say that this node leads, ask for the lease, and repeat what a majority has not answered."""
        if self.options.lease:
            await self.tell_acceptors(AskLease(ballot=self.ballot, number=self.lease.ask(self.now())))
        for node in self.nodes:
            await self.send(node, Leading(ballot=self.ballot, last=self.last))
        for slot, command in list(self.proposed.items()):
            for acceptor in self.placement["acceptor"]:
                if acceptor not in self.acks.get(slot, self.nodes):
                    await self.send(acceptor, AcceptSlot(ballot=self.ballot, slot=slot, command=command))

    # Phase 1, for the whole log at once.

    async def stand(self) -> None:
        """Phase 1(a) under a round that no ballot of this node had before, in any incarnation."""
        self.hear_leader()
        self.step_down("stands again")
        self.round = max(self.round, self.highest[0]) + 1
        self.state, self.promises, self.ballot = PREPARING, {}, (self.round, self.node_id)
        self.store.put("round", self.round)
        prepare = PrepareLog(ballot=self.ballot, first=self.known + 1)
        await self.store.sync("round")
        await self.tell_acceptors(prepare)

    async def on_promise_log(self, promise: PromiseLog) -> None:
        """With promises of a majority of distinct acceptors for this very ballot: lead."""
        self.known = max(self.known, promise.cut)
        if self.state == PREPARING and promise.ballot == self.ballot:
            self.promises[promise.src] = {slot: (ballot, command) for slot, ballot, command in promise.accepted}
            if len(self.promises) >= self.needed_promises():
                await self.lead()

    async def lead(self) -> None:
        """Propose again what was accepted under the highest ballots, no-ops in the holes; then serve."""
        self.state, self.leader, self.proposed, self.acks = LEADER, self.node_id, {}, {}
        self.emit("became_leader", term=self.term(self.ballot), votes=sorted(self.promises))
        reported = self.reported()
        self.last = self.settled = max([self.known, *reported])
        self.lease = self.new_lease()
        for slot in range(self.known + 1, self.last + 1):
            await self.propose(slot, reported[slot][1] if slot in reported else NOOP)
        await self.tell_store()
        self.spawn(partial(self.reign, self.ballot))

    def reported(self) -> Slots:
        """Return what the promises report for each slot, under the highest ballot of them."""
        highest: Slots = {}
        for accepted in self.promises.values():
            for slot, entry in accepted.items():
                if slot not in highest or entry[0] > highest[slot][0]:
                    highest[slot] = entry
        return highest

    # Phase 2, slot by slot.

    async def on_submit(self, submit: Submit) -> None:
        """Put a command into the next free slot; one that is under way already is not put there twice."""
        if self.state == LEADER and submit.command not in self.proposed.values():
            self.last += 1
            await self.propose(self.last, submit.command)

    async def propose(self, slot: int, command: Command) -> None:
        """Phase 2(a)."""
        self.proposed[slot], self.acks[slot] = command, set()
        self.emit("proposed", slot=slot, ballot=self.ballot, value=command)
        await self.tell_acceptors(AcceptSlot(ballot=self.ballot, slot=slot, command=command))

    async def on_accepted_slot(self, accepted: AcceptedSlot) -> None:
        """With a majority of distinct acceptors for this very ballot the slot is chosen: tell every store."""
        if self.state != LEADER or accepted.ballot != self.ballot or accepted.slot not in self.acks:
            return
        self.acks[accepted.slot].add(accepted.src)
        if len(self.acks[accepted.slot]) >= self.needed():
            del self.acks[accepted.slot]
            self.settled = max(self.settled, accepted.slot)
            chosen = Chosen(commands=[(accepted.slot, self.proposed.pop(accepted.slot))])
            for node in self.placement["store"]:
                await self.send(node, chosen)

    # The lease, and readers.

    def new_lease(self) -> MasterLease:
        """Return a lease that nobody has granted yet."""
        needed = len(self.placement["acceptor"]) - self.needed_promises() + 1
        return MasterLease(needed, self.options.lease * (1 - self.options.drift))

    async def on_lease_granted(self, granted: LeaseGranted) -> None:
        """Count who is bound to this reign."""
        if self.state == LEADER and granted.ballot == self.ballot:
            self.lease.grant(granted.src, granted.number)

    async def on_ask_slot(self, ask: AskSlot) -> None:
        """While nobody else can lead: say up to where all is chosen, or may have been before this reign."""
        if not self.may_tell():
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, "no lease")
        await self.reply(ask, SlotIs(slot=self.settled))

    def may_tell(self) -> bool:
        """Return whether this node leads, and surely alone."""
        return self.state == LEADER and self.lease.holds(self.now())

    # Giving way, and following.

    async def on_refused_log(self, refused: RefusedLog) -> None:
        """Give way to a higher ballot: phase 1 again, some time later."""
        self.highest = max(self.highest, refused.promised)
        if refused.promised > self.ballot and self.state != FOLLOWER:
            self.step_down("refused")
            self.hear_leader()

    async def on_leading(self, leading: Leading) -> None:
        """Follow whoever leads under a ballot as high as any that was seen here.

        With leases one's own does not count while one stands: acceptors that are bound promise it nothing, and whoever
        deposed their holder for it would do so again and again.
        """
        highest = self.highest if self.options.lease and self.state != LEADER else max(self.highest, self.ballot)
        if leading.ballot < highest:
            await self.reply(leading, RefusedLog(promised=highest))
            return
        self.highest = leading.ballot
        if leading.ballot != self.ballot:
            self.step_down("another leads")
        self.leader, self.last = leading.src, max(self.last, leading.last)
        self.hear_leader()
        await self.tell_store()

    def step_down(self, why: str) -> None:
        """Lead no longer, and follow nobody yet."""
        if self.state == LEADER:
            self.emit("stepped_down", term=self.term(self.ballot), why=why)
        self.state, self.leader = FOLLOWER, ""

    async def on_applied(self, applied: Applied) -> None:
        """Know from the store beside this role which slots need no phase 1 any more."""
        self.known = max(self.known, applied.slot)

    async def tell_store(self) -> None:
        """Tell the store beside this role whom to ask."""
        if self.node_id in self.placement["store"]:
            last = self.known if self.leader == self.node_id else self.last  # What it proposes is on its way.
            await self.send(self.node_id, LeaderIs(leader=self.leader, last=last))

    async def tell_acceptors(self, body: Message) -> None:
        """Send the same to every acceptor."""
        for acceptor in self.placement["acceptor"]:
            await self.send(acceptor, body)

    def needed_promises(self) -> int:
        """Return how many acceptors must promise before a node leads."""
        return int(self.options.promises_of(self.placement["acceptor"]))

    def needed(self) -> int:
        """Return how many acceptors choose a command."""
        return int(self.options.acceptances_of(self.placement["acceptor"]))

    def term(self, ballot: Ballot) -> int:
        """Return a ballot as one number, in the order of ballots."""
        return ballot[0] * len(self.nodes) + self.nodes.index(ballot[1])
