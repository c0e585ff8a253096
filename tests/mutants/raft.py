"""What people get wrong in Raft's log (reference/consensus.md, section 6), beyond its broken variants."""

from tests.mutants.mutant import Edit, Mutant

RAFT = (
    Mutant(
        "raft",
        "no-log-check",
        (Edit("Voter.is_up_to_date", "return bool(last >= self.last)", "return True"),),
        "leader-completeness",
        "raft/behind-and-first",
    ),
    Mutant(
        "raft",
        "length-check",
        (Edit("Voter.is_up_to_date", "return bool(last >= self.last)", "return bool(last[1] >= self.last[1])"),),
        "leader-completeness",
        "raft/longer-and-older",
    ),
    Mutant(
        "raft",
        "truncate-always",
        (
            Edit(
                "Replica.overwrite",
                "for index, entry in enumerate(entries, previous + 1):",
                """
                self.log = self.log[:previous]
                for index, entry in enumerate(entries, previous + 1):
                """,
            ),
        ),
        "leader-completeness",
        "raft/late-entries",
    ),
    Mutant(
        "raft",
        "no-consistency-check",
        (
            Edit(
                "Replica.on_append_entries",
                "success = append.term == term and previous <= len(self.log) "
                "and self.term_at(previous) == append.previous[0]",
                "success = append.term == term and previous <= len(self.log)",
            ),
        ),
        "log-matching",
        "raft/tail-of-a-dead-term",
    ),
    Mutant(
        "raft",
        "half-commits",
        (Edit("Replica.advance", "index = have[self.needed() - 1]", "index = have[self.needed() - 2]"),),
        "linearizable",
        "raft/leader-cut-off",
    ),
    Mutant(
        "raft",
        "stale-log-end",
        (Edit("Replica.add", "self.last = self.end()", "pass"),),
        "leader-completeness",
        "raft/behind-and-first",
    ),
    Mutant(
        "raft",
        "volatile-log",
        (
            Edit(
                "Replica.start",
                'self.log: list[Entry] = list(self.store.scan("log/", Entry).values())',
                "self.log: list[Entry] = []",
            ),
        ),
        "linearizable",
        "raft/append-unsynced",
    ),
    Mutant(
        "raft",
        "no-dedup",
        (
            Edit(
                "Replica.is_under_way",
                "return any(entry.command == command for entry in self.log[self.committed :])",
                "return False",
            ),
            Edit(
                "Machine.apply",
                'if command.f != "noop" and not self.is_done(command.client, command.number):',
                'if command.f != "noop":',
            ),
        ),
        "linearizable",
        "raft/submitted-twice",
    ),
    Mutant(
        "raft",
        "local-reads",
        (
            Edit(
                "LogStore.on_read",
                'await self.submit(read, Command(read.src, read.msg_id or 0, "read", read.key))',
                """
                from chaosctl.patterns.replication.messages import ReadOk
                await self.reply(read, ReadOk(value=self.machine.data.get(read.key)))
                """,
            ),
        ),
        "linearizable",
        "raft/leader-cut-off",
    ),
    Mutant(
        "raft",
        "no-noop-read",
        (
            Edit(
                "LogStore.on_read",
                'await self.submit(read, Command(read.src, read.msg_id or 0, "read", read.key))',
                """
                from chaosctl.patterns.election.raft_messages import WhoLeads, WhoLeadsOk
                from chaosctl.patterns.replication.messages import ReadOk
                await self.rpc(self.node_id, WhoLeads(forwarded=True), self.options.patience, WhoLeadsOk)
                await self.reply(read, ReadOk(value=self.machine.data.get(read.key)))
                """,
            ),
        ),
        "linearizable",
        "raft/read-at-once",
    ),
)

RAFT_CONTROLS = (
    # Its leader's `next` begins behind its own log and every message has the entry after `previous`, so what is beyond
    # the last verified entry of a follower was truncated by the message that found where the two agree.
    Mutant(
        "raft",
        "commit-over",
        (
            Edit(
                "Replica.on_append_entries",
                "await self.commit(min(append.committed, index))",
                "await self.commit(min(append.committed, len(self.log)))",
            ),
        ),
    ),
)
