"""What people get wrong in Raft's election (reference/consensus.md, sections 2 and 6), beyond its broken variants."""

from tests.mutants.mutant import Edit, Mutant

RAFT_ELECTION = (
    Mutant(
        "raft-election",
        "volatile-vote",
        (
            Edit(
                "Voter.start",
                'self.term, self.voted_for = self.store.get("vote", tuple[int, str], (0, ""))',
                'self.term, self.voted_for = 0, ""',
            ),
        ),
        "one-vote-a-term",
        "raft-election/vote-unsynced",
    ),
    Mutant(
        "raft-election",
        "own-vote-early",
        (
            Edit(
                "Voter.campaign",
                'self.state, self.leader, self.votes, self.is_opposed = CANDIDATE, "", set(), False',
                'self.state, self.leader, self.votes, self.is_opposed = CANDIDATE, "", {self.node_id}, False',
            ),
        ),
        "election-safety",
        "raft-election/own-vote-early",
    ),
    Mutant(
        "raft-election",
        "leads-unsynced",
        (
            Edit(
                "Voter.count_vote",
                "if self.node_id in self.votes and len(self.votes) >= self.needed():",
                "if len(self.votes) >= self.needed():",
            ),
        ),
        "terms-grow",
        "raft-election/leads-unsynced",
    ),
    Mutant(
        "raft-election",
        "no-own-vote",
        (Edit("Voter.campaign", "self.vote_for(self.node_id)", "self.reset_timer()"),),
        "election-safety",
        "raft-election/votes-again",
    ),
    Mutant(
        "raft-election",
        "stale-votes",
        (
            Edit(
                "Voter.on_vote",
                "await self.count_vote(vote.term, vote.src)",
                "await self.count_vote(self.term, vote.src)",
            ),
        ),
        "election-safety",
        "raft-election/stale-vote",
    ),
    Mutant(
        "raft-election",
        "votes-below",
        (
            Edit(
                "Voter.on_request_vote",
                "is_free = request.term == self.term and self.may_vote_for(request.src)",
                "is_free = self.may_vote_for(request.src)",
            ),
        ),
        "quorum-backed",
        "raft-election/late-request",
    ),
    Mutant(
        "raft-election",
        "vote-of-another-term",
        (
            Edit(
                "Voter.on_request_vote",
                "await self.reply(request, say.Vote(term=request.term, granted=True))",
                "await self.reply(request, say.Vote(term=self.term, granted=True))",
            ),
        ),
        "election-safety",
        "raft-election/vote-while-syncing",
    ),
    Mutant(
        "raft-election",
        "counts-visible",
        (
            Edit(
                "Voter.needed",
                "return majority(len(self.voters))",
                "return majority(len(self.heard | {self.node_id}))",
            ),
        ),
        "quorum-backed",
        "raft-election/leader-in-minority",
    ),
    Mutant(
        "raft-election",
        "vote-kept-over-terms",
        (Edit("Voter.enter", 'self.term, self.voted_for = term, ""', "self.term = term"),),
        "leader-in-the-end",
        "raft-election/leader-crash",
    ),
    Mutant(
        "raft-election",
        "keeps-leading",
        (Edit("Voter.enter", 'self.step_down("newer-term")', "pass"),),
        "leader-in-the-end",
        "raft-election/deposed-leader-asked",
    ),
    Mutant(
        "raft-election",
        "deaf-leader",
        (Edit("Voter.enter", "if term > self.term:", "if term > self.term and self.state != LEADER:"),),
        "leader-in-the-end",
        "raft-election/old-leader-returns",
    ),
    Mutant(
        "raft-election",
        "acks-any-term",
        (
            Edit(
                "Voter.on_heartbeat",
                "await self.reply(heartbeat, say.HeartbeatAck(term=self.term, round=number))",
                "await self.reply(heartbeat, say.HeartbeatAck(term=heartbeat.term, round=heartbeat.round))",
            ),
        ),
        "one-effective-leader",
        "raft-election/deposed-leader-asked",
    ),
    Mutant(
        "raft-election",
        "stale-acks",
        (
            Edit(
                "Voter.on_heartbeat_ack",
                "elif self.state == LEADER and ack.term == self.term:",
                "elif self.state == LEADER:",
            ),
        ),
        "one-effective-leader",
        "raft-election/acks-of-a-former-reign",
    ),
    Mutant(
        "raft-election",
        "round-of-another-term",
        (
            Edit(
                "Voter.on_heartbeat",
                "number = heartbeat.round if heartbeat.term == self.term else 0",
                "number = heartbeat.round",
            ),
        ),
        "one-effective-leader",
        "raft-election/heartbeat-of-a-former-reign",
    ),
    Mutant(
        "raft-election",
        "confirmed-before",
        (
            Edit(
                "Reign.ask",
                "if not self.rounds.ask(request):",
                """
                self.rounds.waiting.append((self.rounds.last, request))
                if False:
                """,
            ),
        ),
        "one-effective-leader",
        "raft-election/acks-late",
    ),
    Mutant(
        "raft-election",
        "confirmed-by-one-less",
        (
            Edit(
                "Reign.is_majority",
                "return len(backers) >= self.voter.needed()",
                "return len(backers) >= self.voter.needed() - 1",
            ),
        ),
        "one-effective-leader",
        "raft-election/leader-in-minority",
        ("system.options.check_quorum=false",),
    ),
    Mutant(
        "raft-election",
        "follower-reads",
        (
            Edit(
                "Voter.on_who_leads",
                "answer = await self.rpc(self.leader, say.WhoLeads(forwarded=True), patience, say.WhoLeadsOk)",
                "answer = say.WhoLeadsOk(leader=self.leader, term=self.term)",
            ),
        ),
        "one-effective-leader",
        "raft-election/follower-left-behind",
    ),
    Mutant(
        "raft-election",
        "timer-any-rpc",
        (
            Edit(
                "Voter.on_heartbeat",
                "await self.adopt(heartbeat.term)",
                """
                await self.adopt(heartbeat.term)
                self.reset_timer()
                """,
            ),
        ),
        "availability",
        "raft-election/deaf-leader-goes-on",
    ),
    Mutant(
        "raft-election",
        "same-timeout",
        (
            Edit(
                "Voter.reset_timer",
                "timeout = self.random.uniform(self.options.election_timeout_min, self.options.election_timeout_max)",
                "timeout = self.options.election_timeout_min",
            ),
        ),
        "progress",
        "raft-election/no-fault",
    ),
    Mutant(
        "raft-election",
        "prevote-bumps",
        (
            Edit(
                "Voter.stand",
                'self.state, self.leader, self.votes = PRE_CANDIDATE, "", {self.node_id}',
                """
                self.state, self.leader, self.votes = PRE_CANDIDATE, "", {self.node_id}
                self.term, self.voted_for = self.term + 1, ""
                self.store.put("vote", (self.term, ""))
                """,
            ),
        ),
        "elections",
        "raft-election/rejoin-stable",
    ),
    Mutant(
        "raft-election",
        "prevote-though-led",
        (
            Edit(
                "Voter.on_request_pre_vote",
                "granted = request.term > self.term and not self.hears_leader() and self.is_up_to_date(request.last)",
                "granted = request.term > self.term and self.is_up_to_date(request.last)",
            ),
        ),
        "elections",
        "raft-election/disruptor",
    ),
    Mutant(
        "raft-election",
        "heard-for-ever",
        (Edit("Voter.watch", "self.heard = set()", "pass"),),
        "availability",
        "raft-election/deaf-leader",
    ),
    Mutant(
        "raft-election",
        "term-unsynced",
        (Edit("Voter.adopt", 'await self.store.sync("term")', "pass"),),
        "terms-grow",
        "raft-election/term-forgotten",
    ),
    Mutant(
        "raft-election",
        "no-log-check",
        (Edit("Voter.is_up_to_date", "return bool(last >= self.last)", "return True"),),
        "leader-completeness",
        "raft-election/behind-and-first",
    ),
    Mutant(
        "raft-election",
        "refusal-resets-the-timer",
        (
            Edit(
                "Voter.on_request_vote",
                "await self.adopt(request.term)",
                """
                await self.adopt(request.term)
                self.reset_timer()
                """,
            ),
        ),
        "availability",
        "raft-election/behind-and-first",
    ),
)
