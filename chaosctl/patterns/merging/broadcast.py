"""Broadcast that gets through in the end: whoever hears of a message tells its neighbours until they have answered.

C. Cachin, R. Guerraoui, L. Rodrigues, "Introduction to Reliable and Secure Distributed Programming" (2011), algorithm
3.3, eager reliable broadcast (everybody relays what is new), over algorithm 2.1, retransmit forever (here until it is
answered). Neighbours are those of Maelstrom's `topology`, before it comes all others.
Model: every message that was acknowledged, or shown, reaches every node that comes back, under asynchrony, loss,
doubling, cuts that heal and crash-recovery. There is no order.

What would surprise: a neighbour is asked one thing at a time, and what comes meanwhile goes along with the next. So a
busy link carries two messages a round trip, whatever the rate, and a message waits up to a round trip a hop.
"""

from contextlib import suppress
from functools import partial
from typing import Any

import msgspec

from chaosctl.node.messages import Message, RpcError
from chaosctl.node.pattern import Duration, Options, Pattern
from chaosctl.node.role import Role

Messages = dict[str, Any]
"""Each under its JSON text: what is told twice is one."""


class Topology(Message):
    """From a client: who neighbours whom."""

    topology: dict[str, list[str]]


class TopologyOk(Message):
    """It is known."""


class Broadcast(Message):
    """From a client: let everybody hear of this."""

    message: Any


class BroadcastOk(Message):
    """They will."""


class Read(Message):
    """From a client: say what you have heard of."""


class ReadOk(Message):
    """All that has come here so far."""

    messages: list[Any]


class Tell(Message):
    """From a neighbour: hear these, and answer."""

    messages: list[Any]


class TellOk(Message):
    """They are on disk here."""


class BroadcastOptions(Options, frozen=True):
    """How long a neighbour may be silent until it is told again (`retry`): longer than a round trip."""

    retry: Duration = 0.3


class Relay(Role):
    """One node: what it has heard of, and what each neighbour has not answered yet."""

    async def start(self) -> None:
        """Come back with what was on disk; which neighbour knows what is forgotten, so tell them all of it."""
        self.heard: Messages = self.store.scan("message/", Any)
        if self.heard:
            self.emit("came_back")
        self.untold: dict[str, Messages] = {}
        self.telling: dict[str, bool] = {}
        for node in self.nodes:
            if node != self.node_id:
                self.adopt(node)

    async def on_topology(self, request: Topology) -> None:
        """Tell these neighbours from now on."""
        neighbours = request.topology.get(self.node_id, [])
        self.untold = {node: untold for node, untold in self.untold.items() if node in neighbours}
        for node in neighbours:
            if node not in self.untold:
                self.adopt(node)
        await self.reply(request, TopologyOk())

    async def on_broadcast(self, request: Broadcast) -> None:
        """Answer when it is on disk: from then on it reaches everybody."""
        await self.hear([request.message])
        await self.reply(request, BroadcastOk())

    async def on_tell(self, tell: Tell) -> None:
        """Answer when it is on disk; whoever tells it has no need to hear it."""
        await self.hear(tell.messages, tell.src)
        await self.reply(tell, TellOk())

    async def on_read(self, read: Read) -> None:
        """Say what is here; what is shown must not be forgotten either."""
        messages = list(self.heard.values())
        await self.store.sync("read")
        await self.reply(read, ReadOk(messages=messages))

    async def hear(self, messages: list[Any], teller: str = "") -> None:
        """Keep what is new, and relay it."""
        named = {
            f"message/{msgspec.json.encode(message, order='deterministic').decode()}": message for message in messages
        }
        new = {name: message for name, message in named.items() if name not in self.heard}
        for name, message in new.items():
            self.heard[name] = message
            self.store.put(name, message)
        await self.store.sync("hear")
        self.relay(new, teller)

    def relay(self, new: Messages, teller: str) -> None:
        """Let every neighbour hear of it, but for the one that has told it."""
        for neighbour in self.untold:
            if neighbour != teller:
                self.untold[neighbour].update(new)
                self.spawn(partial(self.tell, neighbour))

    def adopt(self, neighbour: str) -> None:
        """Have a neighbour, who is to hear all that there is."""
        self.untold[neighbour] = dict(self.heard)
        self.spawn(partial(self.tell, neighbour))

    async def tell(self, neighbour: str) -> None:
        """Tell a neighbour what it has not answered yet, until there is nothing left."""
        if self.telling.get(neighbour):
            return
        self.telling[neighbour] = True
        while batch := dict(self.untold.get(neighbour, {})):
            if await self.is_heard(neighbour, batch):
                left = self.untold.get(neighbour, {})
                for name in batch:
                    left.pop(name, None)
        self.telling[neighbour] = False

    async def is_heard(self, neighbour: str, batch: Messages) -> bool:
        """Return whether the neighbour has answered; if not, it has had its time."""
        with suppress(RpcError):
            await self.rpc(neighbour, Tell(messages=list(batch.values())), self.options.retry, TellOk)
            return True
        self.emit("unanswered", neighbour=neighbour)
        return False


def text_of(message: Any) -> str:
    """Return a message's JSON text."""
    return msgspec.json.encode(message, order="deterministic").decode()


class TellsOnce(Relay):
    """Tells each neighbour once: what a cut or a crash swallows nobody says again."""

    violates = "set-full"

    async def is_heard(self, neighbour: str, batch: Messages) -> bool:
        """Trust the network."""
        await self.send(neighbour, Tell(messages=list(batch.values())))
        return True


class KeepsInMemory(Relay):
    """Keeps in memory what it has heard: all nodes crash, and what was acknowledged nobody knows."""

    violates = "set-full"

    async def hear(self, messages: list[Any], teller: str = "") -> None:
        """Relay it, and leave the disk out."""
        named = {f"message/{text_of(message)}": message for message in messages}
        new = {name: message for name, message in named.items() if name not in self.heard}
        self.heard.update(new)
        self.relay(new, teller)


BROADCAST = Pattern(
    name="broadcast",
    summary="Whoever hears of a message tells its neighbours until they answer: eager reliable broadcast",
    roles={"relay": Relay},
    workloads=("broadcast",),
    checks=("set-full",),
    options=BroadcastOptions,
    settle=1.0,
    broken={"tells-once": TellsOnce, "keeps-in-memory": KeepsInMemory},
    sometimes=("came_back", "unanswered"),
)
