"""PostgreSQL under a role's database: PREPARE TRANSACTION, COMMIT PREPARED, pg_prepared_xacts (psycopg 3, blocking).

PostgreSQL manual, "Two-Phase Transactions" and PREPARE TRANSACTION: a prepared transaction belongs to no session any
more, survives any crash, and keeps its locks. `lock_timeout` ends the deadlocks that no single server can see.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ClassVar, ParamSpec, TypeVar

import psycopg
from psycopg import errors

from chaosctl.node.role import LockTimeout
from chaosctl.node.sql_connection import InDoubt, Lost, Place, Refused

P = ParamSpec("P")
T = TypeVar("T")

TABLE = "CREATE TABLE IF NOT EXISTS rows (key text PRIMARY KEY, value bytea)"
END_OTHERS = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE application_name = %s AND pid <> pg_backend_pid()"""
HELD_UP = """SELECT
(SELECT count(*) FROM rows JOIN pg_prepared_xacts ON rows.xmax = transaction),
(SELECT count(*) FROM pg_locks JOIN pg_prepared_xacts ON transactionid = transaction WHERE NOT granted)"""
"""Rows whose last locker is prepared, and who waits for such a transaction's end."""

LOCKED = (errors.LockNotAvailable, errors.DeadlockDetected)


def _translated(call: Callable[P, T]) -> Callable[P, T]:
    """Let a call raise the errors that sql_connection.py declares."""

    @wraps(call)
    def translated(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return call(*arguments, **named)
        except LOCKED as locked:
            raise LockTimeout(str(locked)) from locked
        except errors.OutOfMemory as full:  # "maximum number of prepared transactions reached".
            raise Refused(str(full).partition("\n")[0]) from full
        except (errors.DiskFull, errors.DuplicateObject) as refusal:
            raise Refused(str(refusal).partition("\n")[0]) from refusal
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as broken:
            raise Lost(str(broken)) from broken

    return translated


class Postgres:
    """Speaks to one server; `address` is the name of its Unix socket."""

    prepared_stays: ClassVar[bool] = False

    def __init__(self, address: str, name: str) -> None:
        self._place = Place.of(address)
        self._name = f"{name} {self._place.scope}".strip()

    @_translated
    def connect(self) -> Any:
        """Return a new connection; one that a server lets wait is given up."""
        where: dict[str, Any] = {"host": self._place.address, "user": "postgres", "dbname": "postgres"}
        if self._place.scope:
            where = {"conninfo": self._place.address, "options": f"-c search_path={self._place.scope}"}
        return psycopg.connect(
            **where,
            application_name=self._name,
            connect_timeout=5,
            autocommit=True,
            prepare_threshold=None,
        )

    def close(self, raw: Any) -> None:
        """Close a connection."""
        raw.close()

    def descriptor(self, raw: Any) -> int:
        """Return the descriptor of its socket."""
        try:
            return int(raw.fileno())
        except psycopg.Error as closed:
            raise OSError(str(closed)) from closed

    @_translated
    def open(self, raw: Any) -> None:
        """End what earlier incarnations left: a statement of theirs may be running yet. Make the table."""
        raw.execute(END_OTHERS, (self._name,))
        if self._place.scope:
            raw.execute(f"CREATE SCHEMA IF NOT EXISTS {self._place.scope}")
        raw.execute(TABLE)

    @_translated
    def begin(self, raw: Any, gid: str | None, lock_timeout: float) -> None:  # noqa: ARG002 (named at its end only)
        """Begin a transaction."""
        raw.execute(f"BEGIN; SET LOCAL lock_timeout = {max(1, round(lock_timeout * 1000))}")

    @_translated
    def get(self, raw: Any, key: str) -> bytes | None:
        """Return a row, locked. One that is not there is locked by a row without a value, ours until we end."""
        found = raw.execute("SELECT value FROM rows WHERE key = %s FOR UPDATE", (key,)).fetchone()
        if found is None:
            raw.execute("INSERT INTO rows VALUES (%s, NULL) ON CONFLICT DO NOTHING", (key,))
            found = raw.execute("SELECT value FROM rows WHERE key = %s FOR UPDATE", (key,)).fetchone()
        return None if found is None or found[0] is None else bytes(found[0])

    @_translated
    def put(self, raw: Any, rows: Mapping[str, bytes | None]) -> None:
        """Write rows."""
        for key, value in rows.items():
            if value is None:
                raw.execute("DELETE FROM rows WHERE key = %s", (key,))
            else:
                raw.execute(
                    "INSERT INTO rows VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    (key, value),
                )

    @_translated
    def scan(self, raw: Any, prefix: str) -> dict[str, bytes]:
        """Return the rows that begin with the prefix."""
        found = raw.execute(
            "SELECT key, value FROM rows WHERE starts_with(key, %s) AND value IS NOT NULL", (prefix,)
        ).fetchall()
        return {key: bytes(value) for key, value in found}

    @_translated
    def commit(self, raw: Any) -> None:
        """Commit."""
        raw.execute("COMMIT")

    @_translated
    def rollback(self, raw: Any) -> None:
        """Roll back."""
        raw.execute("ROLLBACK")

    @_translated
    def prepare(self, raw: Any, gid: str) -> None:
        """Make the transaction durable and undecided; the connection is free then."""
        raw.execute(f"PREPARE TRANSACTION {_quoted(raw, self._place.full(gid))}")

    @_translated
    def finish(self, raw: Any, gid: str, *, commits: bool) -> bool:
        """Commit a prepared transaction or roll it back."""
        try:
            raw.execute(f"{'COMMIT' if commits else 'ROLLBACK'} PREPARED {_quoted(raw, self._place.full(gid))}")
        except errors.UndefinedObject:
            return False
        return True

    @_translated
    def in_doubt(self, raw: Any) -> list[str]:
        """Return what is prepared."""
        found = raw.execute("SELECT gid FROM pg_prepared_xacts ORDER BY prepared, gid").fetchall()
        return self._place.ours(gid for (gid,) in found)

    @_translated
    def doubt(self, raw: Any) -> InDoubt:
        """Return pg_prepared_xacts, the rows whose xmax they are, and who waits for one of them in pg_locks."""
        try:
            rows, waiting = raw.execute(HELD_UP).fetchone()
        except errors.UndefinedTable:
            rows = waiting = 0
        return InDoubt(self.in_doubt(raw), rows, waiting)

    @_translated
    def remove(self, raw: Any) -> None:
        """Roll back what is prepared in our scope, and drop its schema."""
        raw.execute(END_OTHERS, (self._name,))
        for gid in self.in_doubt(raw):
            self.finish(raw, gid, commits=False)
        raw.execute(f"DROP SCHEMA IF EXISTS {self._place.scope} CASCADE")

    @_translated
    def unfit(self, raw: Any) -> str:
        """Return that it takes no prepared transaction, where that is so."""
        (most,) = raw.execute("SHOW max_prepared_transactions").fetchone()
        return "" if int(most) else "max_prepared_transactions is 0 there, so PREPARE TRANSACTION is refused"

    @_translated
    def check(self, raw: Any) -> None:
        """Find out whether the connection works."""
        raw.execute("SELECT 1")


def _quoted(raw: Any, text: str) -> str:
    """Return a literal: these statements take no parameters."""
    return psycopg.sql.Literal(text).as_string(raw)
