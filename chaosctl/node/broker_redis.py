"""Redis Streams: a queue is a stream with one consumer group (XADD, XREADGROUP, XACK; Redis manual, "Streams").

What is acknowledged is deleted too, so a stream's length is its backlog. A Redis that was killed may have forgotten the
group with the stream: reading then makes both anew.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from chaosctl.node.sql_connection import Lost

SOCKET = "redis.sock"
"""The server's Unix socket, in its folder."""

GROUP = CONSUMER = "consumer"
ANSWER_S = 2.0
"""A Redis that does not answer for so long, because it is stopped, is taken for lost."""

WAIT_MS = 100
REDELIVER_MS = 500
"""What was not acknowledged for so long is delivered again."""

AT_ONCE = 16


Change = tuple[str, str, list[bytes], bytes | None]
"""Stream, key, the ids of its old entries, and its new value."""


class RedisStreams:
    """Implements stream_broker.BrokerClient."""

    def __init__(self, address: str) -> None:
        self._folder = address

    def connect(self) -> Any:
        """Return a client of one connection; the folder goes by number, for a socket's path has 107 characters."""
        with told_as_lost():
            folder = os.open(self._folder, os.O_PATH)
            try:
                path = f"/proc/self/fd/{folder}/{SOCKET}"
                raw = Redis(unix_socket_path=path, socket_timeout=ANSWER_S, single_connection_client=True, retry=None)
                raw.ping()
            finally:
                os.close(folder)
        return raw

    def close(self, raw: Any) -> None:
        """Close a connection."""
        raw.close()

    def descriptor(self, raw: Any) -> int:
        """Return the descriptor of its socket; raises OSError where it is closed."""
        socket = raw.connection._sock
        if socket is None:
            raise OSError("closed")
        number: int = socket.fileno()
        return number

    def open(self, raw: Any, queue: str) -> None:
        """Make a stream with its group where there is none."""
        with told_as_lost():
            try:
                raw.xgroup_create(queue, GROUP, id="0", mkstream=True)
            except ResponseError as refusal:
                if not str(refusal).startswith("BUSYGROUP"):
                    raise

    def publish(self, raw: Any, queue: str, name: str, payload: bytes) -> None:
        """XADD; Redis knows no names, so a message that is published again comes twice."""
        with told_as_lost():
            raw.xadd(queue, {"name": name, "posted": payload})

    def fetch(self, raw: Any, queue: str) -> list[tuple[Any, bytes]]:
        """XAUTOCLAIM what was not acknowledged in time; where there is none XREADGROUP, for a tenth of a second."""
        with told_as_lost():
            try:
                entries = raw.xautoclaim(queue, GROUP, CONSUMER, REDELIVER_MS, count=AT_ONCE)[1]
                if not entries:
                    found = raw.xreadgroup(GROUP, CONSUMER, {queue: ">"}, count=AT_ONCE, block=WAIT_MS)
                    entries = _entries(found)
            except ResponseError as refusal:
                if not str(refusal).startswith("NOGROUP"):
                    raise
                self.open(raw, queue)
                return []
        return [(token, fields[b"posted"]) for token, fields in entries]

    def acknowledge(self, raw: Any, queue: str, token: Any) -> None:
        """XACK and XDEL."""
        with told_as_lost():
            raw.xack(queue, GROUP, token)  # In two steps: a pipeline would open a connection of its own.
            raw.xdel(queue, token)

    def read_all(self, raw: Any, prefix: str) -> list[tuple[bytes, str, bytes]]:
        """Return id, key and value of every entry of the streams whose names begin so, in order within each."""
        with told_as_lost():
            names = sorted(raw.scan_iter(f"{prefix}*", count=1000))
            entries = [entry for name in names for entry in raw.xrange(name)]
        return [(number, fields[b"key"].decode(), fields[b"value"]) for number, fields in entries]

    def replace(self, raw: Any, changes: Iterable[Change]) -> list[bytes]:
        """Put new entries in streams and take the old ones out, all at once; return the new ones' ids ("" for none).

        MULTI by hand: a pipeline would take a connection of its own.
        """
        commands: list[tuple[Any, ...]] = [("MULTI",)]
        for stream, key, old, value in changes:
            commands.append(("XDEL", stream, *(old or [b"0-1"])))
            commands.append(("XADD", stream, "*", "key", key, "value", value) if value is not None else ("ECHO", ""))
        commands.append(("EXEC",))
        with told_as_lost():
            raw.connection.send_packed_command(raw.connection.pack_commands(commands))
            answers = [raw.connection.read_response() for _ in commands]
        return list(answers[-1][1::2])


@contextmanager
def told_as_lost() -> Iterator[None]:
    """Raise Lost where the connection breaks or nothing is answered, or Redis is still reading its file."""
    try:
        yield
    except (OSError, RedisConnectionError, RedisTimeoutError) as error:
        raise Lost(str(error)) from error
    except RedisError as error:
        raise Lost(f"Redis refuses: {error}") from error


def _entries(found: Any) -> list[Any]:
    """Return the entries of the one stream that was read: a list of pairs (RESP2) or a dict of lists (RESP3)."""
    if isinstance(found, dict):
        return [entry for batches in found.values() for batch in batches for entry in batch]
    return [entry for _, entries in found or () for entry in entries]
