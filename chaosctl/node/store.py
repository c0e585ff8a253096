"""The store: in memory at once, durable with the next completed sync, one file or table a node, keys apart by role.

`sync` returns when all that memory showed at the call is durable, whoever wrote it. So a call that finds nothing
dirty still waits for the sync in flight: "nothing dirty, return" would answer a duplicate prepare too early. One
task of the node does all commits; what waits for them may be cancelled, a commit may not.
"""

import errno
import os
from collections.abc import Awaitable, Callable
from typing import Any

from chaosctl.node.host import Host, Park
from chaosctl.node.messages import Disk
from chaosctl.node.points import Point, Points
from chaosctl.node.waiters import Waiters
from chaosctl.node.wire import encode, value_decoder

DATABASE_PREFIX = "db/"
"""Below a role's own prefix: the rows of its database, which its store does not show."""


class _Batch:
    """The writes of one sync, and who waits for it."""

    def __init__(self, park: Park) -> None:
        self.waiters = Waiters(park)
        self.callbacks: list[Callable[[], None]] = []


class NodeStore:
    """All of one incarnation's keys, and the one task that syncs them."""

    def __init__(self, host: Host, disk_sync: float, lost: int) -> None:
        self._host = host
        self.memory = host.disk.load(lost)
        self._dirty: dict[str, bytes | None] = {}
        self._open = _Batch(host.park)  # What is written now goes into this one.
        self._in_flight: _Batch | None = None
        self._is_asked = False
        self._wake = Waiters(host.park)
        self._disk_sync, self._slow = disk_sync, 0.0
        self._error = 0
        self.before_commit: Callable[[], None] = lambda: None
        self.after_commit: Callable[[int, int], None] = lambda _writes, _duration_ns: None

    def write(self, key: str, value: bytes | None) -> None:
        """Set a key in memory, or delete it with None; the next sync makes it durable."""
        self._dirty[key] = value
        if value is None:
            self.memory.pop(key, None)
        else:
            self.memory[key] = value

    def when_durable(self, callback: Callable[[], None]) -> None:
        """Call back as soon as all that memory shows now is durable, before anybody who waits for it goes on."""
        batch = self._open if self._dirty else self._in_flight
        if batch is None:
            callback()
        else:
            batch.callbacks.append(callback)

    async def sync(self) -> None:
        """Return when all that memory shows now is durable; joins or follows the sync in flight."""
        batch = self._in_flight
        if self._dirty:
            batch = self._open
            self._is_asked = True
            self._wake.wake()
        if batch is not None:
            await batch.waiters.wait()

    def harm(self, disk: Disk) -> None:
        """Take on or heal what the fault kind `disk` does to syncs from now on."""
        if disk.heal:
            self._slow, self._error = 0.0, 0
        if disk.slow is not None:
            self._slow = disk.slow
        if disk.fsync_error is not None:
            self._error = errno.EIO if disk.fsync_error else 0
        if disk.full is not None:
            self._error = errno.ENOSPC if disk.full else 0

    async def commit_forever(self, die: Callable[[str], Awaitable[None]]) -> None:
        """Commit whenever somebody asked for a sync; a commit that fails ends the node: nobody knows what is left."""
        while True:
            if not self._is_asked:
                await self._wake.wait()
            self._is_asked = False
            self.before_commit()
            batch, self._open = self._open, _Batch(self._host.park)
            writes, self._dirty = self._dirty, {}
            self._in_flight = batch
            try:
                await self._commit(writes)
            except OSError as failure:
                await die(f"sync failed: {failure}")
            self._in_flight = None
            for callback in batch.callbacks:
                callback()
            batch.waiters.wake_all()

    async def _commit(self, writes: dict[str, bytes | None]) -> None:
        if self._error:
            raise OSError(self._error, os.strerror(self._error))
        began_ns = self._host.now_ns()
        await self._host.disk.commit(writes, self._disk_sync + self._slow)
        self.after_commit(len(writes), self._host.now_ns() - began_ns)


class RoleStore:
    """One role's own keys: the face that role.py declares."""

    def __init__(self, shared: NodeStore, points: Points, role: str) -> None:
        self._shared, self._points, self._role = shared, points, role
        self._prefix = f"{role}/"
        self._names: dict[str, Point] = {}

    def put(self, key: str, value: object) -> None:
        """Set a key, in memory; the value is encoded now, so no object is shared."""
        self._shared.write(self._own(key), encode(value))

    def get(self, key: str, kind: Any, default: Any = None) -> Any:
        """Return the key's value decoded as `kind`, or the default."""
        value = self._shared.memory.get(self._own(key))
        return default if value is None else value_decoder(kind)(value)

    def delete(self, key: str) -> None:
        """Forget a key, in memory."""
        self._shared.write(self._own(key), None)

    def scan(self, prefix: str, kind: Any) -> dict[str, Any]:
        """Return all keys that begin with the prefix, in order of key, decoded as `kind`."""
        memory, own, rows = self._shared.memory, len(self._prefix), self._prefix + DATABASE_PREFIX
        keys = sorted(key for key in memory if key.startswith(self._prefix + prefix) and not key.startswith(rows))
        decode = value_decoder(kind)
        return {key[own:]: decode(memory[key]) for key in keys}

    async def sync(self, point: str = "sync") -> None:
        """Return when all that memory showed at the call is durable, whoever wrote it."""
        name = self._names.get(point)
        if name is None:
            name = self._names[point] = Point.of(self._role, point)
        if self._points.passes(name.pre):
            await self._points.act(name.pre)
        await self._shared.sync()
        if self._points.passes(name.post):
            await self._points.act(name.post)

    def _own(self, key: str) -> str:
        if key.startswith(DATABASE_PREFIX):
            raise ValueError(f'the key "{key}" is the database\'s: a role\'s own keys do not begin with "db/"')
        return self._prefix + key
