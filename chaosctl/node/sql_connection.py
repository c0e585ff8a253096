"""A connection to a real database: one thread a call, bounded, cancellable; and what a kind of database must offer.

Drivers block (psycopg's async mode needs asyncio), so every call runs in a worker thread. A call that is cancelled has
its socket shut down: the thread ends with an error, and the connection is never used again, for nobody knows what it
did.
"""

import importlib
import re
import socket
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar
from weakref import WeakSet

import trio

T = TypeVar("T")

DIALECTS = {
    "postgres": "chaosctl.node.sql_postgres:Postgres",
    "mariadb": "chaosctl.node.sql_mariadb:MariaDb",
}
"""The scheme of `settings.database` to what speaks it; loaded where it is needed, for each takes an extra."""


_GIVEN = re.compile("(.*)#(chaosctl_[0-9a-f]+_[0-9]+)", re.DOTALL)


class Place(NamedTuple):
    """Where a role's rows are: a server's address, and in one that was given, what is ours there (else empty).

    `scope` is the name of a schema or database, and what gids and connections begin with: a given server has other
    users, and keeps more than one node's rows.
    """

    address: str
    scope: str

    @classmethod
    def of(cls, text: str) -> "Place":
        """Return the place that "address" or "address#scope" means; a password may have a # in it."""
        given = _GIVEN.fullmatch(text)
        return cls(given[1], given[2]) if given else cls(text, "")

    def full(self, gid: str) -> str:
        """Return a gid as the server has it."""
        return f"{self.scope}/{gid}" if self.scope else gid

    def ours(self, gids: Iterable[str]) -> list[str]:
        """Return those of a server's gids that are ours, as we have them."""
        prefix = self.full("")
        return [gid.removeprefix(prefix) for gid in gids if gid.startswith(prefix)]


class Lost(Exception):
    """The connection broke: what it was doing may have been done or not."""


class Refused(Exception):
    """The database refuses, and says why; what it was asked is not done."""


class InDoubt(NamedTuple):
    """What a server says of the transactions that are prepared there: their gids, oldest first, and whom they hold up.

    `rows` are those that they keep locked, `waiting` the transactions that wait for one of these; not counted is who
    waits behind another that waits, nor (MariaDB) a row that was locked when the server was killed.
    """

    gids: list[str]
    rows: int
    waiting: int


class Peer(Protocol):
    """What a connection is to: a database or a message broker, spoken to from worker threads."""

    def connect(self) -> Any:
        """Return a new connection; raises Lost."""

    def close(self, raw: Any) -> None:
        """Close a connection; never raises."""

    def descriptor(self, raw: Any) -> int:
        """Return the descriptor of its socket; raises OSError where it has none any more."""


class Dialect(Peer, Protocol):
    """One kind of database, spoken to from worker threads: every call blocks.

    All raise Lost; and LockTimeout (role.py) where a row stayed locked, or a deadlock chose this transaction.
    """

    prepared_stays: ClassVar[bool]
    """Whether a prepared transaction stays with its connection, which must end before another can decide it."""

    def __init__(self, address: str, name: str) -> None:
        """Take the server's address, and the name under which this role's connections are known to it."""

    def open(self, raw: Any) -> None:
        """End what earlier incarnations left connected, and make the table of rows where there is none."""

    def begin(self, raw: Any, gid: str | None, lock_timeout: float) -> None:
        """Begin a transaction; with a gid one that can be prepared under it."""

    def get(self, raw: Any, key: str) -> bytes | None:
        """Return a row, locked until the transaction ends; one that is not there is locked as well."""

    def put(self, raw: Any, rows: Mapping[str, bytes | None]) -> None:
        """Write rows that this transaction has locked; None deletes."""

    def scan(self, raw: Any, prefix: str) -> dict[str, bytes]:
        """Return the rows that begin with the prefix, as they are committed."""

    def commit(self, raw: Any) -> None:
        """Commit, durably."""

    def rollback(self, raw: Any) -> None:
        """Roll back."""

    def prepare(self, raw: Any, gid: str) -> None:
        """Make the transaction durable and undecided; raises Refused where the database has no room for it."""

    def finish(self, raw: Any, gid: str, *, commits: bool) -> bool:
        """Commit a prepared transaction or roll it back, durably; False where there is none of this gid."""

    def in_doubt(self, raw: Any) -> list[str]:
        """Return the gids that are prepared here, the oldest first."""

    def doubt(self, raw: Any) -> InDoubt:
        """Return what is prepared here, and what that keeps locked, as the server itself tells it."""

    def remove(self, raw: Any) -> None:
        """Take everything away that is in our scope of a given server, prepared transactions first."""

    def unfit(self, raw: Any) -> str:
        """Return why a server that was given can't be used, in words; empty where it can."""

    def check(self, raw: Any) -> None:
        """Find out whether the connection works."""


def dialect_of(kind: str) -> type[Dialect]:
    """Return what speaks to a kind of server; imports its driver."""
    module, _, name = DIALECTS[kind].partition(":")
    dialect: type[Dialect] = getattr(importlib.import_module(module), name)
    return dialect


class Way:
    """The way from a node to its server: where it is cut all connections break, and no new one is made."""

    def __init__(self) -> None:
        self.is_cut = False
        self._connections: WeakSet[Connection] = WeakSet()

    def cut(self, *, heal: bool) -> None:
        """Cut it, or heal it; what was lost stays lost."""
        self.is_cut = not heal
        for connection in tuple(self._connections) if self.is_cut else ():
            connection.abandon()

    def takes(self, connection: "Connection") -> None:
        """Have a connection go this way."""
        self._connections.add(connection)


class Connection:
    """A connection with the thread that serves it at the moment, if one does."""

    def __init__(self, peer: Peer, limiter: trio.CapacityLimiter, way: Way) -> None:
        self._peer, self._limiter, self._way = peer, limiter, way
        self._raw: Any = None
        self.is_abandoned = False
        way.takes(self)

    async def call(self, work: Callable[..., T], *arguments: Any) -> T:
        """Return what a call of the dialect returns, made in a thread; cancelled, it ends the connection."""
        if self._way.is_cut or self.is_abandoned:
            raise Lost("the connection is cut")
        try:
            return await trio.to_thread.run_sync(
                self._serve, work, arguments, abandon_on_cancel=True, limiter=self._limiter
            )
        except trio.Cancelled:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Never use it again; a thread that waits for the server is woken by the end of its socket."""
        self.is_abandoned = True
        if self._raw is not None:
            try:
                with socket.socket(fileno=self._peer.descriptor(self._raw)) as twin:
                    twin.shutdown(socket.SHUT_RDWR)
                    twin.detach()  # The driver owns the descriptor, and closes it.
            except OSError:
                return  # It is closed already.

    def close(self) -> None:
        """Close it, where no thread uses it."""
        if self._raw is not None:
            self._peer.close(self._raw)

    def _serve(self, work: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        try:
            if self._raw is None:
                self._raw = self._peer.connect()
            if self.is_abandoned:  # While it was being made.
                raise Lost("the connection is cut")
            return work(self._raw, *arguments)
        finally:
            if self.is_abandoned:
                self.close()
