"""Connections to a real database that are used again: so many at once, each a thread while it is called.

Further calls wait for one to be given back. A connection that broke is never used again, and one that breaks when it
is taken may have been idle while the server was killed: a new one is tried then.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import trio

from chaosctl.node.sql_connection import Connection, Dialect, Lost, Way

T = TypeVar("T")

RETRY_S = 0.05
"""How often a server that is down is tried again."""


class Pool:
    """Connections that are used again; no more than `size` at once."""

    def __init__(self, dialect: Dialect, size: int, way: Way) -> None:
        self._dialect, self._way = dialect, way
        self._free = trio.Semaphore(size)
        self._limiter = trio.CapacityLimiter(size)
        self._idle: list[Connection] = []

    async def take(self, work: Callable[..., None], *arguments: Any) -> Connection:
        """Return a connection on which the work is done; raises Lost where a new one fails, too."""
        await self._free.acquire()
        is_taken = False
        try:
            while not is_taken:
                is_new = not self._idle
                connection = Connection(self._dialect, self._limiter, self._way) if is_new else self._idle.pop()
                try:
                    await connection.call(work, *arguments)
                    is_taken = True
                except Lost:
                    connection.close()
                    if is_new:
                        raise
        finally:
            if not is_taken:
                self._free.release()
        return connection

    def give(self, connection: Connection, *, is_usable: bool) -> None:
        """Take a connection back, to be used again or not."""
        if is_usable:
            self._idle.append(connection)
        else:
            connection.abandon()
        self._free.release()

    async def persistently(self, work: Callable[..., T], *arguments: Any) -> tuple[T, bool]:
        """Return the server's answer, however long it is gone; and whether an answer was lost on the way."""
        was_lost = False
        while True:
            try:
                connection = await self.take(self._dialect.check)
            except Lost:
                await trio.sleep(RETRY_S)
                continue
            is_usable = False
            try:
                answer = await connection.call(work, *arguments)
                is_usable = True
                return answer, was_lost
            except Lost:
                was_lost = True
            finally:
                self.give(connection, is_usable=is_usable)
