"""What people get wrong in objects that merge: a replica with one step changed."""

from chaosctl.patterns.merging.payloads import Add
from chaosctl.patterns.merging.replica import AddOk, Merge, Replica


class Overwrites(Replica):
    """Takes what comes in place of what it has: whatever only this replica knew is gone."""

    violates = "set-full"

    async def on_merge(self, merge: Merge) -> None:
        """The newest state wins."""
        self.keep(merge.payload)


class FixedPeer(Replica):
    """Tells the same neighbour always, n1 n2 and n3 n4: what others have added it never hears of."""

    violates = "set-full"

    def choose_peer(self) -> str:
        """Return the other one of the pair."""
        return self.nodes[min(self.nodes.index(self.node_id) ^ 1, len(self.nodes) - 1)]


class AddUnsynced(Replica):
    """Answers before the update is on disk: a crash takes back what a client was told."""

    violates = "counter-sums"

    async def on_add(self, add: Add) -> None:
        """Answer at once."""
        if self.store.get(f"client/{add.src}", int, -1) >= (add.msg_id or 0):
            return
        self.keep(self.payload.updated(self.source(), add))
        self.store.put(f"client/{add.src}", add.msg_id or 0)
        await self.reply(add, AddOk())


class SharedEntry(Replica):
    """Has one entry for all: of two that count at once the greater number swallows the other."""

    violates = "counter-sums"

    def source(self) -> str:
        """Return everybody's."""
        return "all"
