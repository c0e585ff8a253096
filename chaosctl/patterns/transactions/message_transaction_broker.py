"""The broker of a message transaction: keeps half messages hidden until it knows how their transactions ended.

A half message is on disk before it is acknowledged. Told commit, it is delivered until it is consumed, or parked as a
dead letter when that was in vain too often: kept and counted, until an operator has it delivered again. Told rollback,
it is deleted; told nothing, the broker asks the producer, for ever: RocketMQ asks 15 times, then discards, and what
was half done stays so.
"""

from functools import partial
from typing import Any

import msgspec

from chaosctl.node.role import Role
from chaosctl.patterns.transactions.message_transaction_messages import (
    COMMIT,
    Check,
    Consumed,
    Deliver,
    End,
    Half,
    HalfOk,
    Parcel,
)
from chaosctl.patterns.transactions.two_phase_commit_messages import holder


class Kept(msgspec.Struct):
    """A message on the broker's disk: half until it is committed; `tries` counts how often it was delivered.

    `parcels` are those that no consumer has acknowledged yet, each at a holder of its own.
    """

    gid: str
    parcels: list[Parcel]
    producer: str
    is_half: bool = True
    tries: int = 0


class Broker(Role):
    """On disk: message/, from half until consumed or taken back; dead/, dead letters; over/, that one was here."""

    async def start(self) -> None:
        """Go on with every message that the disk kept."""
        self.committing: set[str] = set()
        for kept in self.store.scan("message/", Kept).values():
            self.spawn(partial(self.see_through, kept.gid))

    async def on_half(self, half: Half) -> None:
        """Step 2: keep a half message, once, and acknowledge it when it is on disk."""
        gid = half.gid
        if not self.is_known(gid):
            self.store.put(f"message/{gid}", Kept(gid, half.parcels, half.src))
            self.emit("message_stored", durable=True, message=gid)
            self.spawn(partial(self.see_through, gid))
        await self.store.sync("half")
        for parcel in half.parcels if self.options.broker != "embedded" else ():
            self.emit("message_acknowledged", message=gid, consumer=self.consumer(parcel))
        await self.reply(half, HalfOk())

    def is_known(self, gid: str) -> bool:
        """Return whether a message is here, or was: a late copy of its half must not open it again."""
        return any(self.store.get(f"{table}/{gid}", Any) is not None for table in ("message", "dead", "over"))

    async def see_through(self, gid: str) -> None:
        """Ask about a half message, deliver a whole one, until it is over or a dead letter."""
        while (kept := self.store.get(f"message/{gid}", Kept)) is not None:
            if kept.is_half or gid in self.committing:
                await self.sleep(self.options.check_after)
                await self.check(gid, kept.producer)
            elif kept.tries < self.options.most_deliveries:
                await self.deliver(kept)
                await self.sleep(self.options.retry)
            else:
                await self.park(gid, kept)
                return  # Whoever has it delivered again sees it through.

    async def deliver(self, kept: Kept) -> None:
        """Step 6: send each consumer its parcel. A crash may forget that it was, and it is sent once more for that."""
        for _ in kept.parcels if kept.tries else ():
            self.emit("redelivered", message=kept.gid, nth=kept.tries)
        kept.tries += 1
        self.store.put(f"message/{kept.gid}", kept)
        for parcel in kept.parcels:
            await self.send(self.consumer(parcel), Deliver(parcel=parcel))

    def consumer(self, parcel: Parcel) -> str:
        """Return who is to have a parcel."""
        return holder(next(iter(parcel.effects)), self.placement["resource-manager"])

    async def park(self, gid: str, kept: Kept) -> None:
        """Make a message that nobody takes a dead letter: it is no more delivered, and not dropped."""
        self.store.delete(f"message/{gid}")
        self.store.put(f"dead/{gid}", kept)
        self.emit("dead_lettered", durable=True, message=gid, gid=gid, tries=kept.tries)
        await self.store.sync("park")

    async def on_operator(self, command: str, arguments: dict[str, str]) -> None:  # noqa: ARG002 (takes none)
        """Deliver all dead letters once more when somebody orders `redeliver`."""
        if command != "redeliver":
            return
        for kept in self.store.scan("dead/", Kept).values():
            kept.tries = 0
            self.store.delete(f"dead/{kept.gid}")
            self.store.put(f"message/{kept.gid}", kept)
            self.emit("message_stored", durable=True, message=kept.gid)
            self.spawn(partial(self.see_through, kept.gid))
        await self.store.sync("redeliver")

    async def check(self, gid: str, producer: str) -> None:
        """Step 5: ask the producer how it ended, unless that is known meanwhile; the answer comes as an end."""
        kept: Kept | None = self.store.get(f"message/{gid}", Kept)
        if kept is not None and kept.is_half:
            self.emit("checked", gid=gid)
            await self.send(producer, Check(gid=gid))

    async def on_end(self, end: End) -> None:
        """Turn a half message into a message, or into none; a late word about either changes nothing."""
        kept: Kept | None = self.store.get(f"message/{end.gid}", Kept)
        if kept is None or not kept.is_half:
            return
        if end.outcome != COMMIT:
            await self.forget(end.gid)
            return
        kept.is_half = False
        self.store.put(f"message/{end.gid}", kept)
        self.committing.add(end.gid)
        await self.store.sync("commit")  # A consumer must not see what a crash turns back into a half.
        self.committing.discard(end.gid)
        # Read anew: a consumer that had it, before the disk forgot that it was committed, may have said so.
        kept = self.store.get(f"message/{end.gid}", Kept)
        if kept is not None:
            await self.deliver(kept)

    async def on_consumed(self, consumed: Consumed) -> None:
        """Strike off the parcel that a consumer has; forget the message when all have theirs."""
        for table in ("message", "dead"):
            kept: Kept | None = self.store.get(f"{table}/{consumed.gid}", Kept)
            if kept is None:
                continue
            kept.parcels = [parcel for parcel in kept.parcels if self.consumer(parcel) != consumed.src]
            if kept.parcels:
                self.store.put(f"{table}/{consumed.gid}", kept)  # Forgotten in a crash, it is delivered once more.
            else:
                await self.forget(consumed.gid)

    async def forget(self, gid: str) -> None:
        """Delete a message, and remember that it is over: a late copy of its half must not open it again."""
        if self.store.get(f"message/{gid}", Kept) is None and self.store.get(f"dead/{gid}", Kept) is None:
            return
        self.store.delete(f"message/{gid}")
        self.store.delete(f"dead/{gid}")
        self.store.put(f"over/{gid}", value=True)
        self.emit("message_done", durable=True, message=gid)
        await self.store.sync("over")
