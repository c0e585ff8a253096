"""A replica of a state-based CRDT: updates at their source, and now and then its whole state to somebody.

M. Shapiro, N. Preguiça, C. Baquero, M. Zawirski, "Conflict-free Replicated Data Types" (SSS 2011), section 2.2: an
update is done at one replica, which answers at once; every replica sends its payload infinitely often to the others,
and they merge it. Theorem 1: replicas that have received the same updates are equal (strong eventual consistency).

All of safety rests on one rule: what others hear of, clients or replicas, is durable first. A source that had shown an
entry of its own and forgot it would write the same entry again, and the greater one would swallow the other.
"""

from typing import Any

from chaosctl.node.messages import Message
from chaosctl.node.role import Role
from chaosctl.patterns.merging.payloads import Add, Payload


class AddOk(Message):
    """It is in."""


class Read(Message):
    """From a client: say what is there."""


class ReadOk(Message):
    """So much as this replica has heard of."""

    value: Any


class Merge(Message):
    """From a replica: all that it holds."""

    payload: Payload


class Replica(Role):
    """One copy of the object, which answers alone."""

    async def start(self) -> None:
        """Come back with what was on disk."""
        kind = self.options.payload
        self.payload = self.store.get("payload", kind, kind())
        if self.payload != kind():
            self.emit("came_back")
        self.spawn(self.gossip)

    async def on_add(self, add: Add) -> None:
        """Update at the source, once however often the network brings the request, and answer when it is durable."""
        if self.store.get(f"client/{add.src}", int, -1) >= (add.msg_id or 0):
            self.emit("absorbed")
            return
        self.keep(self.payload.updated(self.source(), add))
        self.store.put(f"client/{add.src}", add.msg_id or 0)
        await self.store.sync("update")
        await self.reply(add, AddOk())

    async def on_read(self, read: Read) -> None:
        """Query this copy alone."""
        value = self.payload.value()
        await self.store.sync("query")
        await self.reply(read, ReadOk(value=value))

    async def on_merge(self, merge: Merge) -> None:
        """Take the least upper bound; it need not be durable before somebody is told of it."""
        joined = self.payload.merge(merge.payload)
        if joined not in (self.payload, merge.payload):
            self.emit("joined")  # Each knew of updates that the other did not.
        self.keep(joined)

    async def gossip(self) -> None:
        """Send all that is here to any other replica, for ever."""
        while len(self.nodes) > 1:
            await self.sleep(self.options.gossip * self.random.uniform(0.5, 1.5))
            payload = self.payload
            await self.store.sync("gossip")
            await self.send(self.choose_peer(), Merge(payload=payload))

    def choose_peer(self) -> str:
        """Return any other node: whoever is cut off or down will be another's luck next time."""
        return self.random.choice([node for node in self.nodes if node != self.node_id])

    def source(self) -> str:
        """Return whose entry of a counter an update goes to: this node's, which nobody else writes."""
        return self.node_id

    def keep(self, payload: Payload) -> None:
        """Hold this from now on."""
        if payload != self.payload:
            self.payload = payload
            self.store.put("payload", payload)
