"""Changes that look wrong and are harmless: a check that convicts one of them has a false alarm.

Rows as of mutants, without a check. The first three of Paxos are reference/consensus.md's (the end of section 6): no
conviction in 48,000 random runs there.
"""

from tests.mutants.mutant import Edit, Mutant

RAFT_ELECTION = (
    Mutant(  # The newer term's own heartbeats depose it all the same.
        "raft-election",
        "deaf-to-answers",
        (Edit("Voter.on_heartbeat_ack", "await self.adopt(ack.term)", "pass"),),
    ),
    Mutant(  # They time out, or are answered with the term of the next reign.
        "raft-election",
        "leaves-the-waiting-alone",
        (Edit("Voter.step_down", "self.spawn(self.reign.refuse_all)", "pass"),),
    ),
    Mutant(  # A pre-vote promises nothing.
        "raft-election",
        "counts-old-pre-votes",
        (
            Edit(
                "Voter.on_pre_vote",
                "elif self.state == PRE_CANDIDATE and vote.term == self.term + 1:",
                "elif self.state == PRE_CANDIDATE:",
            ),
        ),
    ),
    Mutant(  # What others are asked may leave before one's own vote is on disk, or after.
        "raft-election",
        "asks-after-its-own-vote",
        (
            Edit(
                "Voter.campaign",
                "await self.tell_others(say.RequestVote(term=term, last=self.last))",
                """
                await self.keep_vote()
                await self.tell_others(say.RequestVote(term=term, last=self.last))
                """,
            ),
        ),
    ),
    Mutant(  # Rule 4.2.3 keeps leaders in office, and nothing safe.
        "raft-election",
        "votes-though-led",
        (Edit("Voter.on_request_vote", "if self.options.check_quorum and self.hears_leader():", "if False:"),),
    ),
)

PAXOS = (
    Mutant(  # Its promise is older than what it promised since; it promises nothing by saying so again.
        "paxos",
        "answers-below-its-promise",
        (
            Edit(
                "Acceptor.on_prepare",
                "await self.refuse(prepare)",
                "await self.reply(prepare, Promise(ballot=prepare.ballot, accepted=self.accepted))",
            ),
        ),
    ),
    Mutant(  # Whoever comes first to a majority has the ballot for itself.
        "paxos",
        "ballots-without-id-strictly",
        (
            Edit(
                "Proposer.prepare",
                "self.phase, self.ballot, self.promises = PREPARING, (self.round, self.node_id), {}",
                'self.phase, self.ballot, self.promises = PREPARING, (self.round, ""), {}',
            ),
            Edit(
                "Acceptor.on_prepare",
                "if prepare.ballot < self.promised:  # An equal ballot is the same prepare once more: answer it again.",
                "if prepare.ballot <= self.promised:",
            ),
        ),
    ),
    Mutant(  # What is chosen again is the same value.
        "paxos",
        "learns-again",
        (
            Edit(
                "Learner.on_learn",
                "if self.learned is None and len(acceptors) >= self.needed():",
                "if len(acceptors) >= self.needed():",
            ),
        ),
    ),
    Mutant(  # A proposal above the ballot that is promised was free to choose, or had to be what this one must be too.
        "paxos",
        "reports-what-it-accepted-meanwhile",
        (
            Edit(
                "Acceptor.on_prepare",
                "await self.reply(prepare, Promise(ballot=prepare.ballot, accepted=accepted))",
                "await self.reply(prepare, Promise(ballot=prepare.ballot, accepted=self.accepted))",
            ),
        ),
    ),
    Mutant(  # It takes more rounds.
        "paxos",
        "climbs-round-by-round",
        (
            Edit(
                "Proposer.on_refused",
                "self.phase, self.round = IDLE, max(self.round, refused.promised[0])",
                "self.phase = IDLE",
            ),
        ),
    ),
    Mutant(  # Whoever has answered is asked again.
        "paxos",
        "asks-everybody-again",
        (Edit("Proposer.tell_acceptors", "if acceptor not in answered:", "if True:"),),
    ),
)

QUORUM_REGISTER = (
    Mutant(  # An equal stamp has an equal value.
        "quorum-register",
        "takes-an-equal-stamp",
        (
            Edit(
                "Replica.on_update",
                "if update.stamp > self.copy(update.key)[0]:",
                "if update.stamp >= self.copy(update.key)[0]:",
            ),
        ),
    ),
    Mutant(  # What a quorum already has on disk needs no writing back; in memory alone it would (a mutant).
        "quorum-register",
        "no-writeback-of-what-is-durable",
        (
            Edit(
                "Replica.on_query_ok",
                "stamp, value = self.choose(round_)",
                """
                stamp, value = self.choose(round_)
                if isinstance(round_.request, Read) and {seen for seen, _ in round_.answers.values()} == {stamp}:
                    del self.rounds[answer.round]
                    await self.answer(round_, value)
                    return
                """,
            ),
            Edit(
                "Replica.on_query",
                "stamp, value = self.copy(query.key)",
                """
                stamp, value = self.copy(query.key)
                await self.store.sync("query")
                """,
            ),
        ),
    ),
    Mutant(  # An answer that comes twice is in a set.
        "quorum-register",
        "asks-everybody-again",
        (Edit("Replica.ask", "if node not in round_.answers:", "if True:"),),
    ),
)

SINGLE = (
    Mutant(  # The value is of after the sync, and is synced as well.
        "single",
        "syncs-before-and-after-reading",
        (
            Edit(
                "Server.on_read",
                'value = self.store.get(f"key/{read.key}", Any, None)',
                """
                await self.store.sync("read")
                value = self.store.get(f"key/{read.key}", Any, None)
                """,
            ),
        ),
    ),
)

TWO_PHASE_COMMIT = (
    Mutant(  # Who has missed it asks.
        "two-phase-commit",
        "tells-once",
        (Edit("TransactionManager.tell_commit", "while transaction.missing:", "for _ in range(1):"),),
    ),
    Mutant(
        "two-phase-commit",
        "tells-everybody-again",
        (
            Edit(
                "TransactionManager.tell_commit",
                "for participant in sorted(transaction.missing):",
                "for participant in transaction.participants:",
            ),
        ),
    ),
    Mutant(  # Back from a crash it tells once more what everybody knows.
        "two-phase-commit",
        "never-forgets",
        (Edit("TransactionManager.on_committed", 'self.store.delete(f"commit/{transaction.gid}")', "pass"),),
    ),
    Mutant(  # Who is in doubt asks.
        "two-phase-commit",
        "tells-nobody-of-an-abort",
        (Edit("TransactionManager.abort", "await self.send(participant, Rollback(gid=transaction.gid))", "pass"),),
    ),
)

CONTROLS: tuple[Mutant, ...] = (*RAFT_ELECTION, *PAXOS, *QUORUM_REGISTER, *SINGLE, *TWO_PHASE_COMMIT)
