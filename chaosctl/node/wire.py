"""Lines to messages and back: Maelstrom's envelope around one typed body, decoded in one pass.

A node decodes with one decoder for the union of all types it handles. Only what that refuses is looked at twice, by
its header, to say what is wrong with it. A line out is composed around the encoded body, which is not encoded again.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol, Union

import msgspec

from chaosctl.node.messages import RUNNER, Message

IDS_PER_INCARNATION = 1_000_000_000
"""msg_ids are unique over all incarnations of a node, so a late answer to a dead one finds nobody."""

encode = msgspec.json.Encoder(order="deterministic").encode
"""Sets and dicts sorted: equal values are equal bytes in every process."""


class Envelope(Protocol):
    """A decoded line; `dest` is us, and `id` is the network's own."""

    src: str
    body: Message


class Header(msgspec.Struct):
    """The envelope of a line whose body is not understood, or not yet."""

    src: str
    body: msgspec.Raw


class BodyHeader(msgspec.Struct):
    """What every body may carry, whatever its type."""

    type: str
    msg_id: int | None = None
    in_reply_to: int | None = None


decode_header = msgspec.json.Decoder(Header).decode
decode_body_header = msgspec.json.Decoder(BodyHeader).decode


def envelope_decoder(kinds: tuple[type[Message], ...]) -> Callable[[bytes], Envelope]:
    """Return the function that decodes a line whose body is one of these types; it raises msgspec.DecodeError."""
    envelope = msgspec.defstruct("AnyEnvelope", [("src", str), ("body", Union[kinds])])  # noqa: UP007 - a tuple of types
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(envelope)
    return decoder.decode


@lru_cache(maxsize=512)
def value_decoder(kind: Any) -> Callable[[bytes], Any]:
    """Return the function that decodes JSON as this type; building one costs many times its use."""
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(kind)
    return decoder.decode


@lru_cache(maxsize=1024)
def tag_of(kind: type[Message]) -> str:
    """Return a message class's `type` on the wire."""
    return str(kind.__struct_config__.tag)


@lru_cache(maxsize=1024)
def _head_length(kind: type[Message]) -> int:
    """Return how many bytes of an encoded body are its `{"type":"..."`: msgspec writes the tag first."""
    return len(encode({"type": tag_of(kind)})) - 1


class Composer:
    """Writes the lines of one incarnation of a node."""

    def __init__(self, node_id: str, nodes: tuple[str, ...], incarnation: int) -> None:
        self._source = b'{"src":' + encode(node_id) + b',"dest":'
        self._starts = {node: self._start(node) for node in (*nodes, RUNNER)}
        self._last_id = incarnation * IDS_PER_INCARNATION

    def next_id(self) -> int:
        """Return a msg_id that no other message of this node has or had."""
        self._last_id += 1
        return self._last_id

    def request(self, dest: str, body: Message, msg_id: int) -> bytes:
        """Return the line that asks or tells `dest` something under this msg_id."""
        return self._compose(dest, body, b',"msg_id":%d' % msg_id)

    def answer(self, dest: str, body: Message, in_reply_to: int | None) -> bytes:
        """Return the line that answers a message; it has no msg_id, so nobody answers an answer."""
        return self._compose(dest, body, b"" if in_reply_to is None else b',"in_reply_to":%d' % in_reply_to)

    def to_runner(self, body: dict[str, Any]) -> bytes:
        """Return a line to the runner itself: an event, a sync, a problem."""
        return self._starts[RUNNER] + encode(body) + b"}"

    def _compose(self, dest: str, body: Message, ids: bytes) -> bytes:
        if body.src or body.msg_id is not None or body.in_reply_to is not None:
            # A message that was received goes on (a request to the leader): under our ids, not its first sender's.
            body = msgspec.structs.replace(body, src="", msg_id=None, in_reply_to=None)
        encoded = encode(body)
        head = _head_length(type(body))
        start = self._starts.get(dest) or self._start(dest)
        return b"".join((start, encoded[:head], ids, encoded[head:], b"}"))

    def _start(self, dest: str) -> bytes:
        return self._source + encode(dest) + b',"body":'
