"""A local transaction alive inside its block: its own writes over what is committed, rows locked as they are touched.

What role.py declares, common to the embedded store and to servers. Writes are kept here, and go to the database at the
end of the block or when it is prepared: one that raises has nothing to undo.
"""

from typing import Any, Protocol, Self

from chaosctl.node.role import Then
from chaosctl.node.wire import encode, value_decoder

Writes = dict[str, bytes | None]
"""Key to value; None deletes."""


class Preparing(Protocol):
    """A database that can prepare such a transaction."""

    async def prepare(self, transaction: Any, point: str, then: Then | None) -> None:
        """Make a transaction durable and undecided."""


class LocalTransaction:
    """Implements role.Transaction; a database says how a row is locked, and what is committed."""

    def __init__(self, database: Preparing, gid: str | None) -> None:
        self.gid = gid
        self.writes: Writes = {}
        self.is_over = False
        self._database = database

    async def lock(self, key: str) -> None:
        """Lock a row until the transaction ends; raises LockTimeout after the database's lock timeout."""
        raise NotImplementedError

    def locked_row(self, key: str) -> bytes | None:
        """Return a row that is locked, as it is committed."""
        raise NotImplementedError

    async def committed_rows(self, prefix: str) -> dict[str, bytes]:
        """Return the rows that begin with the prefix, as they are committed."""
        raise NotImplementedError

    async def get(self, key: str, kind: Any, default: Any = None) -> Any:
        """Return a row, locked until the transaction ends; raises LockTimeout after the database's lock timeout."""
        await self._open().lock(key)
        value = self.writes[key] if key in self.writes else self.locked_row(key)
        return default if value is None else value_decoder(kind)(value)

    async def put(self, key: str, value: object) -> None:
        """Write a row, locked until the transaction ends."""
        encoded = encode(value)
        await self._open().lock(key)
        self.writes[key] = encoded

    async def delete(self, key: str) -> None:
        """Delete a row, locked until the transaction ends."""
        await self._open().lock(key)
        self.writes[key] = None

    async def scan(self, prefix: str, kind: Any) -> dict[str, Any]:
        """Return the rows that begin with the prefix, in order of key: committed ones and our own, not locked."""
        seen: Writes = {**await self._open().committed_rows(prefix)}
        seen |= {key: value for key, value in self.writes.items() if key.startswith(prefix)}
        decode = value_decoder(kind)
        return {key: decode(value) for key, value in sorted(seen.items()) if value is not None}

    async def prepare(self, point: str = "prepare", then: Then | None = None) -> None:
        """Make the writes durable and undecided under the transaction's gid; the block then ends without committing."""
        await self._open()._database.prepare(self, point, then)

    def _open(self) -> Self:
        if self.is_over:
            raise RuntimeError("this transaction is prepared or over: begin another")
        return self
