"""A primary and its backup: no answer before both have it, and a person decides which one goes on alone.

P. Alsberg, J. Day, "A Principle for Resilient Sharing of Distributed Resources" (ICSE 1976); numbered views as in
N. Budhiraja, K. Marzullo, F. Schneider, S. Toueg, "The Primary-Backup Approach" (1993).
Model: linearizable under asynchrony and crash-recovery, also under partitions, in mode "synchronous". It refuses while
one of the two is away, until the operator says `promote` to the backup. Nobody guesses, so nobody guesses wrong:
only the backup of a view makes the next view (promoted), or the lone primary (taking a backup), so no two nodes ever
lead one view, whatever the operator orders. In mode "asynchronous" the primary answers first and copies later: what it
had acknowledged and not yet copied is lost by a promotion, and counted when it returns (`discarded`). With
`switch = "automatic"` the servers do guess, and all of this holds without partitions alone.

What would surprise: reads ask the backup too. A primary that was deposed behind its back would else show old values,
and one that shows a write before the backup has it shows what a promotion may take back. A doubled write is done twice.
"""

from typing import TypeVar

from chaosctl.node.messages import ErrorCode, Message, RpcError
from chaosctl.node.role import Role
from chaosctl.patterns.failure_detector import Suspicion
from chaosctl.patterns.replication.messages import Read, ReadOk, Write, WriteOk
from chaosctl.patterns.replication.primary_backup_messages import (
    Announce,
    Entry,
    Join,
    Replicate,
    ReplicateOk,
    Transfer,
    View,
)

M = TypeVar("M", bound=Message)


