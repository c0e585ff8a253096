"""A real message broker as roles see it (role.MessageBroker): the same over Redis Streams and NATS JetStream.

A message is the broker's when that has acknowledged it, and is delivered at least once: again where its consumer did
not acknowledge it in time. What passes through a broker passes no network of the runner's: faults on messages and
links do not see it. Calls run in worker threads, as those to databases do (sql_connection.py).
"""

import importlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import trio

from chaosctl.node.messages import ErrorCode, Message, RpcError
from chaosctl.node.points import Point
from chaosctl.node.role import M
from chaosctl.node.sql_connection import Connection, Lost, Peer, Way
from chaosctl.node.wire import encode, value_decoder

if TYPE_CHECKING:
    from chaosctl.node.calls import Incarnation

CLIENTS = {
    "redis": "chaosctl.node.broker_redis:RedisStreams",
    "nats": "chaosctl.node.broker_nats:JetStream",
}
"""The kind of `settings.broker` to what speaks it; loaded where it is needed, for it may take an extra."""

THREADS = 16
"""Calls to the broker under way at once; further ones wait."""

RETRY_S = 0.05
"""How often a broker that is down is tried again."""


class Posted(msgspec.Struct):
    """A message as the broker keeps it: who published what, under which name."""

    src: str
    name: str
    body: msgspec.Raw


class BrokerClient(Peer, Protocol):
    """One kind of broker, spoken to from worker threads: every call blocks, a second or two at most, or raises Lost."""

    def __init__(self, address: str) -> None:
        """Take the folder that the broker serves from."""

    def open(self, raw: Any, queue: str) -> None:
        """Make a queue where there is none."""

    def publish(self, raw: Any, queue: str, name: str, payload: bytes) -> None:
        """Return when the broker has acknowledged the message."""

    def fetch(self, raw: Any, queue: str) -> list[tuple[Any, bytes]]:
        """Return a few messages with what acknowledges each; first those that were not in time; may wait a little."""

    def acknowledge(self, raw: Any, queue: str, token: Any) -> None:
        """Tell that a message is consumed: it comes no more, and is kept no longer."""


def load_client(server: str) -> BrokerClient:
    """Return the client for `settings.broker`."""
    kind, _, address = server.partition(":")
    module, _, name = CLIENTS[kind].partition(":")
    client: BrokerClient = getattr(importlib.import_module(module), name)(address)
    return client


class StreamBroker:
    """Implements role.MessageBroker for one role of one incarnation."""

    def __init__(self, shared: "Incarnation", role: str) -> None:
        self._shared, self._role = shared, role
        self._client = load_client(shared.message_broker)
        self._limiter = trio.CapacityLimiter(THREADS)
        self._way = Way()  # A broker's is never cut: it is everybody's.
        self._idle: list[Connection] = []

    async def publish(self, queue: str, body: Message, name: str, point: str = "publish") -> bool:
        """Give the broker a message and wait for its acknowledgement; raises RpcError where that does not come."""
        passed = Point.of(self._role, point)
        await self._shared.points.reach(passed.pre)
        payload = encode(Posted(self._shared.node_id, name, msgspec.Raw(encode(body))))
        connection = self._idle.pop() if self._idle else Connection(self._client, self._limiter, self._way)
        try:
            await connection.call(self._client.publish, queue, name, payload)
        except Lost as lost:
            connection.abandon()
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, f"the message broker is gone: {lost}") from lost
        self._idle.append(connection)
        await self._shared.points.reach(passed.post)
        return True

    def subscribe(self, queue: str, kind: type[M], take: Callable[[M], Awaitable[bool]]) -> None:
        """Consume a queue from now on."""
        self._shared.spawn(self._consume, queue, kind, take)

    async def _consume(self, queue: str, kind: type[M], take: Callable[[M], Awaitable[bool]]) -> None:
        while True:
            connection = Connection(self._client, self._limiter, self._way)
            try:
                await connection.call(self._client.open, queue)
                while True:
                    for token, payload in await connection.call(self._client.fetch, queue):
                        if await take(_read(payload, kind)):
                            await self._acknowledge(connection, queue, token)
            except Lost:
                connection.abandon()
            await trio.sleep(RETRY_S)

    async def _acknowledge(self, connection: Connection, queue: str, token: Any) -> None:
        name = Point.of(self._role, "acknowledge")
        await self._shared.points.reach(name.pre)
        await connection.call(self._client.acknowledge, queue, token)
        await self._shared.points.reach(name.post)


def _read(payload: bytes, kind: type[M]) -> M:
    posted: Posted = value_decoder(Posted)(payload)
    body: M = value_decoder(kind)(bytes(posted.body))
    body.src = posted.src
    return body


def is_serving(server: str) -> bool:
    """Return whether a broker answers; blocks."""
    client = load_client(server)
    try:
        client.close(client.connect())
    except Lost:
        return False
    return True
