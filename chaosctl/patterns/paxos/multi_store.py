"""The learner of a Multi-Paxos log: a key-value store that applies the log in order, and serves clients.

R. van Renesse, D. Altinbuken, "Paxos Made Moderately Complex" (2015), section 2: the replica. A node answers its
clients when it has applied their commands itself, reads included: the log decides when a read was, not the node's
memory. A command is known by its client and msg_id: a request that the network doubles, or that was submitted to two
leaders, has one effect. Of a log that is cut (option `snapshot`) the state is kept in place of the slots before; a node
that was away is sent the slots that it lacks, or that state.
"""

from functools import partial

from chaosctl.node.messages import Error, ErrorCode, Message
from chaosctl.node.role import Role
from chaosctl.patterns.paxos.multi_machine import Machine
from chaosctl.patterns.paxos.multi_messages import (
    NOTHING,
    Applied,
    CatchUp,
    Chosen,
    Command,
    InstallSnapshot,
    LeaderIs,
    Snapshot,
    Snapshotted,
    Submit,
)
from chaosctl.patterns.replication.messages import Cas, Read, Write

MOST_AT_ONCE = 200  # So many slots are sent at once to a node that was away.


class LogStore(Role):
    """Every node's copy of the store. The log as learned is on disk some time; what is missing is learned again."""

    async def start(self) -> None:
        """Apply again what was learned, in order."""
        self.chosen = {int(key[7:]): command for key, command in self.store.scan("chosen/", Command).items()}
        self.machine = Machine(self.store.get("snapshot", Snapshot, NOTHING))
        self.leader, self.cut = "", self.machine.slot
        self.waiting: dict[tuple[str, int], Message] = {}
        await self.apply_chosen()

    # Clients.

    async def on_read(self, read: Read) -> None:
        """Read through the log."""
        await self.submit(read, Command(read.src, read.msg_id or 0, "read", read.key))

    async def on_write(self, write: Write) -> None:
        """Write through the log."""
        await self.submit(write, Command(write.src, write.msg_id or 0, "write", write.key, write.value))

    async def on_cas(self, cas: Cas) -> None:
        """Compare and set through the log."""
        await self.submit(cas, Command(cas.src, cas.msg_id or 0, "cas", cas.key, cas.to, cas.from_))

    async def submit(self, request: Message, command: Command) -> None:
        """Have the command put into the log, and answer when it has been applied here."""
        name = (command.client, command.number)
        if self.machine.is_done(*name) or name in self.waiting:
            return  # The network has doubled the request.
        if not self.leader:
            text = "no leader is known here"
            await self.reply(request, Error(code=ErrorCode.TEMPORARILY_UNAVAILABLE, text=text))
            return
        self.waiting[name] = request
        self.spawn(partial(self.pursue, name, command))

    async def pursue(self, name: tuple[str, int], command: Command) -> None:
        """Submit to whoever leads until the command is applied; in the end nobody knows its fate."""
        deadline = self.now() + self.options.patience
        while name in self.waiting and self.now() < deadline:
            if self.leader:
                await self.send(self.leader, Submit(command=command))
            await self.sleep(self.options.retry)
        if request := self.waiting.pop(name, None):
            await self.reply(request, Error(code=ErrorCode.TIMEOUT, text="not applied in time"))

    async def on_leader_is(self, news: LeaderIs) -> None:
        """Know whom to ask; ask for what was missed."""
        self.leader = news.leader
        if self.machine.slot < news.last and self.leader:
            others = [node for node in self.placement["store"] if node != self.node_id]
            for node in others if self.leader == self.node_id else [self.leader]:
                await self.send(node, CatchUp(first=self.machine.slot + 1))

    # The log.

    async def on_chosen(self, chosen: Chosen) -> None:
        """Learn decided slots."""
        for slot, command in chosen.commands:
            if slot not in self.chosen and slot > self.cut:
                self.chosen[slot] = command
                self.store.put(f"chosen/{slot}", command)
                self.emit("learned", slot=slot, value=command)
        await self.apply_chosen()

    async def on_catch_up(self, request: CatchUp) -> None:
        """Send what was chosen from a slot on, as far as it is known here; the state, where that was forgotten."""
        if request.first <= self.cut:
            await self.reply(request, InstallSnapshot(snapshot=self.machine.snapshot()))
            return
        slots = range(request.first, request.first + MOST_AT_ONCE)
        known = [(slot, self.chosen[slot]) for slot in slots if slot in self.chosen]
        if known:
            await self.reply(request, Chosen(commands=known))

    async def on_install_snapshot(self, news: InstallSnapshot) -> None:
        """Take another store's state in place of slots that are gone."""
        if news.snapshot.slot > self.machine.slot:
            self.machine = Machine(news.snapshot)
            self.emit("installed", index=self.machine.slot)
            await self.take_snapshot()
            for name in [name for name in self.waiting if self.machine.is_done(*name)]:
                await self.reply(self.waiting.pop(name), self.machine.answer(name[0]))
            await self.apply_chosen()

    async def apply_chosen(self) -> None:
        """Apply what follows on what was applied, one after another without a gap."""
        before = self.machine.slot
        while command := self.chosen.get(self.machine.slot + 1):
            self.machine.apply(command)
            self.emit("applied", index=self.machine.slot, command=command)
            if request := self.waiting.pop((command.client, command.number), None):
                await self.reply(request, self.machine.answer(command.client))
        if self.machine.slot > before and self.node_id in self.placement.get("proposer", ()):
            await self.send(self.node_id, Applied(slot=self.machine.slot))
        if 0 < self.options.snapshot <= self.machine.slot - self.cut:
            await self.take_snapshot()

    async def take_snapshot(self) -> None:
        """Keep the state on disk in place of the slots before it, and let the acceptor beside forget them too."""
        self.cut = self.machine.slot
        self.store.put("snapshot", self.machine.snapshot())
        for slot in [slot for slot in self.chosen if slot <= self.cut]:
            del self.chosen[slot]
            self.store.delete(f"chosen/{slot}")
        cut = self.cut
        await self.store.sync("snapshot")  # Before anybody forgets what it stands for.
        if self.node_id in self.placement.get("acceptor", ()):
            await self.send(self.node_id, Snapshotted(slot=cut))
