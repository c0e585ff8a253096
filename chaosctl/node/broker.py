"""Message brokers as roles see them (role.MessageBroker), and the one that is none: messages go straight to consumers.

Without a broker the producer's own table is all that keeps a message, and the consumer's answer all that ends it. A
real broker answers for itself: stream_broker.py.
"""

from collections.abc import Awaitable, Callable

from chaosctl.node.messages import Message
from chaosctl.node.role import M


class DirectBroker:
    """Implements role.MessageBroker: to publish is to send, and a queue is the inbox of the node it is of."""

    def __init__(self, send: Callable[[str, Message], Awaitable[None]]) -> None:
        self._send = send

    async def publish(self, queue: str, body: Message, name: str, point: str = "publish") -> bool:  # noqa: ARG002
        """Send a message; nobody has acknowledged it."""
        await self._send(queue, body)
        return False

    def subscribe(self, queue: str, kind: type[M], take: Callable[[M], Awaitable[bool]]) -> None:
        """Do nothing: messages come to the handler of their type."""
