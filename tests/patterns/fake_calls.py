"""A role without a node: its calls are written down in their order, its store is a dict, and nothing ever waits."""

from random import Random
from typing import Any

import msgspec

from chaosctl.node.messages import Message


class FakeStore:
    def __init__(self, said: list[tuple[Any, ...]]) -> None:
        self.rows: dict[str, bytes] = {}
        self._said = said

    def put(self, key: str, value: object) -> None:
        self.rows[key] = msgspec.json.encode(value)
        self._said.append(("put", key))

    def get(self, key: str, kind: Any, default: Any = None) -> Any:
        return msgspec.json.decode(self.rows[key], type=kind) if key in self.rows else default

    def delete(self, key: str) -> None:
        self.rows.pop(key, None)

    def scan(self, prefix: str, kind: Any) -> dict[str, Any]:
        return {key: self.get(key, kind) for key in sorted(self.rows) if key.startswith(prefix)}

    async def sync(self, point: str = "sync") -> None:
        self._said.append(("sync", point))


class FakeCalls:
    """`said` is everything the role did, in order; `sent` and `replied` are the messages of it."""

    def __init__(self, node_id: str, nodes: list[str], options: Any, roles: list[str]) -> None:
        self.node_id, self.nodes, self.options = node_id, tuple(nodes), options
        self.placement = dict.fromkeys(roles, self.nodes)
        self.random = Random(0)
        self.said: list[tuple[Any, ...]] = []
        self.store = FakeStore(self.said)
        self.database = self.broker = None
        self.time = 0.0

    @property
    def sent(self) -> list[tuple[str, Message]]:
        return [(entry[1], entry[2]) for entry in self.said if entry[0] == "send"]

    @property
    def replied(self) -> list[Message]:
        return [entry[2] for entry in self.said if entry[0] == "reply"]

    async def send(self, dest: str, body: Message) -> None:
        self.said.append(("send", dest, body))

    async def reply(self, request: Message, body: Message) -> None:
        self.said.append(("reply", request.src, body))

    async def sleep(self, seconds: float) -> None:
        self.said.append(("sleep", seconds))

    def now(self) -> float:
        return self.time

    def emit(self, event: str, *, durable: bool = False, **fields: Any) -> None:
        self.said.append(("emit", event, durable, fields))

    def spawn(self, task: Any) -> None:
        self.said.append(("spawn", task))
