"""The learner of a Multi-Paxos log: a key-value store that applies the log in order, and serves clients.

R. van Renesse, D. Altinbuken, "Paxos Made Moderately Complex" (2015), section 2: the replica. A node answers its
clients when it has applied their commands itself, reads included: the log decides when a read was, not the node's
memory. A command is known by its client and msg_id: a request that the network doubles, or that was submitted to two
leaders, has one effect. The log is never cut, so a node that was away learns it from any other.
"""

from functools import partial
from typing import Any

from chaosctl.node.messages import Error, ErrorCode, Message
from chaosctl.node.role import Role
from chaosctl.patterns.paxos.multi_messages import Applied, CatchUp, Chosen, Command, LeaderIs, Submit
from chaosctl.patterns.replication.messages import Cas, CasOk, Read, ReadOk, Write, WriteOk

MOST_AT_ONCE = 200  # So many slots are sent at once to a node that was away.


class LogStore(Role):
    """Every node's copy of the store. The log as learned is on disk some time; what is missing is learned again."""

    async def start(self) -> None:
        """Apply again what was learned, in order."""
        self.chosen = {int(key[7:]): command for key, command in self.store.scan("chosen/", Command).items()}
        self.leader, self.applied = "", 0
        self.data: dict[int | str, Any] = {}
        self.answers: dict[str, tuple[int, Message]] = {}
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
        if self.answers.get(command.client, (0, None))[0] >= command.number or name in self.waiting:
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
        if self.applied < news.last and self.leader and self.leader != self.node_id:
            await self.send(self.leader, CatchUp(first=self.applied + 1))

    # The log.

    async def on_chosen(self, chosen: Chosen) -> None:
        """Learn decided slots."""
        for slot, command in chosen.commands:
            if slot not in self.chosen:
                self.chosen[slot] = command
                self.store.put(f"chosen/{slot}", command)
                self.emit("learned", slot=slot, value=command)
        await self.apply_chosen()

    async def on_catch_up(self, request: CatchUp) -> None:
        """Send what was chosen from a slot on, as far as it is known here."""
        slots = range(request.first, request.first + MOST_AT_ONCE)
        known = [(slot, self.chosen[slot]) for slot in slots if slot in self.chosen]
        if known:
            await self.reply(request, Chosen(commands=known))

    async def apply_chosen(self) -> None:
        """Apply what follows on what was applied, one after another without a gap."""
        before = self.applied
        while command := self.chosen.get(self.applied + 1):
            self.applied += 1
            answer = self.apply(command)
            self.emit("applied", index=self.applied, command=command)
            if request := self.waiting.pop((command.client, command.number), None):
                await self.reply(request, answer)
        if self.applied > before and self.node_id in self.placement.get("proposer", ()):
            await self.send(self.node_id, Applied(slot=self.applied))

    def apply(self, command: Command) -> Message:
        """Apply one command, once, and return its answer."""
        number, answer = self.answers.get(command.client, (-1, None))
        if answer is not None and number >= command.number:
            return answer
        answer = self.execute(command)
        self.answers[command.client] = (command.number, answer)
        return answer

    def execute(self, command: Command) -> Message:
        """Do what the command says."""
        present = self.data.get(command.key)
        match command.f:
            case "write":
                self.data[command.key] = command.value
                return WriteOk()
            case "cas" if present == command.expected:
                self.data[command.key] = command.value
                return CasOk()
            case "cas":
                return Error(code=ErrorCode.PRECONDITION_FAILED, text=f"found {present!r}")
            case _:
                return ReadOk(value=present)
