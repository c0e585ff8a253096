"""A role's store kept in Redis Streams (role.Store): for the broker of a message transaction, whose disk Redis then is.

Each table (what stands before the first slash of a key) is a stream, each key an entry: a sync puts all that was
written in one MULTI, new entries in and old ones out, with the durable events of it. Memory is what Redis has, and is
read anew whenever the connection broke: what Redis has forgotten is forgotten here.
"""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import trio

from chaosctl.node.events import Held
from chaosctl.node.points import Point
from chaosctl.node.sql_connection import Connection, Lost, Way
from chaosctl.node.wire import encode, value_decoder

if TYPE_CHECKING:
    from chaosctl.node.broker_redis import RedisStreams
    from chaosctl.node.calls import Incarnation

RETRY_S = 0.05
"""How often a Redis that is down is tried again."""

TOLD = "told"
"""The table of durable events that the runner may not have heard of."""

Entries = dict[str, dict[bytes, bytes]]
"""Key to its entries, id to value: one, or several where the answer to a write was lost; the last of them counts."""


class StreamStore:
    """Implements role.Store for one role of one incarnation; `held` are durable events that no sync has stored yet."""

    def __init__(self, client: "RedisStreams", shared: "Incarnation", role: str) -> None:
        self._client, self._shared, self._role = client, shared, role
        self._connection = self._connect()
        self._entries: Entries = {}
        self._memory: dict[str, bytes] = {}
        self._dirty: dict[str, bytes | None] = {}
        self._one_sync = trio.Lock()
        self.held: list[Held] = []

    async def open(self) -> None:
        """Read what Redis has, and tell what the last incarnation could not; waits for Redis."""
        await self._read_all()
        told = sorted(key for key in self._entries if key.startswith(f"{TOLD}/"))
        lines = [(key.removeprefix(TOLD), self._memory[key]) for key in told]
        self._shared.events.tell_held(lines)
        await self._shared.store.sync()
        self._dirty |= dict.fromkeys(told)

    def put(self, key: str, value: object) -> None:
        """Set a key, in memory; the value is encoded now, so no object is shared."""
        self._memory[key] = self._dirty[key] = encode(value)

    def get(self, key: str, kind: Any, default: Any = None) -> Any:
        """Return the key's value decoded as `kind`, or the default."""
        value = self._memory.get(key)
        return default if value is None else value_decoder(kind)(value)

    def delete(self, key: str) -> None:
        """Forget a key, in memory."""
        self._memory.pop(key, None)
        self._dirty[key] = None

    def scan(self, prefix: str, kind: Any) -> dict[str, Any]:
        """Return all keys that begin with the prefix, in order of key, decoded as `kind`."""
        decode = value_decoder(kind)
        return {key: decode(value) for key, value in sorted(self._memory.items()) if key.startswith(prefix)}

    async def sync(self, point: str = "sync") -> None:
        """Return when Redis has acknowledged all that memory showed at the call, however long it is gone."""
        name = Point.of(self._role, point)
        await self._shared.points.reach(name.pre)
        async with self._one_sync:
            await self._write_all()
        await self._shared.points.reach(name.post)

    async def _write_all(self) -> None:
        held, self.held = self.held, []
        changes, self._dirty = self._dirty, {}
        changes |= {TOLD + key: line for key, line in held}
        is_done = False
        try:
            while changes and not is_done:
                is_done = await self._try_to_write(changes)
            is_done = True
        finally:
            if not is_done:  # Cancelled: the next sync writes it.
                self.held, self._dirty = held + self.held, changes | self._dirty
                self._replace_connection()
        if held:
            self._shared.events.tell_held(held)
            await self._shared.store.sync()
            self._dirty |= dict.fromkeys(TOLD + key for key, _ in held)

    async def _try_to_write(self, changes: dict[str, bytes | None]) -> bool:
        """Write, and return whether Redis has acknowledged it; where not, what it has is read again."""
        try:
            await self._write(changes)
        except Lost:
            await self._reconnect()
            await self._read_again(changes)
            return False
        return True

    async def _write(self, changes: dict[str, bytes | None]) -> None:
        rows = [(self._stream(key), key, list(self._entries.get(key, ())), value) for key, value in changes.items()]
        numbers = await self._connection.call(self._client.replace, rows)
        for (key, value), number in zip(changes.items(), numbers, strict=True):
            self._entries.pop(key, None)
            if value is not None:
                self._entries[key] = {number: value}

    async def _read_all(self) -> None:
        """Read what Redis has, however long it is gone."""
        while True:
            try:
                return await self._read()
            except Lost:
                await self._reconnect()

    async def _read(self) -> None:
        rows = await self._connection.call(self._client.read_all, self._stream(""))
        entries: defaultdict[str, dict[bytes, bytes]] = defaultdict(dict)
        for number, key, value in rows:
            entries[key][number] = value
        self._entries = dict(entries)
        self._memory = {key: list(found.values())[-1] for key, found in entries.items()}

    async def _read_again(self, changes: dict[str, bytes | None]) -> None:
        """Read what Redis has after it was gone; what was written since stands, and is written again."""
        await self._read_all()
        for key, value in (changes | self._dirty).items():
            if value is None:
                self._memory.pop(key, None)
            elif not key.startswith(TOLD):
                self._memory[key] = value

    async def _reconnect(self) -> None:
        self._replace_connection()
        await trio.sleep(RETRY_S)

    def _replace_connection(self) -> None:
        self._connection.abandon()
        self._connection = self._connect()

    def _connect(self) -> Connection:
        return Connection(self._client, trio.CapacityLimiter(1), Way())

    def _stream(self, key: str) -> str:
        return f"{self._role}.{key.partition('/')[0]}"
