"""Raft's log replication, on Raft's election: the leader's log is the log, and a majority on disk commits it.

Diego Ongaro, John Ousterhout, "In Search of an Understandable Consensus Algorithm" (2014), sections 5.3 and 5.4;
`Voter` is section 5.2. On disk before an answer: the entries, as the term and the vote are. What is committed is known
from the leader alone and forgotten in a crash: it is found out again. The state machine is the store beside this role,
the same as under Multi-Paxos, which is told of each entry when it is committed.

What would surprise: an entry of an earlier term is not committed by counting who has it (5.4.2): a leader that lacks it
may yet win. It is committed with the first entry of the leader's own term, so a leader begins with a no-op.
"""

from chaosctl.patterns.election.raft import LEADER, Voter
from chaosctl.patterns.election.raft_messages import LogEnd
from chaosctl.patterns.paxos.multi_messages import NOOP, Chosen, Command, LeaderIs, Submit
from chaosctl.patterns.raft.messages import Appended, AppendEntries, Entry


class Replica(Voter):
    """A voter that has a log. Indexes begin at 1; `synced` is how far this node's own disk has it."""

    async def start(self) -> None:
        """Come back with the log that was synced, of which nothing is known to be committed."""
        self.log: list[Entry] = list(self.store.scan("log/", Entry).values())
        self.synced, self.committed = len(self.log), 0
        self.next: dict[str, int] = {}
        self.match: dict[str, int] = {}
        self.told = ""
        await super().start()
        self.last = self.end()

    def end(self) -> LogEnd:
        """Return the last entry's term and index: who is ahead in these has the newer log (5.4.1)."""
        return (self.log[-1].term if self.log else 0), len(self.log)

    def term_at(self, index: int) -> int:
        """Return an entry's term; 0 before the first and beyond the last."""
        return self.log[index - 1].term if 0 < index <= len(self.log) else 0

    # Leading (5.3).

    def take_office(self) -> None:
        """Know of nobody's log yet, and put a no-op of this term into one's own."""
        super().take_office()
        self.next, self.match = dict.fromkeys(self.nodes, len(self.log) + 1), dict.fromkeys(self.nodes, 0)
        runs = [index for index in range(1, len(self.log) + 1) if self.term_at(index) != self.term_at(index - 1)]
        terms = [(index, self.term_at(index)) for index in runs]
        self.emit("leads_with", term=self.term, last=len(self.log), terms=terms)
        self.add(len(self.log) + 1, Entry(self.term, NOOP))
        self.spawn(self.replicate)

    async def on_submit(self, submit: Submit) -> None:
        """Append a command that is not under way already, and send it to all."""
        if self.state == LEADER and not self.is_under_way(submit.command):
            self.add(len(self.log) + 1, Entry(self.term, submit.command))
            await self.replicate()

    def is_under_way(self, command: Command) -> bool:
        """Return whether an entry that is not committed yet has the command: then it was submitted twice."""
        return any(entry.command == command for entry in self.log[self.committed :])

    async def replicate(self) -> None:
        """Send what each follower has not been sent, then count this node's own disk."""
        if self.state != LEADER:
            return
        term, end = self.term, len(self.log)
        for node in self.nodes:
            if node != self.node_id and self.next[node] <= len(self.log):
                await self.send_entries(node)
        await self.keep_entries()
        if self.state == LEADER and self.term == term:
            self.synced = max(self.synced, end)
            await self.advance()

    async def beat(self, number: int) -> None:  # noqa: ARG002 (AppendEntries carry the round that is the last)
        """Send this round of heartbeats: entries, or none, after what a follower is thought to have."""
        for node in self.nodes:
            if node != self.node_id:
                await self.send_entries(node)
        await self.tell_store()

    async def send_entries(self, node: str) -> None:
        """Send AppendEntries, and think that it will arrive: a follower that lacks what came before says so."""
        if self.state != LEADER:
            return  # Deposed while others were sent theirs.
        previous = self.next[node] - 1
        entries = self.log[previous : previous + self.options.batch]
        self.next[node] += len(entries)
        body = AppendEntries(
            term=self.term,
            round=self.reign.rounds.last,
            previous=(self.term_at(previous), previous),
            entries=entries,
            committed=self.committed,
        )
        await self.send(node, body)

    async def on_appended(self, appended: Appended) -> None:
        """Count whose log is this one, and how far; go back where it is not, and send from there."""
        await self.on_heartbeat_ack(appended)
        if self.state != LEADER or appended.term != self.term:
            return
        node = appended.src
        if appended.success:
            self.match[node] = max(self.match[node], appended.index)
            self.next[node] = max(self.next[node], self.match[node] + 1)
            await self.advance()
        else:
            self.next[node] = max(self.match[node], min(self.next[node] - 1, appended.index)) + 1
        if self.state == LEADER and self.next[node] <= len(self.log):
            await self.send_entries(node)

    async def advance(self) -> None:
        """Commit as far as a majority has the log on disk, if that is far enough into this term."""
        have = sorted((self.synced, *(self.match[node] for node in self.nodes if node != self.node_id)), reverse=True)
        index = have[self.needed() - 1]
        if index > self.committed and self.may_commit(index):
            await self.commit(index)

    def may_commit(self, index: int) -> bool:
        """Return whether counting commits this entry: it is of the leader's own term (5.4.2)."""
        return bool(self.term_at(index) == self.term)

    # Following (5.3).

    async def on_append_entries(self, append: AppendEntries) -> None:
        """Make one's log the leader's where the two agree before; on disk before it is said."""
        self.enter(append.term)
        term, previous = self.term, append.previous[1]
        success = append.term == term and previous <= len(self.log) and self.term_at(previous) == append.previous[0]
        if append.term == term:
            self.follow(append.src)
        if success:
            self.overwrite(previous, append.entries)
        index = previous + len(append.entries) if success else min(len(self.log), previous - 1)
        await self.keep_entries()
        if success:
            await self.commit(min(append.committed, index))
        await self.tell_store()
        number = append.round if append.term == term else 0
        await self.reply(append, Appended(term=term, round=number, success=success, index=index))

    def overwrite(self, previous: int, entries: list[Entry]) -> None:
        """Append what is missing; an entry of another term ends the agreement, and it and all after it go.

        What is there already stays: the message may be an old one, and more may have come since.
        """
        for index, entry in enumerate(entries, previous + 1):
            if self.term_at(index) != entry.term:
                for gone in range(index, len(self.log) + 1):
                    self.store.delete(key_of(gone))
                self.log, self.synced = self.log[: index - 1], min(self.synced, index - 1)
                self.add(index, entry)

    def add(self, index: int, entry: Entry) -> None:
        """Put an entry at the end of the log, in memory."""
        before = self.term_at(index - 1)
        self.log.append(entry)
        self.last = self.end()
        self.store.put(key_of(index), entry)
        self.emit("appended", durable=True, index=index, term=entry.term, before=before, command=entry.command)

    async def keep_entries(self) -> None:
        """Put entries, and the term, on disk: what a crash forgets must not have been counted."""
        await self.store.sync("append")

    async def commit(self, index: int) -> None:
        """Hand what is committed up to this index to the store beside this role, in order."""
        news = range(self.committed + 1, index + 1)
        self.committed = max(self.committed, index)
        for each in news:
            self.emit("committed", index=each, term=self.term_at(each), by=self.term)
        if news and self.node_id in self.placement["store"]:
            await self.send(self.node_id, Chosen(commands=[(each, self.log[each - 1].command) for each in news]))

    # The store beside this role.

    def step_down(self, why: str) -> None:
        """Be a follower that follows nobody yet; the store hears of it."""
        super().step_down(why)
        self.spawn(self.tell_store)

    async def tell_store(self) -> None:
        """Tell the store beside this role whom to ask: commands go to the leader."""
        if self.told != self.leader and self.node_id in self.placement["store"]:
            self.told = self.leader
            await self.send(self.node_id, LeaderIs(leader=self.leader, last=0))


def key_of(index: int) -> str:
    """Return where an entry is stored, in the order of indexes."""
    return f"log/{index:012}"
