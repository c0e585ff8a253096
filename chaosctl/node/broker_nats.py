"""NATS JetStream: one stream, a subject and a durable pull consumer a queue; over the text protocol of NATS.

NATS manual, "Client protocol" and "JetStream wire API reference". The maintained client is for asyncio alone, so the
few words that are needed are spoken here. A message's name is its Nats-Msg-Id: one that is published again within two
minutes is kept once. What is acknowledged is deleted (retention `workqueue`).
"""

import json
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from chaosctl.node.sql_connection import Lost

STREAM = "chaosctl"
TOKEN_FILE = "token"  # noqa: S105 - it is the name of a file.

ANSWER_S = 2.0
"""A server that does not answer for so long, because it is stopped, is taken for lost."""

WAIT_NS = 100_000_000
"""A pull waits so long at the server."""

PULL_S = 0.5
"""A pull that nothing answers for so long is lost: NATS 2.9 forgets one now and then when it stood still meanwhile."""

REDELIVER_NS = 500_000_000
"""What was not acknowledged for so long is delivered again."""

ANSWERS, PULLED = "1", "2"
"""The subscriptions of a connection."""

NO_RESPONDERS = 503
"""JetStream does not serve this subject: no stream has it, or it is starting yet."""


class Received(NamedTuple):
    """A message: `token` is the subject that acknowledges it; `status` is 0 but where the server says something."""

    token: str
    status: int
    payload: bytes


