"""Every node answers at once from its own copy; copies meet by gossip, and the last writer wins.

A. Demers et al., "Epidemic Algorithms for Replicated Database Maintenance" (PODC 1987), section 1.3: anti-entropy with
a random peer, push and pull. Stamps are L. Lamport's clocks ("Time, Clocks, and the Ordering of Events", 1978) with the
node as tie-breaker.
Model: always available, also alone, also on the smaller side of a cut; eventually consistent: when writes stop and the
links heal all copies become equal. Reads are stale, and of two concurrent writes one is lost although both were
acknowledged: that is what last-writer-wins means, and why `linearizable` is not promised here.
"""

from typing import Any

from chaosctl.node.messages import Message
from chaosctl.node.pattern import Duration, Options, Pattern
from chaosctl.node.role import Role
from chaosctl.patterns.replication.messages import Read, ReadOk, Write, WriteOk

Stamp = tuple[int, str]  # (Lamport's clock, node): ordered, and no two writes share one.
Entry = tuple[Stamp, Any]


class EventualOptions(Options, frozen=True):
    """How often a node gossips with a random other one (`gossip`)."""

    gossip: Duration = 0.05


class Push(Message):
    """All that the sender has."""

    entries: dict[str, Entry]


class Pull(Message):
    """What the sender of a push has missed, in answer to it."""

    entries: dict[str, Entry]


class Replica(Role):
    """One copy, which serves by itself."""

    async def start(self) -> None:
        """Come back with what was on disk, and gossip."""
        self.entries: dict[str, Entry] = self.store.scan("key/", Entry)
        self.spawn(self.gossip)

    async def on_read(self, read: Read) -> None:
        """Answer with what is here, old or new."""
        _, value = self.entries.get(f"key/{read.key}", (None, None))
        await self.reply(read, ReadOk(value=value))

    async def on_write(self, write: Write) -> None:
        """Stamp the write above all that was seen here, keep it, and say so; the others will hear of it."""
        self.keep(f"key/{write.key}", (self.next_stamp(), write.value))
        await self.store.sync("write")
        await self.reply(write, WriteOk())

    def next_stamp(self) -> Stamp:
        """Return a stamp above every stamp of this copy."""
        clock = max((stamp[0] for stamp, _ in self.entries.values()), default=0)
        return clock + 1, self.node_id

    def keep(self, key: str, entry: Entry) -> None:
        """Have an entry from now on, on disk with the next sync."""
        self.entries[key] = entry
        self.store.put(key, entry)

    # Anti-entropy (section 1.3).

    async def gossip(self) -> None:
        """Now and then push everything to somebody."""
        while len(self.nodes) > 1:
            await self.sleep(self.options.gossip * self.random.uniform(0.5, 1.5))
            await self.send(self.choose_peer(), Push(entries=self.entries))

    def choose_peer(self) -> str:
        """Return any other node: whoever is cut off or down will be another's luck next time."""
        return self.random.choice([node for node in self.nodes if node != self.node_id])

    async def on_push(self, push: Push) -> None:
        """Take what is newer, and give back what the sender has missed."""
        missed = {key: entry for key, entry in self.entries.items() if self.wins(entry, push.entries.get(key))}
        await self.merge(push.entries)
        if missed:
            await self.reply(push, Pull(entries=missed))

    async def on_pull(self, pull: Pull) -> None:
        """Take what is newer."""
        await self.merge(pull.entries)

    async def merge(self, entries: dict[str, Entry]) -> None:
        """Take every entry that wins over what is here; in whatever order they come, all copies end alike."""
        newer = {key: entry for key, entry in entries.items() if self.wins(entry, self.entries.get(key))}
        for key, entry in newer.items():
            self.keep(key, entry)
        if newer:
            await self.store.sync("merge")
            self.emit("merged", keys=len(newer))

    def wins(self, entry: Entry, other: Entry | None) -> bool:
        """Return whether an entry is newer; no two different ones are equally new."""
        return other is None or entry[0] > other[0]


class TiesByArrival(Replica):
    """Compares clocks alone: of two writes with equal clocks each copy keeps the one that came first, for ever."""

    violates = "convergence"

    def wins(self, entry: Entry, other: Entry | None) -> bool:
        """Take no notice of who wrote."""
        return other is None or entry[0][0] > other[0][0]


class FixedPeer(Replica):
    """Gossips with the same neighbour always: n1 with n2, n3 with n4, and no rumour ever leaves its pair."""

    violates = "convergence"

    def choose_peer(self) -> str:
        """Return the other one of the pair."""
        own = self.nodes.index(self.node_id)
        return self.nodes[min(own ^ 1, len(self.nodes) - 1)]


EVENTUAL = Pattern(
    name="eventual",
    summary="Every node answers from its own copy; gossip and last-writer-wins: AP",
    roles={"replica": Replica},
    workloads=("key-value",),
    checks=("convergence",),
    options=EventualOptions,
    settle=1.0,
    broken={"ties-by-arrival": TiesByArrival, "fixed-peer": FixedPeer},
    sometimes=("merged",),
)
