"""The bully election: whoever is there and ranks highest leads, and says so to all others.

Hector Garcia-Molina, "Elections in a Distributed Computing System" (IEEE Transactions on Computers, 1982), section IV.
Model of the paper: no message takes longer than T_m, no answer longer than T_p, nodes crash and return, the network is
never cut. Outside of it two lead; `rule = "none"` is the paper's algorithm and shows that.

With `rule = "majority"` (the default) the smaller side refuses service: a coordinator serves only while a majority of
all members, not of those in sight, answers it; then it is safe under asynchrony, cuts and crashes too, and only its
liveness still needs the paper's model. What we add for that: a term in each announcement, on disk before it is said or
obeyed, so that an old announcement can't win; heartbeats; and answers confirmed by a round of them.

What would surprise: the highest always takes over when it returns, from a leader that did nothing wrong; and one that
is heard and hears nobody keeps winning and serves nobody. No two members ever use the same term: it is a round times
the number of members plus the rank.
"""

from chaosctl.node.messages import Error, ErrorCode, Message, RpcError
from chaosctl.node.pattern import majority
from chaosctl.node.role import Role
from chaosctl.patterns.election.bully_messages import Alive, AliveAck, Answer, Coordinator, Election
from chaosctl.patterns.election.raft_messages import WhoLeads, WhoLeadsOk
from chaosctl.patterns.election.rounds import Rounds
from chaosctl.patterns.failure_detector import Suspicion