class NatsConnection:
    """One connection, with an inbox for each answer, and one for messages, which come under their own subject."""

    def __init__(self, port: int, token: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S)
        self._lines = self.socket.makefile("rb")
        self._inbox = f"_INBOX.{secrets.token_hex(8)}"
        self._number = 0
        self._lines.readline()  # INFO
        options = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True, "auth_token": token}
        inboxes = f"SUB {self._inbox}.* {ANSWERS}\r\nSUB {self._inbox}.{PULLED}.> {PULLED}\r\n"
        self._say(f"CONNECT {json.dumps(options)}\r\n{inboxes}PING\r\n".encode())
        while (line := self._line()) != b"PONG":
            if line.startswith(b"-ERR"):
                raise Lost(line.decode())

    def ask(self, subject: str, payload: bytes = b"", name: str = "") -> Received:
        """Publish to a subject, under a message name where there is one, and return the answer."""
        self._number += 1
        inbox = f"{self._inbox}.{self._number}"
        self._publish(subject, inbox, payload, name)
        return self._next(lambda words: words[0] == inbox)

    def pull(self, subject: str, payload: bytes) -> Received:
        """Ask for one message, and return it, or the status that says that there is none."""
        self._publish(subject, f"{self._inbox}.{PULLED}.one", payload, "")
        self.socket.settimeout(PULL_S)
        try:
            return self._next(lambda words: words[1] == PULLED)
        finally:
            self.socket.settimeout(ANSWER_S)

    def call(self, subject: str, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer of JetStream's own interface; raises Lost where it refuses."""
        received = self.ask(f"$JS.API.{subject}", json.dumps(request).encode())
        if received.status:
            raise Lost(f"JetStream does not serve yet ({received.status})")
        answer: dict[str, Any] = json.loads(received.payload)
        if "error" in answer:
            raise Lost(f"JetStream refuses: {answer['error'].get('description')}")
        return answer

    def close(self) -> None:
        """Close it."""
        self._lines.close()
        self.socket.close()

    def _publish(self, subject: str, inbox: str, payload: bytes, name: str) -> None:
        head = f"NATS/1.0\r\nNats-Msg-Id: {name}\r\n\r\n".encode() if name else b""
        sizes = f"{len(head)} {len(head) + len(payload)}" if name else str(len(payload))
        verb = "HPUB" if name else "PUB"
        self._say(f"{verb} {subject} {inbox} {sizes}\r\n".encode() + head + payload + b"\r\n")

    def _next(self, is_wanted: Callable[[list[str]], bool]) -> Received:
        """Return the next message that is wanted, by its subject and subscription; others are late."""
        while True:
            verb, *words = self._line().decode().split()
            if verb == "PING":
                self._say(b"PONG\r\n")
            elif verb in ("MSG", "HMSG"):
                received = self._read(words, 1 if verb == "HMSG" else 0)
                if is_wanted(words):
                    return received
            elif verb == "-ERR":
                raise Lost(" ".join(words))

    def _read(self, words: list[str], headers: int) -> Received:
        """Read what follows `subject sid [reply] [size of headers] size`."""
        size, head_size = int(words[-1]), int(words[-2]) if headers else 0
        token = words[2] if len(words) == 4 + headers else ""
        data = self._lines.read(size + 2)
        if len(data) < size + 2:
            raise Lost("the connection ended")
        first = data[:head_size].split(b"\r\n", 1)[0].split()
        return Received(token, int(first[1]) if len(first) > 1 else 0, data[head_size:size])

    def _line(self) -> bytes:
        line = self._lines.readline()
        if not line.endswith(b"\r\n"):
            raise Lost("the connection ended")
        return line[:-2]

    def _say(self, data: bytes) -> None:
        self.socket.sendall(data)


class JetStream:
    """Implements stream_broker.BrokerClient."""

    def __init__(self, address: str) -> None:
        self._folder = Path(address)

    def connect(self) -> Any:
        """Return a connection to the port that the server took last: it takes a new one each time that it starts."""
        with _told_as_lost():
            files = sorted(self._folder.glob("*.ports"), key=lambda path: path.stat().st_mtime_ns)
            if not files:
                raise Lost("it has not started yet")
            ports = json.loads(files[-1].read_bytes() or b"{}")
            port = int(ports["nats"][0].rpartition(":")[2])
            return NatsConnection(port, (self._folder / TOKEN_FILE).read_text(encoding="utf-8"))

    def close(self, raw: Any) -> None:
        """Close a connection."""
        raw.close()

    def descriptor(self, raw: Any) -> int:
        """Return the descriptor of its socket."""
        number: int = raw.socket.fileno()
        return number

    def make_stream(self, raw: Any) -> None:
        """Make the stream where there is none: for whoever starts the server, before anybody else is there.

        Of two who do so at once NATS 2.9 lets each have a stream, and forgets one: a pull of its consumers is never
        answered.
        """
        stream = {
            "name": STREAM,
            "subjects": [f"{STREAM}.*"],
            "storage": "file",
            "retention": "workqueue",
            "num_replicas": 1,
        }
        with _told_as_lost():
            raw.call(f"STREAM.CREATE.{STREAM}", stream)

    def open(self, raw: Any, queue: str) -> None:
        """Make the queue's consumer, where there is none; raises Lost where there is no stream."""
        consumer = {
            "durable_name": queue,
            "filter_subject": f"{STREAM}.{queue}",
            "ack_policy": "explicit",
            "ack_wait": REDELIVER_NS,
            "deliver_policy": "all",
        }
        with _told_as_lost():
            raw.call(f"CONSUMER.DURABLE.CREATE.{STREAM}.{queue}", {"stream_name": STREAM, "config": consumer})

    def publish(self, raw: Any, queue: str, name: str, payload: bytes) -> None:
        """Publish under a name, and wait for the stream's acknowledgement."""
        with _told_as_lost():
            received = raw.ask(f"{STREAM}.{queue}", payload, name)
            if received.status or "error" in json.loads(received.payload):
                raise Lost(f"the stream does not take it: {received.status} {received.payload.decode()}")

    def fetch(self, raw: Any, queue: str) -> list[tuple[Any, bytes]]:
        """Pull a message; where there is none, wait for it, a tenth of a second."""
        request = json.dumps({"batch": 1, "expires": WAIT_NS}).encode()
        with _told_as_lost():
            received = raw.pull(f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{queue}", request)
        if received.status == NO_RESPONDERS:
            raise Lost("the queue is gone")
        return [] if received.status else [(received.token, received.payload)]  # 404 or 408: there is none.

    def acknowledge(self, raw: Any, queue: str, token: Any) -> None:  # noqa: ARG002 (the token names it)
        """Acknowledge a message, and hear that this is known."""
        with _told_as_lost():
            raw.ask(token, b"+ACK")


@contextmanager
def _told_as_lost() -> Iterator[None]:
    """Raise Lost where the connection breaks, nothing is answered, or what is answered makes no sense."""
    try:
        yield
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise Lost(f"{type(error).__name__}: {error}") from error
