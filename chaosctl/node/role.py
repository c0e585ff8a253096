"""A role: what a pattern is written against, and nothing else (DESIGN section 3).

This module is light on purpose (no trio): `validate` and the reports read patterns without a runtime.
Handlers are `async def on_<message type>(self, message)`, the type being read off the annotation's class.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from random import Random
from typing import Any, ClassVar, Protocol, TypeVar

from chaosctl.node.messages import Message

T = TypeVar("T")
M = TypeVar("M", bound=Message)
Then = Callable[[], None]
"""What is to happen in the very step in which a database call writes: where the event of it is emitted."""


class Store(Protocol):
    """A role's own keys: read and written in memory at once, durable after `sync`."""

    def put(self, key: str, value: object) -> None:
        """Set a key, in memory; the value is encoded now, so no object is shared."""

    def get(self, key: str, kind: type[T] | Any, default: T | Any = None) -> Any:
        """Return the key's value decoded as `kind`, or the default."""

    def delete(self, key: str) -> None:
        """Forget a key, in memory."""

    def scan(self, prefix: str, kind: type[T] | Any) -> dict[str, Any]:
        """Return all keys that begin with the prefix, in order of key, decoded as `kind`."""

    async def sync(self, point: str = "sync") -> None:
        """Return when all that memory showed at the call is durable, whoever wrote it. `point` names the call."""


class Transaction(Protocol):
    """One local transaction: reads lock their rows, writes show at once to itself and at the end to others."""

    async def get(self, key: str, kind: type[T] | Any, default: T | Any = None) -> Any:
        """Return a row, locked until the transaction ends; raises LockTimeout after the database's lock timeout."""

    async def put(self, key: str, value: object) -> None:
        """Write a row, locked until the transaction ends."""

    async def delete(self, key: str) -> None:
        """Delete a row, locked until the transaction ends."""

    async def scan(self, prefix: str, kind: type[T] | Any) -> dict[str, Any]:
        """Return the rows that begin with the prefix, in order of key: committed ones, not locked."""

    async def prepare(self, point: str = "prepare", then: Then | None = None) -> None:
        """Make the writes durable and undecided under the transaction's gid; the block then ends without committing.

        What `then` emits is durable with them or not at all, wherever a crash or a stall comes between; so below.
        """


class Database(Protocol):
    """Local transactions with prepare: embedded over the store, or on a server where the node is given one."""

    async def open(self) -> None:
        """Be ready; called once an incarnation, by the node, before any role starts. Waits for a server."""

    def transaction(
        self, point: str = "transaction", gid: str | None = None
    ) -> AbstractAsyncContextManager[Transaction]:
        """Return a transaction: committed and durable when the block ends, rolled back when it raises.

        One that is to be prepared begins with its global id, as in XA. A server that is gone raises RpcError.
        """

    async def commit_prepared(self, gid: str, point: str = "commit-prepared", then: Then | None = None) -> bool:
        """Commit a prepared transaction, durably; False where the gid is not (or no longer) known here."""

    async def rollback_prepared(self, gid: str, point: str = "rollback-prepared", then: Then | None = None) -> bool:
        """Roll a prepared transaction back, durably; False where the gid is not (or no longer) known here."""

    def prepared(self) -> list[str]:
        """Return the gids in doubt here, oldest first."""


class MessageBroker(Protocol):
    """What keeps messages between producer and consumer: embedded (nothing does), or a real one (broker.py)."""

    async def publish(self, queue: str, body: Message, name: str, point: str = "publish") -> bool:
        """Give it a message for a queue, under a name of its own; True when the broker has acknowledged it.

        Embedded: it is sent to the node that the queue is of, and False: nobody but its consumer can acknowledge it.
        Raises RpcError where the broker is gone, or nobody knows whether it has the message.
        """

    def subscribe(self, queue: str, kind: type[M], take: Callable[[M], Awaitable[bool]]) -> None:
        """Hand every message of a queue to `take`, one after the other, and again until that returns True.

        Embedded: messages come to their handler as any other.
        """


class LockTimeout(Exception):
    """A row stayed locked by another transaction for longer than the lock timeout."""


class Calls(Protocol):
    """What the node gives each of its roles; Role passes every call on."""

    node_id: str
    nodes: tuple[str, ...]
    placement: dict[str, tuple[str, ...]]
    options: Any
    store: Store
    database: Database
    broker: MessageBroker

    @property
    def random(self) -> Random:
        """As Role.random."""

    async def send(self, dest: str, body: Message) -> None:
        """As Role.send."""

    async def reply(self, request: Message, body: Message) -> None:
        """As Role.reply."""

    async def rpc(self, dest: str, body: Message, timeout: float, answer: type[M]) -> M:
        """As Role.rpc."""

    async def sleep(self, seconds: float) -> None:
        """As Role.sleep."""

    def timeout(self, seconds: float) -> AbstractContextManager[Any]:
        """As Role.timeout."""

    def now(self) -> float:
        """As Role.now."""

    def emit(self, event: str, *, durable: bool = False, **fields: Any) -> None:
        """As Role.emit."""

    def spawn(self, task: Callable[[], Awaitable[None]]) -> None:
        """As Role.spawn."""


class Role:
    """One part that a node plays in a pattern: state, handlers, and the calls below.

    `violates` is for broken variants: the check that must convict them; `also` has the same mistake in other roles.
    """

    violates: ClassVar[str] = ""
    also: ClassVar[tuple[type["Role"], ...]] = ()

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.node_id: str = calls.node_id
        self.nodes: tuple[str, ...] = calls.nodes
        self.placement: dict[str, tuple[str, ...]] = calls.placement
        self.options: Any = calls.options
        self.store: Store = calls.store
        self.database: Database = calls.database
        self.broker: MessageBroker = calls.broker

    @property
    def random(self) -> Random:
        """The incarnation's generator, seeded by the run, the node and which incarnation it is."""
        return self._calls.random

    async def start(self) -> None:
        """Read what the disk kept and spawn background tasks; called once an incarnation, before any handler."""

    async def on_operator(self, command: str, arguments: dict[str, str]) -> None:
        """Do what a person orders by hand (fault kind `operator`); roles that take no orders ignore it."""

    async def send(self, dest: str, body: Message) -> None:
        """Send a message and forget it; it may be lost, late, or doubled. Yields only at an armed stall."""
        await self._calls.send(dest, body)

    async def reply(self, request: Message, body: Message) -> None:
        """Answer a request: to its sender, with its msg_id as in_reply_to."""
        await self._calls.reply(request, body)

    async def rpc(self, dest: str, body: Message, timeout: float, answer: type[M]) -> M:
        """Send a request and return its answer; raises RpcError on an error answer, with code 0 after `timeout` s."""
        return await self._calls.rpc(dest, body, timeout, answer)

    async def sleep(self, seconds: float) -> None:
        """Wait, by this node's own clock."""
        await self._calls.sleep(seconds)

    def timeout(self, seconds: float) -> AbstractContextManager[Any]:
        """Return a scope that is left after so many seconds of this node's clock (`cancelled_caught` tells)."""
        return self._calls.timeout(seconds)

    def now(self) -> float:
        """Return the time in seconds on this node's clock, which may be wrong."""
        return self._calls.now()

    def emit(self, event: str, *, durable: bool = False, **fields: Any) -> None:
        """Tell the runner a fact; durable: stored with the next sync, sent when that completes."""
        self._calls.emit(event, durable=durable, **fields)

    def spawn(self, task: Callable[[], Awaitable[None]]) -> None:
        """Run a task in the background until it ends or the node dies."""
        self._calls.spawn(task)
