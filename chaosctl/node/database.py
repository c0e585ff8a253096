"""Local transactions with prepare, embedded over the store: row locks, undo by never having written, one sync a commit.

A transaction keeps its writes to itself until it commits, so a rollback has nothing to undo; then all of them go to
the store at once and are durable, or lost, together. Rows are seen by others, and their locks released, when the sync
is complete: whoever read a row earlier could have read what a crash forgets. A commit that has begun ends, even if
the role that waits for it is timed out; as with any database it then does not know the outcome.
"""

from types import TracebackType
from typing import Self

import msgspec

from chaosctl.node.local_transaction import LocalTransaction, Writes
from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.points import Point, Points
from chaosctl.node.role import Then
from chaosctl.node.row_locks import RowLocks
from chaosctl.node.store import DATABASE_PREFIX, NodeStore
from chaosctl.node.wire import encode, value_decoder

LOCK_TIMEOUT = 1.0
"""Seconds of the node's clock, where the pattern has no option `lock_timeout`."""


class Prepared(msgspec.Struct):
    """A transaction in doubt, as the disk keeps it; `number` is its place in line."""

    number: int
    locked: list[str]
    writes: dict[str, msgspec.Raw]
    deletes: list[str]


class EmbeddedDatabase:
    """One role's rows, under `<role>/db/` in the node's store: the face that role.py declares."""

    def __init__(self, store: NodeStore, points: Points, role: str, locks: RowLocks) -> None:
        self._store, self.points, self._role, self._locks = store, points, role, locks
        self._row_prefix = f"{role}/{DATABASE_PREFIX}row/"
        self._prepared_prefix = f"{role}/{DATABASE_PREFIX}prepared/"
        self.rows = self._below(self._row_prefix)  # What is committed and durable; the store may be ahead of it.
        found = {gid: value_decoder(Prepared)(value) for gid, value in self._below(self._prepared_prefix).items()}
        self._prepared = dict(sorted(found.items(), key=lambda item: item[1].number))
        self._preparing: set[str] = set()
        self._number = max((prepared.number for prepared in found.values()), default=0)
        for prepared in self._prepared.values():
            self._locks.take_again(prepared.locked)

    async def open(self) -> None:
        """Be ready: what the disk kept is read already."""

    def transaction(self, point: str = "transaction", gid: str | None = None) -> "EmbeddedTransaction":
        """Return a transaction: committed and durable when the block ends, rolled back when it raises."""
        return EmbeddedTransaction(self, self._locks, gid, Point.of(self._role, point))

    async def commit_prepared(self, gid: str, point: str = "commit-prepared", then: Then | None = None) -> bool:
        """Commit a prepared transaction, durably; False where the gid is not (or no longer) known here."""
        return await self._resolve(gid, Point.of(self._role, point), then, commits=True)

    async def rollback_prepared(self, gid: str, point: str = "rollback-prepared", then: Then | None = None) -> bool:
        """Roll a prepared transaction back, durably; False where the gid is not (or no longer) known here."""
        return await self._resolve(gid, Point.of(self._role, point), then, commits=False)

    def prepared(self) -> list[str]:
        """Return the gids in doubt here, oldest first; one whose prepare is not yet durable is not among them."""
        return list(self._prepared)

    async def prepare(self, transaction: "EmbeddedTransaction", point: str, then: Then | None) -> None:
        """Make a transaction's writes durable and undecided; raises RpcError 30 where the gid is taken."""
        gid, name = transaction.gid, Point.of(self._role, point)
        assert gid is not None, "a transaction that is to be prepared begins with its gid"
        await self.points.reach(name.pre)
        if gid in self._prepared or gid in self._preparing:
            raise RpcError(ErrorCode.TXN_CONFLICT, f"{gid} is already prepared here")
        self._number += 1
        writes = {key: msgspec.Raw(value) for key, value in transaction.writes.items() if value is not None}
        deletes = [key for key, value in transaction.writes.items() if value is None]
        prepared = Prepared(self._number, sorted(transaction.locked), writes, deletes)
        transaction.hand_over()
        self._preparing.add(gid)
        if then is not None:
            then()
        self._store.write(self._prepared_prefix + gid, encode(prepared))
        self._store.when_durable(lambda: self._is_prepared(gid, prepared))
        await self._store.sync()
        await self.points.reach(name.post)

    async def commit(self, transaction: "EmbeddedTransaction") -> None:
        """Make a transaction's writes durable, then show them to others."""
        writes, locked = transaction.writes, transaction.locked
        transaction.hand_over()
        if writes:
            self._write_rows(writes)
            self._store.when_durable(lambda: self._show(writes, sorted(locked)))
            await self._store.sync()
        else:
            self._locks.release(sorted(locked))

    async def _resolve(self, gid: str, name: Point, then: Then | None, *, commits: bool) -> bool:
        await self.points.reach(name.pre)
        if gid in self._preparing:
            await self._store.sync()
        prepared = self._prepared.pop(gid, None)
        if prepared is not None:
            if then is not None:
                then()
            writes: Writes = {}
            if commits:
                writes = {key: bytes(raw) for key, raw in prepared.writes.items()} | dict.fromkeys(prepared.deletes)
            self._store.write(self._prepared_prefix + gid, None)
            self._write_rows(writes)
            self._store.when_durable(lambda: self._show(writes, prepared.locked))
        await self._store.sync()  # "Not known" too: another call may have resolved it, and not be durable yet.
        await self.points.reach(name.post)
        return prepared is not None

    def _is_prepared(self, gid: str, prepared: Prepared) -> None:
        self._preparing.discard(gid)
        self._prepared[gid] = prepared

    def _write_rows(self, writes: Writes) -> None:
        for key, value in writes.items():
            self._store.write(self._row_prefix + key, value)

    def _show(self, writes: Writes, locked: list[str]) -> None:
        for key, value in writes.items():
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value
        self._locks.release(locked)

    def _below(self, prefix: str) -> dict[str, bytes]:
        memory = self._store.memory
        return {key[len(prefix) :]: value for key, value in memory.items() if key.startswith(prefix)}


class EmbeddedTransaction(LocalTransaction):
    """One local transaction over the store's rows, and the block that it lives in."""

    _database: EmbeddedDatabase

    def __init__(self, database: EmbeddedDatabase, locks: RowLocks, gid: str | None, name: Point) -> None:
        super().__init__(database, gid)
        self._rows, self._locks, self._name = database.rows, locks, name
        self.locked: set[str] = set()

    async def __aenter__(self) -> Self:
        await self._database.points.reach(self._name.pre)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                await self._database.commit(self)
        finally:
            self.release()  # Nothing is left to release after a commit or a prepare.
        if kind is None:
            await self._database.points.reach(self._name.post)

    async def lock(self, key: str) -> None:
        """Lock a row until the transaction ends; raises LockTimeout after the database's lock timeout."""
        if key not in self.locked:
            await self._locks.take(key)
            self.locked.add(key)

    def locked_row(self, key: str) -> bytes | None:
        """Return a row as it is committed."""
        return self._rows.get(key)

    async def committed_rows(self, prefix: str) -> dict[str, bytes]:
        """Return the rows that begin with the prefix, as they are committed."""
        return {key: value for key, value in self._rows.items() if key.startswith(prefix)}

    def release(self) -> None:
        """Roll back: forget the writes and let the next in line have the rows."""
        locked = sorted(self.locked)
        self.hand_over()
        self._locks.release(locked)

    def hand_over(self) -> None:
        """End the transaction here; its locks are now somebody else's to release."""
        self.writes, self.locked, self.is_over = {}, set(), True