class Server(Role):
    """One of the two copies (on the first two nodes), and on the others a way to whoever is primary."""

    async def start(self) -> None:
        """Come back in the view that was synced; even its primary does not lead before its backup has agreed."""
        first = View(1, *self.nodes[:2])
        self.view: View = self.store.get("view", View, first)
        self.newest = self.view
        self.base: int = self.store.get("base", int, 0)
        self.entries: dict[str, Entry] = self.store.scan("key/", Entry)
        self.leading = False
        self.copied_up_to = 0
        self.suspicion = Suspicion(self)  # Of the other copy, once it was heard in this view and incarnation.
        self.spawn(self.keep_in_touch)
        if self.options.mode == "asynchronous":
            self.spawn(self.copy_later)
        if self.options.switch == "automatic":
            self.spawn(self.watch)

    # Clients.

    async def on_read(self, read: Read) -> None:
        """Answer with what is here, once it is certain that it stays and that this view is not over."""
        if self.newest.primary != self.node_id:
            await self.reply(read, await self.pass_on(Read(key=read.key), ReadOk))
            return
        self.refuse_unless_leading()
        view, key = self.view, f"key/{read.key}"
        seen = {key: self.entries[key]} if key in self.entries else {}
        await self.store.sync("read")
        await self.settle_read(view, seen)
        await self.reply(read, ReadOk(value=seen[key][1] if seen else None))

    async def on_write(self, write: Write) -> None:
        """Put the write on disk, then on the backup's, then answer: the primary is never behind its backup."""
        if self.newest.primary != self.node_id:
            await self.reply(write, await self.pass_on(Write(key=write.key, value=write.value), WriteOk))
            return
        self.refuse_unless_leading()
        view, key = self.view, f"key/{write.key}"
        entry = (self.last_sequence() + 1, write.value)
        self.keep({key: entry})
        await self.store.sync("write")
        await self.settle_write(view, {key: entry})
        await self.reply(write, WriteOk())

    async def settle_read(self, view: View, seen: dict[str, Entry]) -> None:
        """Return when what a read shows is at the backup, which is still in this view."""
        await self.settle(view, seen)

    async def settle_write(self, view: View, entries: dict[str, Entry]) -> None:
        """Return when a write is at the backup."""
        await self.settle(view, entries)

    async def settle(self, view: View, entries: dict[str, Entry]) -> None:
        """Return when the backup has these entries; nobody knows what becomes of them if it does not say so."""
        if self.options.mode == "synchronous" and view.backup and not await self.copy(view, entries):
            raise RpcError(ErrorCode.TIMEOUT, "the backup did not confirm")

    def refuse_unless_leading(self) -> None:
        """Refuse before anything is written, while it is known that nothing can be confirmed."""
        if not self.leading:
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, "no backup, or another view")

    async def pass_on(self, request: Message, answer: type[M]) -> M:
        """Ask the primary; its errors, and its silence, are the client's."""
        return await self.rpc(self.newest.primary, request, 2 * self.options.patience, answer)

    # The two copies.

    async def copy(self, view: View, entries: dict[str, Entry]) -> bool:
        """Return whether the backup has these entries on disk, and is in this view."""
        try:
            await self.rpc(view.backup, Replicate(view=view, entries=entries), self.options.patience, ReplicateOk)
        except RpcError:
            return False
        return True

    async def copy_later(self) -> None:
        """In mode "asynchronous": copy now and then what was written since."""
        while True:
            await self.sleep(self.options.lag)
            late = {key: entry for key, entry in self.entries.items() if entry[0] > self.copied_up_to}
            view = self.view
            if late and self.leading and view.backup and await self.copy(view, late) and view == self.view:
                self.copied_up_to = max(entry[0] for entry in late.values())

    async def on_replicate(self, copy: Replicate) -> None:
        """Keep what is newer, on disk before the primary counts on it; refuse the primary of another view."""
        if not self.accepts(copy):
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, f"in view {self.view.number}")
        self.keep({key: entry for key, entry in copy.entries.items() if entry[0] > self.entries.get(key, (0, None))[0]})
        await self.store.sync("copy")
        await self.reply(copy, ReplicateOk())

    def accepts(self, copy: Replicate) -> bool:
        """Return whether this comes from the primary of the present view: older ones are fenced here."""
        return copy.view == self.view and self.view.backup == self.node_id

    def keep(self, entries: dict[str, Entry]) -> None:
        """Have these from now on, on disk with the next sync."""
        self.entries |= entries
        for key, entry in entries.items():
            self.store.put(key, entry)

    def last_sequence(self) -> int:
        """Return the number of the last write here."""
        return max((number for number, _ in self.entries.values()), default=0)

    # Views.

    async def keep_in_touch(self) -> None:
        """As the primary of the newest view: announce it, and lead while the backup agrees."""
        while True:
            if self.is_primary():
                await self.store.sync("view")  # A view that a crash forgets must not have deposed anybody.
                for node in self.nodes:
                    if node != self.node_id:
                        await self.send(node, Announce(view=self.view))
                await self.confirm(self.view)
            await self.sleep(self.options.heartbeat)

    async def confirm(self, view: View) -> None:
        """Lead if the backup is in this view, or if the view has none."""
        agreed = not view.backup or await self.copy(view, {})
        if view != self.view or not self.is_primary():
            return  # Another view began meanwhile.
        if agreed:
            self.suspicion.hear(view.backup)
            if not self.leading:
                self.leading = True
                self.emit("became_leader", term=view.number)
        elif self.options.mode == "synchronous":
            self.step_down("no-backup")

    def is_primary(self) -> bool:
        """Return whether this node is primary, in the newest view that it has heard of."""
        return self.view == self.newest and self.view.primary == self.node_id

    def step_down(self, why: str) -> None:
        """Serve no longer."""
        if self.leading:
            self.leading = False
            self.emit("stepped_down", term=self.view.number, why=why)

    async def on_announce(self, announce: Announce) -> None:
        """Follow the newest view; a copy that is not in it asks to be."""
        if announce.view > self.newest:
            self.step_down("newer-view")
            self.newest = announce.view
        if announce.view == self.view:
            self.suspicion.hear(announce.src)
        elif announce.view > self.view and self.node_id in self.nodes[:2]:
            await self.send(announce.src, Join(view=announce.view))

    async def on_operator(self, command: str, arguments: dict[str, str]) -> None:  # noqa: ARG002 (takes none)
        """Obey `promote`: the backup goes on alone, and what its primary says from now on it refuses."""
        if command == "promote" and self.view == self.newest and self.view.backup == self.node_id:
            self.go_alone()

    async def watch(self) -> None:
        """With an automatic switch: go on alone when the other copy of this view is suspected, the fallacy."""
        while True:
            await self.sleep(self.options.heartbeat)
            if self.has_partner() and self.suspicion.of and self.suspicion.is_raised():
                self.go_alone()

    def has_partner(self) -> bool:
        """Return whether this node is one of two in the newest view."""
        return self.view == self.newest and bool(self.view.backup) and self.node_id in self.view

    def go_alone(self) -> None:
        """Begin the next view without the other copy; it is led once it is on disk."""
        self.base = self.last_sequence()
        self.store.put("base", self.base)
        self.enter(View(self.view.number + 1, self.node_id))
        self.emit("went_alone", durable=True, term=self.view.number)

    def enter(self, view: View) -> None:
        """Be in a newer view, in memory."""
        self.step_down("newer-view")
        self.view, self.newest, self.suspicion, self.copied_up_to = view, max(view, self.newest), Suspicion(self), 0
        self.store.put("view", view)

    async def on_join(self, join: Join) -> None:
        """Take a backup: from now on nothing is answered without it, so that all of the view is in what it gets."""
        if not self.is_primary() or self.view.backup not in ("", join.src):
            return
        if not self.view.backup:
            self.enter(View(self.view.number + 1, self.node_id, join.src))
        view = self.view
        await self.store.sync("view")
        if view == self.view:
            await self.send(join.src, Transfer(view=view, entries=self.entries, base=self.base))

    async def on_transfer(self, transfer: Transfer) -> None:
        """Be the backup, with the primary's copy in place of one's own; count what is dropped with that."""
        if transfer.view <= self.view:
            return  # A late one: what was replicated since must not be undone.
        if self.view.primary == self.node_id and self.last_sequence() > transfer.base:
            writes = self.last_sequence() - transfer.base
            values = [(key[4:], entry[1]) for key, entry in self.entries.items() if entry[0] > transfer.base]
            self.emit("discarded", durable=True, term=self.view.number, writes=writes, values=values)
        self.enter(transfer.view)
        self.replace(transfer.entries)
        await self.store.sync("transfer")

    def replace(self, entries: dict[str, Entry]) -> None:
        """Have these and nothing else."""
        for key in self.entries:
            self.store.delete(key)
        self.entries = {}
        self.keep(entries)