class Member(Role):
    """Every node's one role; its rank is its place in the list of members, the last being the highest."""

    async def start(self) -> None:
        """Come back with the term that was synced; a node that returns calls an election."""
        self.term = self.store.get("term", int, 0)
        self.members = self.placement["member"]
        self.rank = self.members.index(self.node_id)
        self.coordinator = ""
        self.serving = False
        self.rounds = Rounds(self.node_id)
        self.attempt, self.electing, self.answered = 0, False, False
        self.suspicion = Suspicion(self)
        self.suspicion.detector.fresh_until = self.now()  # Nobody is known to coordinate.
        self.spawn(self.watch)

    async def watch(self) -> None:
        """Every heartbeat: send it as the coordinator; and see whether what should be heard is."""
        while True:
            await self.sleep(self.options.heartbeat)
            if self.coordinator == self.node_id:
                await self.beat()
            if self.suspicion.is_raised():
                await self.suspect()

    async def suspect(self) -> None:
        """Call an election where the coordinator is silent; as the coordinator, to whom all are, no longer serve."""
        if self.coordinator == self.node_id:
            await self.stop_serving("no-majority")
        else:
            self.coordinator = ""
            self.spawn(self.elect)

    # The election (the paper's section IV).

    async def elect(self) -> None:
        """Ask all of higher rank; coordinate if none answers within 2 T_m + T_p, else wait for an announcement."""
        if self.electing:
            return
        self.electing, self.answered = True, False
        self.attempt += 1
        attempt = self.attempt
        self.emit("election_started", term=self.term)
        for node in self.members[self.rank + 1 :]:
            await self.send(node, Election(attempt=attempt))
        if self.rank + 1 < len(self.members):
            await self.sleep(self.options.answer_timeout)
        if self.answered:
            await self.sleep(self.options.suspect)  # Another election, should no announcement follow.
        elif attempt == self.attempt:
            await self.announce()
        if attempt == self.attempt:  # Else a coordinator announced itself meanwhile.
            self.electing = False

    async def on_election(self, election: Election) -> None:
        """Stop the lower one that asks, and do it oneself; a coordinator only says again that it is one."""
        await self.reply(election, Answer(attempt=election.attempt))
        if self.coordinator == self.node_id:
            await self.send(election.src, Coordinator(term=self.term))
        else:
            await self.elect()

    async def on_answer(self, answer: Answer) -> None:
        """Leave it to those above."""
        if answer.attempt == self.attempt:
            self.answered = True

    async def announce(self) -> None:
        """Coordinate from now on, in a term of one's own above all that were seen."""
        await self.stop_serving("elected-again")
        self.coordinator = ""  # No heartbeat of the old reign may carry the new term.
        self.term = term = (self.term // len(self.members) + 1) * len(self.members) + self.rank
        self.store.put("term", term)
        await self.store.sync("announce")  # Forgotten, the term would be used again, and old answers count in it.
        if self.term != term:
            return
        self.coordinator, self.rounds, self.suspicion = self.node_id, Rounds(self.node_id), Suspicion(self)
        self.emit("leader_seen", term=term, leader=self.node_id)
        for node in self.members[: self.rank]:
            await self.send(node, Coordinator(term=term))
        await self.beat()

    async def on_coordinator(self, announced: Coordinator) -> None:
        """Obey a higher one."""
        await self.follow(announced.src, announced.term)

    async def on_alive(self, alive: Alive) -> None:
        """Obey a higher one; whoever is of an older term learns that from the answer."""
        await self.follow(alive.src, alive.term)
        round_ = alive.round if alive.term == self.term else 0  # An older reign's round must not count in a newer one.
        await self.reply(alive, AliveAck(term=self.term, round=round_))

    async def follow(self, coordinator: str, term: int) -> None:
        """Follow the coordinator of the present term if it ranks higher; bully it if it ranks lower."""
        await self.adopt(term)
        if term != self.term or coordinator == self.node_id:
            return
        if self.members.index(coordinator) < self.rank:
            self.spawn(self.elect)
            return
        if self.coordinator != coordinator:
            self.emit("leader_seen", term=term, leader=coordinator)
        self.coordinator = coordinator
        self.suspicion.hear(coordinator)
        self.attempt += 1  # An election that is under way is over.
        self.electing = False

    async def adopt(self, term: int) -> None:
        """Enter a newer term, without a coordinator; in any case return when the present one is on disk."""
        if term > self.term:
            self.term = term
            self.store.put("term", term)
            await self.stop_serving("newer-term")
            self.coordinator = ""
        await self.store.sync("term")

    # Serving: the smaller side refuses.

    def is_enough(self, members: set[str]) -> bool:
        """Return whether these may serve: a majority of all members, or half of them with the tie-breaker among it."""
        if self.options.rule == "none":
            return True
        is_half = 2 * len(members) == len(self.members)
        return len(members) >= majority(len(self.members)) or (is_half and self.options.tie_breaker in members)

    async def beat(self) -> None:
        """Begin the next round of heartbeats, to all: one of higher rank learns so that it should take over."""
        number, term = self.rounds.begin(), self.term
        for node in self.members:
            if node != self.node_id:
                await self.send(node, Alive(term=term, round=number))
        await self.settle()

    async def on_alive_ack(self, ack: AliveAck) -> None:
        """Count who answers; a newer term means that others were elected meanwhile, so a new election decides."""
        if ack.term > self.term:
            await self.adopt(ack.term)
            await self.elect()
        elif self.coordinator == self.node_id and ack.term == self.term:
            self.rounds.answer(ack.src, ack.round)
            await self.settle()

    async def settle(self) -> None:
        """Serve once enough have answered a round, and answer those who waited for it."""
        if self.coordinator != self.node_id or not self.rounds.confirm(self.is_enough):
            return
        self.suspicion.hear("")  # A majority was heard; who coordinates suspects nobody by name.
        if not self.serving:
            self.serving = True
            self.emit("became_leader", term=self.term)
        term = self.term
        for request in self.rounds.take_due():
            await self.reply(request, WhoLeadsOk(leader=self.node_id, term=term))
        if self.rounds.waiting and self.rounds.confirmed == self.rounds.last:
            await self.beat()

    async def stop_serving(self, why: str) -> None:
        """Serve no longer, and say so to those who wait."""
        if self.serving:
            self.serving = False
            self.emit("stepped_down", term=self.term, why=why)
        for request in self.rounds.take_all():
            await self.refuse(request)

    async def on_who_leads(self, request: WhoLeads) -> None:
        """As the leader, wait for a round begun after the question; else pass it on to the coordinator."""
        if self.serving and self.rounds.ask(request):
            if self.rounds.confirmed == self.rounds.last:  # Else that round, once answered, begins the next.
                await self.beat()
        elif self.coordinator not in ("", self.node_id) and not request.forwarded:
            try:
                answer = await self.rpc(self.coordinator, WhoLeads(forwarded=True), self.options.patience, WhoLeadsOk)
            except RpcError:
                await self.refuse(request)
            else:
                await self.reply(request, answer)
        else:
            await self.refuse(request)

    async def refuse(self, request: Message) -> None:
        """Say that nobody may serve now."""
        hint = self.coordinator if self.coordinator != self.node_id else ""
        text = "no leader that a majority answers"
        await self.reply(request, Error(code=ErrorCode.TEMPORARILY_UNAVAILABLE, text=text, leader=hint or None))
