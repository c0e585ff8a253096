"""How a leader's table comes to the standbys: each change before it counts (hot), or all of it now and then (cold)."""

from typing import TYPE_CHECKING

from chaosctl.node.messages import RpcError
from chaosctl.patterns.workers.messages import Append, AppendOk, Checkpoint, CheckpointOk, Entry, Join, Joined

if TYPE_CHECKING:
    from chaosctl.patterns.workers.reign import Reign


class Replication:
    """The part of a reign that writes the table; whom it writes to the reign's roster says."""

    def __init__(self, reign: "Reign") -> None:
        self.reign, self.roster = reign, reign.roster
        self.supervisor, self.options = reign.supervisor, reign.options

    async def commit(self, entries: list[Entry]) -> bool:
        """Change the table; return whether this still leads once the change can't be lost."""
        for entry in entries:
            self.supervisor.keep(entry)
        await self.supervisor.store.sync("commit")
        acknowledged: set[str] = set()
        while self.options.standby == "hot" and not self.reign.is_over and (behind := self.roster.behind(acknowledged)):
            for standby in behind:
                if await self.append(standby, entries):
                    acknowledged.add(standby)
        return not self.reign.is_over

    async def append(self, standby: str, entries: list[Entry]) -> bool:
        """Send a change to a standby; return whether it is on its disk."""
        session = self.roster.sessions.get(standby, 0)
        append = Append(epoch=self.reign.epoch, session=session, entries=entries)
        try:
            await self.supervisor.rpc(standby, append, self.options.suspect, AppendOk)
        except RpcError:
            await self.supervisor.sleep(self.options.retry / 4)  # It may be joining, or about to be dropped.
            return False
        return True

    async def admit(self, join: Join) -> None:
        """Take over from a supervisor what is new here, and give it all there is."""
        for theirs in join.entries:
            mine = self.supervisor.entries.get(theirs.task)
            if theirs.run and (mine is None or not mine.run):
                await self.reign.credit(theirs)
            elif mine is None:
                await self.reign.hand_out(theirs.task)
        session = self.roster.admit(join.src, self.supervisor.clock.now())
        entries = list(self.supervisor.entries.values())
        await self.supervisor.store.sync("join")  # Nobody may know what this leader could still forget.
        await self.supervisor.reply(join, Joined(session=session, entries=entries))

    async def ship(self) -> None:
        """Send a checkpoint to every standby, now and then; what all of them have the workers may forget."""
        number = 0
        while not self.reign.is_over:
            await self.supervisor.sleep(self.options.checkpoint)
            number += 1
            entries, credited = list(self.supervisor.entries.values()), set(self.reign.credited)
            await self.supervisor.store.sync("checkpoint")
            shipped = [await self.ship_to(standby, number, entries) for standby in self.reign.others]
            if all(shipped):
                self.reign.covered |= credited

    async def ship_to(self, standby: str, number: int, entries: list[Entry]) -> bool:
        """Send one checkpoint; return whether it is on the standby's disk."""
        session = self.roster.sessions.get(standby, 0)
        checkpoint = Checkpoint(epoch=self.reign.epoch, session=session, number=number, entries=entries)
        try:
            await self.supervisor.rpc(standby, checkpoint, self.options.patience, CheckpointOk)
        except RpcError:
            return False
        self.roster.heard_at[standby] = self.supervisor.clock.now()
        return True
