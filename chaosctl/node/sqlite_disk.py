"""A node's disk in a process: one SQLite file, WAL, synchronous=FULL, one transaction a sync.

Nothing is written before a sync, so that SIGKILL loses exactly what a power cut would. What each of the last syncs
replaced is kept beside the rows, and lose-tail undoes whole syncs with it: a disk that said "done" and lied.
"""

import errno
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import trio

UNDO_KEPT = 16
"""So many last syncs can be undone; lose-tail of more undoes these."""

_TABLES = """
    BEGIN;
    CREATE TABLE IF NOT EXISTS store (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS undo (sync INTEGER, key TEXT, value BLOB, PRIMARY KEY (sync, key)) WITHOUT ROWID;
    COMMIT;
"""


class SqliteDisk:
    """Implements chaosctl.node.host.Disk over `store.sqlite` in the node's directory; the first commit makes it."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "store.sqlite"
        self._file = _open(self._path) if self._path.exists() else None
        self._last = _last_sync(self._file) if self._file else 0

    def load(self, lost: int) -> dict[str, bytes]:
        """Return what completed syncs left, in order of key, less the last `lost` of them, which are gone for good."""
        if self._file is None:
            return {}
        with self._file:
            self._file.execute("BEGIN IMMEDIATE")
            for _ in range(min(lost, UNDO_KEPT)):
                self._undo_last(self._file)
        return dict(self._file.execute("SELECT key, value FROM store ORDER BY key"))

    async def commit(self, writes: Mapping[str, bytes | None], seconds: float) -> None:
        """Make the writes durable, so many seconds later than the disk itself would."""
        await trio.sleep(seconds)
        await trio.to_thread.run_sync(self._commit, writes)

    def _commit(self, writes: Mapping[str, bytes | None]) -> None:
        undo = "INSERT INTO undo VALUES (?1, ?2, (SELECT value FROM store WHERE key = ?2))"
        try:
            file = self._file = self._file or _open(self._path)
            if not self._last:  # SQLite drops a log whose file is empty: log, directory and file are synced, in order.
                file.execute("PRAGMA wal_checkpoint")
            self._last += 1
            with file:
                file.execute("BEGIN IMMEDIATE")
                file.executemany(undo, [(self._last, key) for key in writes])
                _apply(file, writes)
                file.execute("DELETE FROM undo WHERE sync <= ?", (self._last - UNDO_KEPT,))
        except sqlite3.Error as failure:
            raise OSError(errno.EIO, str(failure)) from failure

    def _undo_last(self, file: sqlite3.Connection) -> None:
        replaced = file.execute("SELECT key, value FROM undo WHERE sync = ?", (self._last,)).fetchall()
        if replaced:
            _apply(file, dict(replaced))
            file.execute("DELETE FROM undo WHERE sync = ?", (self._last,))
            self._last -= 1


def _open(path: Path) -> sqlite3.Connection:
    """Open the file and make its tables where there are none."""
    # One thread at a time uses it, but trio's cache may give another one for each commit.
    file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    # Empty tables may be lost: they are made without the eight fsyncs that this would take. Nobody is told of anything
    # durable before the first commit has ended, and that makes the file itself durable before it writes.
    file.execute("PRAGMA synchronous = OFF")
    file.execute("PRAGMA journal_mode = WAL")
    file.executescript(_TABLES)
    file.execute("PRAGMA synchronous = FULL")
    return file


def _last_sync(file: sqlite3.Connection) -> int:
    (number,) = file.execute("SELECT coalesce(max(sync), 0) FROM undo").fetchone()
    return int(number)


def _apply(file: sqlite3.Connection, writes: Mapping[str, bytes | None]) -> None:
    file.executemany("DELETE FROM store WHERE key = ?", [(key,) for key, value in writes.items() if value is None])
    kept = [(key, value) for key, value in writes.items() if value is not None]
    file.executemany("INSERT INTO store VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", kept)
