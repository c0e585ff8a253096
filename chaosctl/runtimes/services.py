"""Maelstrom's services, lin-kv, seq-kv, lww-kv and lin-tso: nodes inside the runner that anybody may ask.

Requests and answers pass the network, so faults of messages may be aimed at them; a partition cuts off a service that
it names, and no other (in Maelstrom none ever, doc/services.md). They never crash, and forget nothing. What they draw
comes of the run's seed.

seq-kv is stale by at most KEPT_STATES changes: whoever asks never goes back, whoever changes something has the newest.
"""

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any, Protocol

import msgspec

from chaosctl.node.messages import ErrorCode

KEPT_STATES = 32
"""seq-kv may show a state so many changes old, as Maelstrom's."""

REPLICAS = 2
"""lww-kv's, as in Maelstrom's source."""

Body = dict[str, Any]


class Service(Protocol):
    """Something that answers requests at once, one after another."""

    def answer(self, src: str, body: Body) -> Body:
        """Return the answer, without in_reply_to; raises KeyError where a field is missing."""


def services(random: Callable[[], Random]) -> dict[str, Service]:
    """Return each service of a run under its id."""
    return {"lin-kv": LinKv(), "seq-kv": SeqKv(random), "lww-kv": LwwKv(random), "lin-tso": LinTso()}


def ask(service: Service, src: str, body: Body) -> Body:
    """Return a service's answer; what it can't understand is an error, as any node's."""
    try:
        return service.answer(src, body)
    except KeyError as error:
        return _error(ErrorCode.MALFORMED_REQUEST, f"a {body.get('type')} without {error}")


class LinKv:
    """One map, one request at a time: linearizable."""

    def __init__(self) -> None:
        self.values: dict[bytes, Any] = {}

    def answer(self, src: str, body: Body) -> Body:  # noqa: ARG002 - it is the same for everybody.
        """Return what the request makes of the one map."""
        reply, change = _apply(body, self.values.get(_key(body), _Nothing))
        if change is not _Nothing:
            self.values[_key(body)] = change
        return reply


class SeqKv:
    """Sequentially consistent: what changes nothing may see an older state, though nobody goes back."""

    def __init__(self, random: Callable[[], Random]) -> None:
        self._random = random
        self._newest = 0
        self._values: dict[bytes, deque[tuple[int, Any]]] = {}
        self._seen: dict[str, int] = {}

    def answer(self, src: str, body: Body) -> Body:
        """Return what the request makes of a state between the last that `src` saw and the newest."""
        lowest = max(self._seen.get(src, 0), self._newest - KEPT_STATES + 1, 0)
        state = self._random().randint(lowest, self._newest)
        reply, change = _apply(body, self._at(_key(body), state))
        if change is not _Nothing:
            reply, change = _apply(body, self._at(_key(body), self._newest))
            state = self._newest
        if change is not _Nothing:
            self._newest = state = self._newest + 1
            self._put(_key(body), change)
        self._seen[src] = state
        return reply

    def _at(self, key: bytes, state: int) -> Any:
        values = [value for since, value in self._values.get(key, ()) if since <= state]
        return values[-1] if values else _Nothing

    def _put(self, key: bytes, value: Any) -> None:
        history = self._values.setdefault(key, deque())
        history.append((self._newest, value))
        while len(history) > 1 and history[1][0] <= self._newest - KEPT_STATES:  # Nobody may see the first any more.
            history.popleft()


class LwwKv:
    """Replicas that tell each other now and then: of two writes the one with the higher Lamport time wins."""

    def __init__(self, random: Callable[[], Random]) -> None:
        self._random = random
        self._clocks = [0] * REPLICAS
        self._replicas: list[dict[bytes, tuple[int, Any]]] = [{} for _ in range(REPLICAS)]

    def answer(self, src: str, body: Body) -> Body:  # noqa: ARG002 - it is as bad for everybody.
        """Return what the request makes of a random replica, after one random one was merged into another."""
        giver, taker = self._random().sample(range(REPLICAS), 2)
        for key, (time, value) in self._replicas[giver].items():
            if key not in self._replicas[taker] or self._replicas[taker][key][0] <= time:
                self._replicas[taker][key] = (time, value)
        self._clocks[taker] = max(self._clocks[taker], self._clocks[giver])
        chosen = self._random().randrange(REPLICAS)
        replica, key = self._replicas[chosen], _key(body)
        reply, change = _apply(body, replica[key][1] if key in replica else _Nothing, may_create=False)
        if change is not _Nothing:
            self._clocks[chosen] += 1
            replica[key] = (self._clocks[chosen], change)
        return reply


class LinTso:
    """Timestamps 0, 1, 2, ...: linearizable."""

    def __init__(self) -> None:
        self._next = 0

    def answer(self, src: str, body: Body) -> Body:  # noqa: ARG002 - it is the same for everybody.
        """Return the next timestamp."""
        if body.get("type") != "ts":
            return _not_supported(body)
        self._next += 1
        return {"type": "ts_ok", "ts": self._next - 1}


class _Nothing:
    """Stands for: there is no value; a value may be null."""


def _key(body: Body) -> bytes:
    return msgspec.json.encode(body["key"], order="deterministic")


def _apply(body: Body, value: Any, *, may_create: bool = True) -> tuple[Body, Any]:
    """Return the answer of a key with this value to a request, and what its value becomes; _Nothing: it stays."""
    match body.get("type"):
        case "read":
            return (_missing() if value is _Nothing else {"type": "read_ok", "value": value}), _Nothing
        case "write":
            return {"type": "write_ok"}, body["value"]
        case "cas":
            return _cas(body, value, may_create=may_create)
        case _:
            return _not_supported(body), _Nothing


def _cas(body: Body, value: Any, *, may_create: bool) -> tuple[Body, Any]:
    expected, new = body["from"], body["to"]
    if value is _Nothing:
        if may_create and body.get("create_if_not_exists"):
            return {"type": "cas_ok"}, new
        return _missing(), _Nothing
    if not _are_equal(value, expected):
        return _error(ErrorCode.PRECONDITION_FAILED, f"expected {expected!r}, but had {value!r}"), _Nothing
    return {"type": "cas_ok"}, new


def _are_equal(one: Any, other: Any) -> bool:
    """Return whether two values are equal JSON: 1 is not true."""
    return msgspec.json.encode(one, order="deterministic") == msgspec.json.encode(other, order="deterministic")


def _missing() -> Body:
    return _error(ErrorCode.KEY_DOES_NOT_EXIST, "there is no such key")


def _not_supported(body: Body) -> Body:
    return _error(ErrorCode.NOT_SUPPORTED, f"this service does not know {body.get('type')!r}")


def _error(code: ErrorCode, text: str) -> Body:
    return {"type": "error", "code": int(code), "text": text}
