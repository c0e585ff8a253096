"""MariaDB under a role's database: XA START, END, PREPARE, COMMIT, and XA RECOVER (PyMySQL).

MariaDB manual, "XA Transactions": what is prepared survives its connection's end (since 10.5) and any crash of the
server, its rows locked; until its connection has ended no other may decide it, and is told XAER_NOTA as if it did not
exist. READ COMMITTED, for a row that is not there would else be locked as a gap, which others may hold as well.
"""

import getpass
import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps
from typing import Any, ClassVar, ParamSpec, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import pymysql

from chaosctl.node.role import LockTimeout
from chaosctl.node.sql_connection import InDoubt, Lost, Place, Refused

P = ParamSpec("P")
T = TypeVar("T")

SET_UP = (
    "CREATE DATABASE IF NOT EXISTS {0}",
    "USE {0}",
    "CREATE TABLE IF NOT EXISTS `rows` (`key` varbinary(500) PRIMARY KEY, `value` longblob) ENGINE=InnoDB",
)
HELD_UP = """SELECT
(SELECT COALESCE(SUM(trx_rows_locked), 0) FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = 0),
(SELECT COUNT(DISTINCT requesting_trx_id) FROM information_schema.innodb_lock_waits
 JOIN information_schema.innodb_trx ON trx_id = blocking_trx_id WHERE trx_mysql_thread_id = 0)"""
"""Rows that transactions without a connection have locked, which only prepared ones are; and who waits for these."""

LOCK_WAIT_TIMEOUT, DEADLOCK, ROLLED_BACK = 1205, 1213, (1402, 1613, 1614)
UNKNOWN_XID, NO_DATABASE = 1397, 1049
DISK_FULL = (1021, 1114)
PAUSE_S = 0.005
DETACH_S = 5.0
"""So long a connection that prepared something is waited for to end; it takes milliseconds."""


