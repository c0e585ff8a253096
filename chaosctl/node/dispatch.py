"""From a line to the task that handles it, and from what a handler raises to the error answer.

Answers go to the rpc that waits for them, else to on_<type>, else they are counted and dropped. Requests that nobody
here handles are answered with error 10, bodies that do not fit their type with error 12.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import msgspec

from chaosctl.node.binding import handled_by
from chaosctl.node.calls import Incarnation
from chaosctl.node.messages import (
    RUNNER,
    Arm,
    Clock,
    Disconnect,
    Disk,
    Error,
    ErrorCode,
    Init,
    InitOk,
    Message,
    Operator,
    RpcError,
)
from chaosctl.node.role import LockTimeout, Role
from chaosctl.node.wire import (
    BodyHeader,
    Envelope,
    Header,
    decode_body_header,
    decode_header,
    envelope_decoder,
    tag_of,
    value_decoder,
)
from chaosctl.node.workers import Work, Workers

Orders = Mapping[type[Message], Callable[[Any], None]]
"""What the runner alone may say, and what to do about it."""


ORDERS = (Clock, Disk, Disconnect, Arm, Operator)


@lru_cache(maxsize=256)  # A simulated run has several nodes, and a sweep thousands of runs, with the same roles.
def language(roles: tuple[type[Role], ...]) -> tuple[Callable[[bytes], Envelope], frozenset[str]]:
    """Return the decoder of what a node with these roles understands, and the types of it; built before a fork, too."""
    kinds: tuple[type[Message], ...] = (Init, *(kind for role in roles for kind in handled_by(role)), *ORDERS, Error)
    return envelope_decoder(kinds), frozenset(tag_of(kind) for kind in kinds)


class Dispatch:
    """The inbox of one incarnation whose roles are known."""

    def __init__(self, shared: Incarnation, workers: Workers, roles: Mapping[str, Role], orders: Orders) -> None:
        self._events, self._rpcs, self._workers = shared.events, shared.rpcs, workers
        self._composer, self._transmit = shared.composer, shared.transmit
        self._orders = orders
        self._handlers: dict[type[Message], Work] = {Init: self._confirm}
        for role in roles.values():
            for kind, name in handled_by(type(role)).items():
                self._handlers[kind] = partial(self._handle, getattr(role, name))
        error_handlers = [getattr(role, "on_error", None) for role in roles.values()]
        self._on_error = [partial(self._handle, handler) for handler in error_handlers if handler is not None]
        self._decode, self._tags = language(tuple(type(role) for role in roles.values()))

    def receive(self, line: bytes) -> None:
        """Take one line in; what it says is done by other tasks, later."""
        try:
            envelope = self._decode(line)
        except msgspec.DecodeError as problem:
            self._receive_odd(line, problem)
            return
        message = envelope.body
        message.src = envelope.src
        if message.in_reply_to is not None and self._rpcs.deliver(message.in_reply_to, message):
            return
        work = self._handlers.get(type(message))
        if work is not None:
            self._workers.give(work, message)
        elif isinstance(message, Error):
            self._receive_error(message)
        elif message.src == RUNNER:
            self._orders[type(message)](message)
        else:
            text = f"only the runner says {tag_of(type(message))}"
            self._refuse(message.src, message.msg_id, Error(code=ErrorCode.NOT_SUPPORTED, text=text))

    async def _confirm(self, init: Init) -> None:
        """Answer an init that came twice; who this node is does not change."""
        self._transmit(self._composer.answer(init.src, InitOk(), init.msg_id))

    async def _handle(self, handler: Work, message: Message) -> None:
        """Run a handler; a refusal that it raises is answered, and all else that it raises is a bug."""
        try:
            await handler(message)
        except RpcError as refusal:
            error = Error(code=refusal.code, text=refusal.text, leader=refusal.leader)
            self._refuse(message.src, message.msg_id, error)
        except LockTimeout as timeout:
            self._refuse(message.src, message.msg_id, Error(code=ErrorCode.TXN_CONFLICT, text=str(timeout)))

    def _receive_odd(self, line: bytes, problem: msgspec.DecodeError) -> None:
        try:
            header = decode_header(line)
            body = decode_body_header(header.body)
        except msgspec.DecodeError:
            self._events.drop("a line is no message")
            return
        if body.in_reply_to is not None:
            if not self._deliver_raw(header, body, body.in_reply_to):
                self._events.drop("a reply that nobody waits for")
        elif body.type in self._tags:
            self._refuse(header.src, body.msg_id, Error(code=ErrorCode.MALFORMED_REQUEST, text=str(problem)))
        else:
            text = f'no role here handles "{body.type}"'
            self._refuse(header.src, body.msg_id, Error(code=ErrorCode.NOT_SUPPORTED, text=text))

    def _deliver_raw(self, header: Header, body: BodyHeader, in_reply_to: int) -> bool:
        kind = self._rpcs.awaited(in_reply_to)
        if kind is None:
            return False
        message: Message
        try:
            message = value_decoder(Error if body.type == "error" else kind)(bytes(header.body))
        except msgspec.DecodeError as problem:
            message = Error(code=ErrorCode.CRASH, text=f"its answer is not understood: {problem}")
        message.src = header.src
        return self._rpcs.deliver(in_reply_to, message)

    def _receive_error(self, error: Error) -> None:
        if not self._on_error:
            self._events.drop("an error that nobody waits for")
        for work in self._on_error:
            self._workers.give(work, error)

    def _refuse(self, src: str, msg_id: int | None, error: Error) -> None:
        if msg_id is None:
            self._events.drop("a message was refused that has no msg_id to answer to")
        else:
            self._transmit(self._composer.answer(src, error, msg_id))
