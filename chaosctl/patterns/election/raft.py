"""Raft's leader election: who leads, in which term, and nothing else.

Diego Ongaro, "Consensus: Bridging Theory and Practice" (2014), sections 3.3 and 3.4, with 3.10 (an ordered election),
4.2.3 and 6.2 (check-quorum, and voters that hear a leader), 6.4 (confirmed reads), 9.6 (pre-vote).
Model: safe under asynchrony and crash-recovery (messages lost, late, doubled; a node returns with what it synced),
live under partial synchrony. There is no log: `behind` names those whose log would lack an entry that the others have,
which is all that the comparison before a vote (3.6.1) asks of it. What would surprise: requests for votes may leave
before the candidate's own vote is on disk; it does not lead before that is, however many others vote.
"""

from chaosctl.node.messages import Error, ErrorCode, Message, RpcError
from chaosctl.node.pattern import majority
from chaosctl.node.role import Role
from chaosctl.patterns.election import raft_messages as say
from chaosctl.patterns.election.raft_reign import Reign

FOLLOWER, PRE_CANDIDATE, CANDIDATE, LEADER = "follower", "pre-candidate", "candidate", "leader"
ROUNDING = 1e-6  # Seconds: a sum of times may be wrong by less, and no timer needs more.


class Voter(Role):
    """Every node's one role. On disk before anything that rests on it is said: the term, and the vote in it."""

    async def start(self) -> None:
        """Come back as a follower with the term and the vote that were synced."""
        self.term, self.voted_for = self.store.get("vote", tuple[int, str], (0, ""))
        self.voters = self.placement["voter"]
        self.state, self.leader = FOLLOWER, ""
        self.is_opposed = False  # Somebody has voted for another one in the election that goes on.
        self.votes, self.heard = set[str](), set[str]()
        self.heard_leader_at: float | None = None
        self.reign = Reign(self)
        self.last: say.LogEnd = (0, 0 if self.node_id in self.options.behind else 1)
        self.reset_timer()
        self.spawn(self.watch)

    # Timers (3.4).

    async def watch(self) -> None:
        """When the timer runs out: stand for election; a leader looks whether it heard a majority meanwhile (6.2)."""
        while True:
            # A timer that ends later than any can is one whose clock was set back.
            while ROUNDING < (left := self.deadline - self.now()) <= self.options.election_timeout_max + ROUNDING:
                await self.sleep(left)
            self.reset_timer()
            if self.state != LEADER:
                await self.stand()
            elif self.options.check_quorum and len(self.heard | {self.node_id}) < self.needed():
                self.step_down("no-quorum")
            else:
                self.heard = set()

    def reset_timer(self) -> None:
        """Draw a new timeout: for a current leader's heartbeat, a vote given, an election begun, and nothing else."""
        timeout = self.random.uniform(self.options.election_timeout_min, self.options.election_timeout_max)
        self.deadline = self.now() + timeout

    def hears_leader(self) -> bool:
        """Return whether a leader was heard within the least election timeout; a leader hears itself."""
        if self.state == LEADER or self.heard_leader_at is None:
            return self.state == LEADER
        return bool(0 <= self.now() - self.heard_leader_at < self.options.election_timeout_min)

    # Elections (3.4, 9.6).

    async def stand(self) -> None:
        """Begin an election: at once, or after asking whether it could be won."""
        if self.state == CANDIDATE and self.is_opposed:
            self.emit("vote_split", term=self.term)  # The third outcome of Raft's section 5.2: nobody wins.
        self.emit("election_started", term=self.term)
        if not self.options.pre_vote:
            await self.campaign()
            return
        self.state, self.leader, self.votes = PRE_CANDIDATE, "", {self.node_id}
        await self.tell_others(say.RequestPreVote(term=self.term + 1, last=self.last))
        await self.count_pre_votes()

    async def on_request_pre_vote(self, request: say.RequestPreVote) -> None:
        """Say how one would vote; nothing changes here, and the timer runs on."""
        granted = request.term > self.term and not self.hears_leader() and self.is_up_to_date(request.last)
        await self.reply(request, say.PreVote(term=request.term if granted else self.term, granted=granted))

    async def on_pre_vote(self, vote: say.PreVote) -> None:
        """Count a vote that would be given, if it is for the term that this node would enter now."""
        if not vote.granted:
            await self.adopt(vote.term)
        elif self.state == PRE_CANDIDATE and vote.term == self.term + 1:
            self.votes.add(vote.src)
            await self.count_pre_votes()

    async def count_pre_votes(self) -> None:
        """Stand in earnest once a majority would vote."""
        if self.state == PRE_CANDIDATE and len(self.votes) >= self.needed():
            await self.campaign()

    async def campaign(self) -> None:
        """Enter the next term and ask for votes; one's own counts when it is on disk."""
        self.state, self.leader, self.votes, self.is_opposed = CANDIDATE, "", set(), False
        term = self.term = self.term + 1
        self.emit("became_candidate", durable=True, term=term)
        self.vote_for(self.node_id)
        await self.tell_others(say.RequestVote(term=term, last=self.last))
        await self.keep_vote()
        await self.count_vote(term, self.node_id)

    async def on_request_vote(self, request: say.RequestVote) -> None:
        """Vote once a term, for the first who asks; the vote is on disk before it is said."""
        if self.options.check_quorum and self.hears_leader():
            return  # 4.2.3: neither a vote nor a new term while a leader is heard.
        self.enter(request.term)
        is_free = request.term == self.term and self.may_vote_for(request.src)
        if not is_free or not self.is_up_to_date(request.last):
            await self.adopt(request.term)
            await self.reply(request, say.Vote(term=self.term, granted=False))
            return
        self.vote_for(request.src)
        await self.keep_vote()
        await self.reply(request, say.Vote(term=request.term, granted=True))

    def may_vote_for(self, candidate: str) -> bool:
        """Return whether this term's vote is free, or was this candidate's already (its request came twice)."""
        return self.voted_for in ("", candidate)

    def is_up_to_date(self, last: say.LogEnd) -> bool:
        """Return whether a candidate's log is as new as this node's own; a leader must have all that is committed."""
        return bool(last >= self.last)

    def vote_for(self, candidate: str) -> None:
        """Give this term's vote, in memory: it is said, or counted, only after `keep_vote`."""
        self.voted_for = candidate
        self.store.put("vote", (self.term, candidate))
        self.emit("voted", durable=True, term=self.term, candidate=candidate)
        self.reset_timer()

    async def keep_vote(self) -> None:
        """Put the vote on disk: one that a crash forgets can be cast twice."""
        await self.store.sync("vote")

    async def on_vote(self, vote: say.Vote) -> None:
        """Count a vote, or learn of a newer term."""
        if vote.granted:
            await self.count_vote(vote.term, vote.src)
        else:
            self.is_opposed = self.is_opposed or vote.term == self.term
            await self.adopt(vote.term)

    async def count_vote(self, term: int, voter: str) -> None:
        """Lead once a majority of distinct voters stands behind this very term, this node's own disk among them.

        Elected by others before its term is on disk, a node could crash, come back and win the same term again.
        """
        if self.state != CANDIDATE or term != self.term:
            return  # A vote of an election that is over.
        self.votes.add(voter)
        if self.node_id in self.votes and len(self.votes) >= self.needed():
            self.state, self.leader = LEADER, self.node_id
            self.reset_timer()
            self.emit("became_leader", term=term, votes=sorted(self.votes))
            self.take_office()
            self.spawn(self.reign.lead)

    def take_office(self) -> None:
        """Begin a reign, in which nobody was heard yet."""
        self.heard, self.reign = set(), Reign(self)

    def needed(self) -> int:
        """Return how many voters decide: a majority of all members, not of those in sight."""
        return majority(len(self.voters))

    # Terms (3.3).

    async def adopt(self, term: int) -> None:
        """Enter a newer term; in any case return when the present term is on disk."""
        self.enter(term)
        await self.store.sync("term")

    def enter(self, term: int) -> None:
        """Be of a newer term, voteless and as a follower, in memory: nothing is said of it before it is on disk."""
        if term > self.term:
            self.step_down("newer-term")
            self.term, self.voted_for = term, ""
            self.store.put("vote", (term, ""))

    def step_down(self, why: str) -> None:
        """Be a follower; a leader tells it to those who wait for a confirmation, and begins to wait for another."""
        if self.state == LEADER:
            self.reset_timer()  # It counted who answers, not how long since a leader was heard.
            self.emit("stepped_down", term=self.term, why=why)
            self.spawn(self.reign.refuse_all)
        self.state, self.leader = FOLLOWER, ""

    async def on_operator(self, command: str, arguments: dict[str, str]) -> None:  # noqa: ARG002 (takes none)
        """Obey `stand`: an election at once (3.10); under check-quorum voters that hear a leader take no part."""
        if command == "stand" and self.state != LEADER:
            await self.campaign()

    # Heartbeats, and saying who leads (6.4).

    async def beat(self, number: int) -> None:
        """Send this round of heartbeats."""
        await self.tell_others(say.Heartbeat(term=self.term, round=number))

    async def on_heartbeat(self, heartbeat: say.Heartbeat) -> None:
        """Follow the leader of the present term; an older one learns from the answer that it is deposed."""
        await self.adopt(heartbeat.term)
        if heartbeat.term == self.term:
            self.follow(heartbeat.src)
        # A late heartbeat of an earlier reign has rounds of its own: they must not confirm this one's.
        number = heartbeat.round if heartbeat.term == self.term else 0
        await self.reply(heartbeat, say.HeartbeatAck(term=self.term, round=number))

    def follow(self, leader: str) -> None:
        """Follow the leader of the present term, which was heard just now."""
        if self.leader != leader:
            self.emit("leader_seen", term=self.term, leader=leader)
        self.state, self.leader, self.heard_leader_at = FOLLOWER, leader, self.now()
        self.reset_timer()

    async def on_heartbeat_ack(self, ack: say.HeartbeatAck) -> None:
        """Count who still follows."""
        if ack.term > self.term:
            await self.adopt(ack.term)
        elif self.state == LEADER and ack.term == self.term:
            self.heard.add(ack.src)
            await self.reign.count(ack)

    async def on_who_leads(self, request: say.WhoLeads) -> None:
        """As the leader, wait for a round begun after the question; else pass it on to the leader that is known."""
        if self.state == LEADER:
            await self.reign.ask(request)
        elif self.leader and not request.forwarded:
            try:
                patience = self.options.patience
                answer = await self.rpc(self.leader, say.WhoLeads(forwarded=True), patience, say.WhoLeadsOk)
            except RpcError:
                await self.refuse(request)
            else:
                await self.reply(request, answer)
        else:
            await self.refuse(request)

    async def refuse(self, request: Message) -> None:
        """Say that nobody can be confirmed now, and who leads as far as is known."""
        text = "no leader that a majority confirms"
        await self.reply(request, Error(code=ErrorCode.TEMPORARILY_UNAVAILABLE, text=text, leader=self.leader or None))

    async def tell_others(self, body: Message) -> None:
        """Send the same to all other nodes."""
        for node in [node for node in self.voters if node != self.node_id]:
            await self.send(node, body)
