"""The calls of role.py, as one incarnation of a node gives them to each of its roles."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from chaosctl.node.broker import DirectBroker
from chaosctl.node.clock import NodeClock
from chaosctl.node.database import LOCK_TIMEOUT, EmbeddedDatabase
from chaosctl.node.events import Events
from chaosctl.node.host import Host
from chaosctl.node.messages import Error, ErrorCode, Message, RpcError
from chaosctl.node.points import Point, Points
from chaosctl.node.role import Database, MessageBroker, Store
from chaosctl.node.row_locks import RowLocks
from chaosctl.node.rpcs import Rpcs
from chaosctl.node.seeds import Later
from chaosctl.node.sql_connection import Way
from chaosctl.node.store import NodeStore, RoleStore
from chaosctl.node.wire import Composer, tag_of

if TYPE_CHECKING:
    from chaosctl.node.stream_store import StreamStore

M = TypeVar("M", bound=Message)


class Incarnation(msgspec.Struct, frozen=True, eq=False, kw_only=True):  # A frozen dataclass takes 5 us to make.
    """What all roles of one incarnation share."""

    node_id: str
    nodes: tuple[str, ...]
    placement: dict[str, tuple[str, ...]]
    options: Any
    random: Later
    host: Host
    clock: NodeClock
    composer: Composer
    points: Points
    store: NodeStore
    events: Events
    rpcs: Rpcs
    transmit: Callable[[bytes], None]
    spawn: Callable[..., None]
    server: str
    message_broker: str
    way: Way
    broker_role: str | None

    def hosted(self) -> list[str]:
        """Return the roles of this node, in the pattern's order."""
        return [role for role, nodes in self.placement.items() if self.node_id in nodes]


class RoleCalls:
    """One role's calls; each is two named points, before and after it."""

    def __init__(self, shared: Incarnation, role: str) -> None:
        self._shared, self._role = shared, role
        self._points, self._composer, self._transmit = shared.points, shared.composer, shared.transmit
        self._sends: dict[type[Message], Point] = {}
        self._replies: dict[type[Message], Point] = {}
        self.node_id = shared.node_id
        self.nodes = shared.nodes
        self.placement = shared.placement
        self.options = shared.options
        self.store: Store = RoleStore(shared.store, shared.points, role)
        self._stream_store: StreamStore | None = None
        if shared.message_broker and role == shared.broker_role:
            self.store = self._stream_store = self._store_at_broker()
        self.database = self._database(getattr(shared.options, "lock_timeout", LOCK_TIMEOUT))
        self.broker = self._broker()

    @property
    def random(self) -> Random:
        """The incarnation's generator."""
        return self._shared.random()

    def _database(self, lock_timeout: float) -> Database:
        shared = self._shared
        if not shared.server:
            locks = RowLocks(shared.host.park, shared.clock, lock_timeout)
            return EmbeddedDatabase(shared.store, shared.points, self._role, locks)
        from chaosctl.node.sql_database import SqlDatabase  # noqa: PLC0415 - drivers are extras, and take time.

        return SqlDatabase(shared, self._role, lock_timeout)

    async def open(self) -> None:
        """Wait for the servers that keep what is this role's, and read what must be known before it starts."""
        await self.database.open()
        if self._stream_store is not None:
            await self._stream_store.open()

    def _store_at_broker(self) -> "StreamStore":
        from chaosctl.node.broker_redis import RedisStreams  # noqa: PLC0415 - the client is an extra.
        from chaosctl.node.stream_store import StreamStore  # noqa: PLC0415

        folder = self._shared.message_broker.partition(":")[2]
        return StreamStore(RedisStreams(folder), self._shared, self._role)

    def _broker(self) -> MessageBroker:
        if not self._shared.message_broker:
            return DirectBroker(self.send)
        from chaosctl.node.stream_broker import StreamBroker  # noqa: PLC0415 - clients are extras, and take time.

        return StreamBroker(self._shared, self._role)

    async def send(self, dest: str, body: Message) -> None:
        """Send a message and forget it."""
        kind = type(body)
        name = self._sends.get(kind)
        if name is None:
            name = self._sends[kind] = Point.of(self._role, f"send.{tag_of(kind)}")
        points, composer = self._points, self._composer
        if points.passes(name.pre):
            await points.act(name.pre)
        self._transmit(composer.request(dest, body, composer.next_id()))
        if points.passes(name.post):
            await points.act(name.post)

    async def reply(self, request: Message, body: Message) -> None:
        """Answer a request: to its sender, with its msg_id as in_reply_to."""
        kind = type(body)
        name = self._replies.get(kind)
        if name is None:
            name = self._replies[kind] = Point.of(self._role, f"reply.{tag_of(kind)}")
        points = self._points
        if points.passes(name.pre):
            await points.act(name.pre)
        self._transmit(self._composer.answer(request.src, body, request.msg_id))
        if points.passes(name.post):
            await points.act(name.post)

    async def rpc(self, dest: str, body: Message, timeout: float, answer: type[M]) -> M:
        """Send a request and return its answer; raises RpcError on an error answer, with code 0 after the timeout."""
        name = Point.of(self._role, f"rpc.{tag_of(type(body))}")
        if self._points.passes(name.pre):
            await self._points.act(name.pre)
        message = await self._ask(dest, body, timeout, answer)
        if self._points.passes(name.post):
            await self._points.act(name.post)
        if isinstance(message, answer):
            return message
        if isinstance(message, Error):
            raise RpcError(message.code, message.text, message.leader)
        what = f"{dest} answered {tag_of(type(body))} with {tag_of(type(message))}, not {tag_of(answer)}"
        raise RpcError(ErrorCode.CRASH, what)

    async def sleep(self, seconds: float) -> None:
        """Wait, by this node's own clock."""
        await self._shared.host.sleep(self._shared.clock.true_seconds(seconds))

    def timeout(self, seconds: float) -> AbstractContextManager[Any]:
        """Return a scope that is left after so many seconds of this node's clock."""
        return self._shared.clock.timeout(seconds)

    def now(self) -> float:
        """Return the time in seconds on this node's clock, which may be wrong."""
        return self._shared.clock.now()

    def emit(self, event: str, *, durable: bool = False, **fields: Any) -> None:
        """Tell the runner a fact; durable: stored with the next sync, sent when that completes."""
        held = self._stream_store.held if self._stream_store is not None else None
        self._shared.events.emit(self.node_id, self._role, event, fields, durable=durable, held=held)

    def spawn(self, task: Callable[[], Awaitable[None]]) -> None:
        """Run a task in the background until it ends or the node dies."""
        self._shared.spawn(task)

    async def _ask(self, dest: str, body: Message, timeout: float, answer: type[M]) -> Message:
        msg_id = self._composer.next_id()
        with self.timeout(timeout):
            self._transmit(self._composer.request(dest, body, msg_id))
            return await self._shared.rpcs.wait(msg_id, answer)
        raise RpcError(ErrorCode.TIMEOUT, f"no answer from {dest} within {timeout:g} s")
