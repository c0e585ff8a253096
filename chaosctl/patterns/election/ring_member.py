"""Election on a ring: a token goes round and grows to the highest candidate; whose own comes back leads.

Ernest Chang, Rosemary Roberts, "An improved algorithm for decentralized extrema-finding in circular configurations of
processes" (CACM, 1979). A member passes on candidates that are higher than itself, swallows lower ones, and wins when
its own comes back; then its word goes round once more. All starting at once that takes 2N-1 to N(N+1)/2 tokens, N H_N
on average, and N for the word.
Model of the paper: asynchronous, a one-way ring that loses nothing and keeps order, nobody crashes.

What we add for crashes: a member that does not acknowledge is skipped (and asked now and then whether it is back); a
round in the token, so that those of an election given up are known; a new round where none has ended. The leader's word
goes round as its heartbeat. A cut makes a ring of each side, so the smaller one refuses service: a leader serves only
while its word comes back obeyed by a majority of all members. With that it is safe under asynchrony, crashes and cuts:
a term is on disk before it is obeyed, and no two members ever use the same (a round times the number of members plus
the rank).

What would surprise: a token whose candidate died would circle for ever, did not each member pass a candidate only once
a round. And an answer takes a whole circuit, N delays in a row, where a star needs two.
"""

from chaosctl.node.messages import Error, ErrorCode, Message, RpcError
from chaosctl.node.pattern import majority
from chaosctl.node.role import Role
from chaosctl.patterns.election.raft_messages import WhoLeads, WhoLeadsOk
from chaosctl.patterns.election.ring_messages import Elected, Passed, Ping, Pong, Token
from chaosctl.patterns.election.rounds import Rounds
from chaosctl.patterns.failure_detector import Suspicion


