"""A role's database on a real server: the face of role.py, the same for each kind (sql_connection.py).

What a role emits as durable must be true on the server, which no sync of ours makes so. In a plain transaction the
event is a row of the same commit, and is told when that is done, by the next incarnation if need be. A prepared
transaction can't keep what is to be told of it, so that is noted in the node's own store first, and told when the
server has done it, or when it is found done after a crash.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import trio

from chaosctl.node.events import KEPT_PREFIX, Holding
from chaosctl.node.local_transaction import LocalTransaction
from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.points import Point
from chaosctl.node.role import Then
from chaosctl.node.sql_connection import Connection, Dialect, Lost, Refused, dialect_of
from chaosctl.node.sql_notes import Notes, Step
from chaosctl.node.sql_pool import Pool

if TYPE_CHECKING:
    from chaosctl.node.calls import Incarnation

T = TypeVar("T")

CONNECTIONS = 16
"""Transactions under way at once; further ones wait. PostgreSQL takes 100 connections by default."""

FINISHERS = 4
"""Connections apart, so that what is prepared can end while all others wait for the rows that it locks."""


class SqlDatabase:
    """One role's rows on the node's server: implements role.Database."""

    def __init__(self, shared: "Incarnation", role: str, lock_timeout: float) -> None:
        kind, _, address = shared.server.partition(":")
        self.dialect: Dialect = dialect_of(kind)(address, f"chaosctl {role}")
        self._store, self._points, self._events, self._clock = shared.store, shared.points, shared.events, shared.clock
        self._role, self._lock_timeout = role, lock_timeout
        self._notes = Notes(shared.store, shared.events, f"{role}/db/held/")
        self._prepared: dict[str, None] = {}  # In order; in doubt, or perhaps (`_unsure`): a lost answer tells nothing.
        self._unsure: set[str] = set()
        self._busy: dict[str, trio.Event] = {}  # What is being prepared or ended.
        self._told: list[str] = []  # Events that the server need not keep any more.
        self._workers = Pool(self.dialect, CONNECTIONS, shared.way)
        self._finishers = Pool(self.dialect, FINISHERS, shared.way)

    async def open(self) -> None:
        """Wait until the server is there, learn what is in doubt, and tell what the last incarnation could not."""
        await self._finishers.persistently(self.dialect.open)
        self._prepared = dict.fromkeys((await self._finishers.persistently(self.dialect.in_doubt))[0])
        told, _ = await self._finishers.persistently(self.dialect.scan, KEPT_PREFIX)
        self._events.tell_held(sorted(told.items()))
        await self._notes.tell_left(self._prepared)
        self._told += told

    @asynccontextmanager
    async def transaction(self, point: str = "transaction", gid: str | None = None) -> AsyncIterator["SqlTransaction"]:
        """Return a transaction: committed and durable when the block ends, rolled back when it raises."""
        name = Point.of(self._role, point)
        await self._points.reach(name.pre)
        transaction = SqlTransaction(self, await self._begin(gid), gid)
        try:
            with self._events.holding(transaction.held):
                yield transaction
            if not transaction.is_over:
                await self._commit(transaction)
        finally:
            if not transaction.is_over:
                await self._roll_back(transaction)
        await self._points.reach(name.post)

    async def commit_prepared(self, gid: str, point: str = "commit-prepared", then: Then | None = None) -> bool:
        """Commit a prepared transaction, durably; False where the gid is not (or no longer) known here."""
        return await self._finish(gid, Point.of(self._role, point), then, commits=True)

    async def rollback_prepared(self, gid: str, point: str = "rollback-prepared", then: Then | None = None) -> bool:
        """Roll a prepared transaction back, durably; False where the gid is not (or no longer) known here."""
        return await self._finish(gid, Point.of(self._role, point), then, commits=False)

    def prepared(self) -> list[str]:
        """Return the gids in doubt here, oldest first."""
        return [gid for gid in self._prepared if gid not in self._busy]

    async def prepare(self, transaction: "SqlTransaction", point: str, then: Then | None) -> None:
        """Make a transaction durable and undecided; raises RpcError where it can't be, or nobody knows."""
        gid, name = transaction.gid, Point.of(self._role, point)
        assert gid is not None, "a transaction that is to be prepared begins with its gid"
        await self._points.reach(name.pre)
        if gid in self._prepared or gid in self._busy:
            raise RpcError(ErrorCode.TXN_CONFLICT, f"{gid} is already prepared here")
        is_certain = False
        over = self._busy[gid] = trio.Event()
        try:
            held = await self._notes.note("prepared", gid, then)
            await self.call(transaction, self.dialect.put, transaction.writes)
            try:
                await self.call(transaction, self.dialect.prepare, gid)
                self._prepared[gid] = None
                self._events.tell_held(held)
                is_certain = True
            except RpcError as refusal:
                is_certain = isinstance(refusal.__cause__, Refused)
                raise
            finally:
                if not is_certain:
                    self._prepared[gid] = None
                    self._unsure.add(gid)
                self._notes.forget("prepared", gid)
            transaction.is_over = True
            self._workers.give(transaction.connection, is_usable=not self.dialect.prepared_stays)
            await self._store.sync()
        finally:
            del self._busy[gid]
            over.set()
        await self._points.reach(name.post)

    async def call(self, transaction: "SqlTransaction", work: Callable[..., T], *arguments: Any) -> T:
        """Return what the server answers inside a transaction; raises RpcError where it refuses or is gone."""
        try:
            return await transaction.connection.call(work, *arguments)
        except Refused as refusal:
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, str(refusal)) from refusal
        except Lost as lost:
            transaction.connection.abandon()
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, f"the database is gone: {lost}") from lost

    async def _begin(self, gid: str | None) -> Connection:
        try:
            return await self._workers.take(self.dialect.begin, gid, self._clock.true_seconds(self._lock_timeout))
        except Lost as lost:
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, f"the database is gone: {lost}") from lost

    async def _commit(self, transaction: "SqlTransaction") -> None:
        """Commit with the events of it; one that only read is rolled back, so that no lock of its becomes a row."""
        held, told = list(transaction.held.lines), self._told
        if not transaction.writes and not held:
            return
        self._told = []
        await self.call(transaction, self.dialect.put, {**transaction.writes, **dict(held), **dict.fromkeys(told)})
        transaction.is_over = True
        is_usable = False
        try:
            await transaction.connection.call(self.dialect.commit)
            is_usable = True
        except Lost as lost:
            if not held or not await self._has_committed(held[0][0]):
                code = ErrorCode.TEMPORARILY_UNAVAILABLE if held else ErrorCode.CRASH
                raise RpcError(code, f"the database was gone before it had committed: {lost}") from lost
        finally:
            self._workers.give(transaction.connection, is_usable=is_usable)
        if held:
            self._events.tell_held(held)
            await self._store.sync()
            self._told += [key for key, _ in held]

    async def _has_committed(self, event: str) -> bool:
        """Return whether a commit whose answer was lost is done, by an event of it; it does not run any more then."""
        await self._finishers.persistently(self.dialect.open)
        return event in (await self._finishers.persistently(self.dialect.scan, KEPT_PREFIX))[0]

    async def _roll_back(self, transaction: "SqlTransaction") -> None:
        transaction.is_over = is_done = True
        try:
            if not transaction.connection.is_abandoned:
                await transaction.connection.call(self.dialect.rollback)
        except Lost:
            is_done = False
        finally:
            self._workers.give(transaction.connection, is_usable=is_done and not transaction.connection.is_abandoned)

    async def _finish(self, gid: str, name: Point, then: Then | None, *, commits: bool) -> bool:
        await self._points.reach(name.pre)
        while gid in self._busy:
            await self._busy[gid].wait()
        is_known = gid in self._prepared
        if is_known:
            over = self._busy[gid] = trio.Event()
            try:
                await self._carry_out(gid, then, commits=commits)
            finally:
                del self._busy[gid]
                over.set()
        await self._points.reach(name.post)
        return is_known

    async def _carry_out(self, gid: str, then: Then | None, *, commits: bool) -> None:
        """End what is prepared, and tell it. Where it is gone though nobody lost an answer, others have ended it."""
        step: Step = "committed" if commits else "aborted"
        held = await self._notes.note(step, gid, then)
        is_unsure = gid in self._unsure
        if is_unsure:
            await self._finishers.persistently(self.dialect.open)  # Its PREPARE may be running yet.
        was_there, was_lost = await self._finishers.persistently(partial(self.dialect.finish, commits=commits), gid)
        self._prepared.pop(gid, None)
        self._unsure.discard(gid)
        if was_there or (was_lost and not is_unsure):
            self._events.tell_held(held)
        self._notes.forget(step, gid)
        await self._store.sync()


class SqlTransaction(LocalTransaction):
    """One local transaction on the server; what it has read is locked there, and writes go out at its end."""

    def __init__(self, database: SqlDatabase, connection: Connection, gid: str | None) -> None:
        super().__init__(database, gid)
        self.connection, self.held = connection, Holding()
        self._call, self._dialect = partial(database.call, self), database.dialect
        self._read: dict[str, bytes | None] = {}

    async def lock(self, key: str) -> None:
        """Lock a row until the transaction ends; raises LockTimeout after the database's lock timeout."""
        if key not in self._read:
            self._read[key] = await self._call(self._dialect.get, key)

    def locked_row(self, key: str) -> bytes | None:
        """Return a row as it is committed."""
        return self._read[key]

    async def committed_rows(self, prefix: str) -> dict[str, bytes]:
        """Return the rows that begin with the prefix, as they are committed."""
        return await self._call(self._dialect.scan, prefix)