def _translated(call: Callable[P, T]) -> Callable[P, T]:
    """Let a call raise the errors that sql_connection.py declares."""

    @wraps(call)
    def translated(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return call(*arguments, **named)
        except pymysql.err.MySQLError as error:
            code, text = error.args[0] if error.args else 0, str(error)
            if code in (LOCK_WAIT_TIMEOUT, DEADLOCK, *ROLLED_BACK):
                raise LockTimeout(text) from error
            if code in DISK_FULL:
                raise Refused(text) from error
            if isinstance(error, pymysql.err.ProgrammingError):
                raise  # A statement of ours is wrong.
            raise Lost(text) from error
        except OSError as broken:
            raise Lost(str(broken)) from broken

    return translated


class Session:
    """A connection, and the gid of the XA transaction that it is in."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.gid: str | None = None

    def run(self, statement: str, *parameters: Any) -> list[Any]:
        """Return the rows of a statement."""
        with self.raw.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return list(cursor.fetchall())


class MariaDb:
    """Speaks to one server; `address` is the name of its Unix socket. It waits for a row in whole seconds."""

    prepared_stays: ClassVar[bool] = True

    def __init__(self, address: str, name: str) -> None:  # noqa: ARG002 (its connections are known by their database)
        self._place = Place.of(address)
        self._database = self._place.scope or "chaosctl"

    @_translated
    def connect(self) -> Any:
        """Return a new connection; one that a server lets wait is given up."""
        raw = pymysql.connect(
            **_where(self._place),
            connect_timeout=5,
            autocommit=True,
            init_command="SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        )
        session = Session(raw)
        try:
            session.run(f"USE {self._database}")
        except pymysql.err.OperationalError as error:
            if error.args[0] != NO_DATABASE:
                raise
        return session

    def close(self, raw: Any) -> None:
        """Close a connection."""
        with suppress(pymysql.err.MySQLError, OSError):
            raw.raw.close()

    def descriptor(self, raw: Any) -> int:
        """Return the descriptor of its socket."""
        link = raw.raw._sock
        if link is None:
            raise OSError("closed")
        return int(link.fileno())

    @_translated
    def open(self, raw: Any) -> None:
        """End what earlier incarnations left: a statement of theirs may be running yet. Make the table."""
        deadline = time.monotonic() + DETACH_S
        query = "SELECT id FROM information_schema.processlist WHERE db = %s AND id <> connection_id()"
        while others := raw.run(query, self._database):
            for (number,) in others:
                with suppress(pymysql.err.OperationalError):  # It has ended by itself.
                    raw.run(f"KILL {int(number)}")
            if time.monotonic() > deadline:
                raise Lost(f"{len(others)} connections of earlier incarnations do not end")
            time.sleep(PAUSE_S)
        for statement in SET_UP:
            raw.run(statement.format(self._database))

    @_translated
    def begin(self, raw: Any, gid: str | None, lock_timeout: float) -> None:
        """Begin a transaction."""
        raw.run(f"SET innodb_lock_wait_timeout = {max(1, math.ceil(lock_timeout))}")
        raw.run("BEGIN" if gid is None else f"XA START {_xid(raw, self._place.full(gid))}")
        raw.gid = gid

    @_translated
    def get(self, raw: Any, key: str) -> bytes | None:
        """Return a row, locked. One that is not there is locked by a row without a value, ours until we end."""
        query = "SELECT `value` FROM `rows` WHERE `key` = %s FOR UPDATE"
        found = raw.run(query, key.encode())
        if not found:
            raw.run("INSERT IGNORE INTO `rows` VALUES (%s, NULL)", key.encode())
            found = raw.run(query, key.encode())
        return found[0][0] if found else None

    @_translated
    def put(self, raw: Any, rows: Mapping[str, bytes | None]) -> None:
        """Write rows."""
        for key, value in rows.items():
            if value is None:
                raw.run("DELETE FROM `rows` WHERE `key` = %s", key.encode())
            else:
                raw.run("REPLACE INTO `rows` VALUES (%s, %s)", key.encode(), value)

    @_translated
    def scan(self, raw: Any, prefix: str) -> dict[str, bytes]:
        """Return the rows that begin with the prefix."""
        start = prefix.encode()
        query = "SELECT `key`, `value` FROM `rows` WHERE LEFT(`key`, %s) = %s AND `value` IS NOT NULL"
        return {key.decode(): value for key, value in raw.run(query, len(start), start)}

    @_translated
    def commit(self, raw: Any) -> None:
        """Commit; an XA transaction that was not prepared, in one phase."""
        if raw.gid is None:
            raw.run("COMMIT")
        else:
            raw.run(f"XA END {_xid(raw, self._place.full(raw.gid))}")
            raw.run(f"XA COMMIT {_xid(raw, self._place.full(raw.gid))} ONE PHASE")

    @_translated
    def rollback(self, raw: Any) -> None:
        """Roll back."""
        if raw.gid is None:
            raw.run("ROLLBACK")
            return
        with suppress(pymysql.err.MySQLError):  # After a deadlock it has ended already, and says so.
            raw.run(f"XA END {_xid(raw, self._place.full(raw.gid))}")
        raw.run(f"XA ROLLBACK {_xid(raw, self._place.full(raw.gid))}")

    @_translated
    def prepare(self, raw: Any, gid: str) -> None:
        """Make the transaction durable and undecided; it stays with the connection until that ends."""
        raw.run(f"XA END {_xid(raw, self._place.full(gid))}")
        raw.run(f"XA PREPARE {_xid(raw, self._place.full(gid))}")

    @_translated
    def finish(self, raw: Any, gid: str, *, commits: bool) -> bool:
        """Commit a prepared transaction or roll it back; waits for the connection that prepared it to end."""
        deadline = time.monotonic() + DETACH_S
        while True:
            try:
                raw.run(f"XA {'COMMIT' if commits else 'ROLLBACK'} {_xid(raw, self._place.full(gid))}")
            except pymysql.err.MySQLError as error:
                if error.args[0] != UNKNOWN_XID:
                    raise
                if gid not in self.in_doubt(raw):
                    return False
                if time.monotonic() > deadline:
                    raise Lost(f"the connection that prepared {gid} does not end") from error
                time.sleep(PAUSE_S)
            else:
                return True

    @_translated
    def in_doubt(self, raw: Any) -> list[str]:
        """Return what is prepared."""
        found = raw.run("XA RECOVER")
        return self._place.ours(data.decode() if isinstance(data, bytes) else str(data) for *_, data in found)

    @_translated
    def doubt(self, raw: Any) -> InDoubt:
        """Return XA RECOVER, and of InnoDB's own tables the rows that they lock, and who waits for one of them."""
        ((rows, waiting),) = raw.run(HELD_UP)
        return InDoubt(self.in_doubt(raw), int(rows), int(waiting))

    @_translated
    def remove(self, raw: Any) -> None:
        """Roll back what is prepared in our scope, and drop its database."""
        self.open(raw)  # What is connected yet keeps its prepared transactions to itself.
        for gid in self.in_doubt(raw):
            self.finish(raw, gid, commits=False)
        raw.run(f"DROP DATABASE {self._database}")

    def unfit(self, raw: Any) -> str:  # noqa: ARG002 (any is fit)
        """Return nothing: XA needs no setting."""
        return ""

    @_translated
    def check(self, raw: Any) -> None:
        """Find out whether the connection works."""
        raw.raw.ping(reconnect=False)


def _where(place: Place) -> dict[str, Any]:
    """Return how to reach a server of our own, or one that was given as mysql://user:password@host:port."""
    if not place.scope:
        return _by_socket(place.address) | {"user": getpass.getuser()}
    url = urlsplit(place.address)
    who = {"user": unquote(url.username or getpass.getuser()), "password": unquote(url.password or "")}
    options = dict(parse_qsl(url.query))
    if "socket" in options:
        return _by_socket(options["socket"]) | who
    return {"host": url.hostname or "localhost", "port": url.port or 3306} | who


def _by_socket(name: str) -> dict[str, Any]:
    """Return how to reach a Unix socket; of TLS each connection would first read the system's certificates: 80 ms."""
    return {"unix_socket": "\0" + name.removeprefix("@") if name.startswith("@") else name, "ssl_disabled": True}


def _xid(raw: Any, gid: str) -> str:
    """Return a gid as XA's two parts, of 64 bytes at most each; XA RECOVER shows them as one."""
    parts = [gid[:64], gid[64:]] if len(gid) > 64 else [gid]
    return ", ".join(raw.raw.escape(part) for part in parts)