class RingMember(Role):
    """Every node's one role; the ring is the list of members, a candidate's rank the number in its name."""

    async def start(self) -> None:
        """Come back with the term that was synced, and stand soon."""
        self.term = self.store.get("term", int, 0)
        self.members = self.placement["ring-member"]
        self.leader, self.serving = "", False
        self.rounds = Rounds(self.node_id)
        self.round, self.forwarded = 0, set[str]()
        self.skipped: set[str] = set()
        self.suspicion = Suspicion(self)
        self.suspicion.detector.fresh_until = self.now()  # Nobody is known to lead.
        self.spawn(self.watch)
        self.spawn(self.find_returned)

    async def watch(self) -> None:
        """Every heartbeat: send the leader's word round; and see whether what should be heard is."""
        while True:
            await self.sleep(self.options.heartbeat)
            if self.leader == self.node_id:
                self.spawn(self.begin_circuit)
            if self.suspicion.is_raised():
                await self.suspect()

    async def suspect(self) -> None:
        """Begin another election where the leader, or the election, is silent: the leader itself no longer serves."""
        await self.stop_serving("no-majority")
        self.leader = ""
        await self.initiate()

    # The ring.

    def successors(self) -> list[str]:
        """Return who comes next, and who after that where that one is dead, round to this member itself."""
        place = self.members.index(self.node_id)
        following = [*self.members[place + 1 :], *self.members[:place]]
        return [node for node in following if node not in self.skipped] + [self.node_id]

    async def pass_on(self, message: Token | Elected) -> None:
        """Give a message to the first successor that acknowledges it; a ring of one ends here."""
        for node in self.successors():
            if node == self.node_id:
                await self.take_back(message)
                return
            try:
                passed = await self.rpc(node, message, self.options.hop_timeout, Passed)
            except RpcError:
                self.skipped.add(node)
                continue
            await self.adopt(passed.term)
            return

    async def take_back(self, message: Token | Elected) -> None:
        """Take in what came round to this member because all others are skipped."""
        if isinstance(message, Token):
            await self.weigh(message)
        else:
            await self.count(message)

    async def find_returned(self) -> None:
        """Ask those that are skipped whether they are back."""
        while True:
            await self.sleep(self.options.heartbeat)
            for node in sorted(self.skipped):
                await self.send(node, Ping())

    async def on_ping(self, ping: Ping) -> None:
        """Be there."""
        await self.reply(ping, Pong())

    async def on_pong(self, pong: Pong) -> None:
        """Skip it no longer: it hears us, and is heard."""
        self.skipped.discard(pong.src)

    # The election (Chang and Roberts).

    async def initiate(self) -> None:
        """Begin a round of elections above all that were seen, with this member for its candidate."""
        self.enter(max(self.round, self.term // len(self.members)) + 1)
        self.forwarded.add(self.node_id)
        self.emit("election_started", term=self.term)
        await self.pass_on(Token(round=self.round, candidate=self.node_id))

    def enter(self, round_: int) -> None:
        """Enter a newer round, in which nothing was passed on."""
        self.round, self.forwarded, self.suspicion = round_, set(), Suspicion(self)

    async def on_token(self, token: Token) -> None:
        """Acknowledge, then weigh."""
        await self.reply(token, Passed(term=self.term))
        await self.weigh(token)

    async def weigh(self, token: Token) -> None:
        """Pass on a higher candidate, stand against a lower one, win with one's own; an older round's is dropped."""
        if token.round > self.round:
            self.enter(token.round)
        if token.round < self.round:
            return
        if token.candidate == self.node_id:
            await self.win(token.round)
            return
        highest = max(token.candidate, self.node_id, key=rank)
        if highest not in self.forwarded:  # A second time round it has lost its way: its candidate is dead.
            self.forwarded.add(highest)
            await self.pass_on(Token(round=token.round, candidate=highest))

    async def win(self, round_: int) -> None:
        """Lead in a term of one's own; the word of it goes round once it is on disk."""
        term = round_ * len(self.members) + self.members.index(self.node_id)
        if term <= self.term:
            return  # The token came twice, or others have led since.
        await self.adopt(term)
        if self.term == term:
            self.leader, self.rounds, self.suspicion = self.node_id, Rounds(self.node_id), Suspicion(self)
            self.emit("leader_seen", term=term, leader=self.node_id)
            await self.begin_circuit()

    async def adopt(self, term: int) -> None:
        """Enter a newer term, without a leader; in any case return when the present one is on disk."""
        if term > self.term:
            self.term = term
            self.store.put("term", term)
            await self.stop_serving("newer-term")
            self.leader = ""
        await self.store.sync("term")  # Obeyed and forgotten, an older leader would be obeyed again.

    # The leader's word, and serving: the smaller side refuses.

    async def begin_circuit(self) -> None:
        """Send the word round, if it is still this member's to send."""
        if self.leader != self.node_id:
            return
        number = self.rounds.begin()
        await self.pass_on(Elected(term=self.term, leader=self.node_id, circuit=number, passed=[self.node_id]))

    async def on_elected(self, elected: Elected) -> None:
        """Obey and pass the word on, with one's name; of an older term tell the one who passed it."""
        await self.adopt(elected.term)
        await self.reply(elected, Passed(term=self.term))
        if elected.term != self.term:
            return
        if elected.leader == self.node_id:
            await self.count(elected)
        elif self.node_id not in elected.passed:
            if self.leader != elected.leader:
                self.emit("leader_seen", term=elected.term, leader=elected.leader)
            self.leader = elected.leader
            self.suspicion.hear(elected.leader)
            named = Elected(
                term=elected.term,
                leader=elected.leader,
                circuit=elected.circuit,
                passed=[*elected.passed, self.node_id],
            )
            await self.pass_on(named)

    async def count(self, elected: Elected) -> None:
        """The word is back: serve if enough obey, and answer those who waited for this circuit."""
        if self.leader != self.node_id or elected.term != self.term:
            return
        for member in elected.passed:
            self.rounds.answer(member, elected.circuit)
        if not self.rounds.confirm(self.is_enough):
            return
        self.suspicion.hear("")  # Who leads suspects nobody by name.
        if not self.serving:
            self.serving = True
            self.emit("became_leader", term=self.term)
        for request in self.rounds.take_due():
            await self.reply(request, WhoLeadsOk(leader=self.node_id, term=elected.term))
        if self.rounds.waiting and self.rounds.confirmed == self.rounds.last:
            self.spawn(self.begin_circuit)

    def is_enough(self, members: set[str]) -> bool:
        """Return whether these may serve: a majority of all members, not of the ring that is left."""
        return len(members) >= majority(len(self.members))

    async def stop_serving(self, why: str) -> None:
        """Serve no longer, and say so to those who wait."""
        if self.serving:
            self.serving = False
            self.emit("stepped_down", term=self.term, why=why)
        for request in self.rounds.take_all():
            await self.refuse(request)

    async def on_who_leads(self, request: WhoLeads) -> None:
        """As the leader, wait for a circuit begun after the question; else pass it on to the leader."""
        if self.serving and self.rounds.ask(request):
            if self.rounds.confirmed == self.rounds.last:  # Else that circuit, once back, begins the next.
                await self.begin_circuit()
        elif self.leader not in ("", self.node_id) and not request.forwarded:
            try:
                answer = await self.rpc(self.leader, WhoLeads(forwarded=True), self.options.patience, WhoLeadsOk)
            except RpcError:
                await self.refuse(request)
            else:
                await self.reply(request, answer)
        else:
            await self.refuse(request)

    async def refuse(self, request: Message) -> None:
        """Say that nobody may serve now."""
        hint = self.leader if self.leader != self.node_id else ""
        text = "no leader that a majority obeys"
        await self.reply(request, Error(code=ErrorCode.TEMPORARILY_UNAVAILABLE, text=text, leader=hint or None))


def rank(name: str) -> tuple[int, str]:
    """Return what orders candidates: n9 below n10."""
    return len(name), name
