"""The way of one message: from the line a process wrote, through the network, to the inbox it is meant for.

Every message of every runtime passes here, clients' too: so a cut, a delay, a trigger and the message log have one
implementation. A link is known by the process that wrote the line and the destination; the `src` it wrote is kept.

The clock is read once a message, which is sent, routed, and where its link takes no time delivered, in that instant.
"""

from functools import partial
from typing import Any, Protocol

import msgspec

from chaosctl.history.records import MessageRow
from chaosctl.network.network import Fate, Letter, Network
from chaosctl.node.messages import RUNNER
from chaosctl.runtimes.journal import Journal
from chaosctl.runtimes.members import INIT_CLIENT, Members
from chaosctl.runtimes.runtime import Runtime
from chaosctl.runtimes.services import Service, ask
from chaosctl.workloads.clients import Clients

NEVER_ASKED = "never-asked"
"""Why an answer is dropped whose in_reply_to is no request's msg_id."""

FIRST_LINE_SHOWN = 200
"""Of a line that is no message so many characters are recorded."""


class Envelope(msgspec.Struct, gc=False):
    """Maelstrom's envelope; keys that we don't know are the node's own affair."""

    src: str
    dest: str
    body: msgspec.Raw


class Header(msgspec.Struct, gc=False):
    """What the runner reads of a body."""

    type: str = ""
    msg_id: int | None = None
    in_reply_to: int | None = None


_decode_envelope = msgspec.json.Decoder(Envelope).decode
_decode_header = msgspec.json.Decoder(Header).decode
_decode_body = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


class Listener(Protocol):
    """Who wants to see messages before they are routed, by type, and what nodes say to the runner."""

    wanted_types: set[str]

    def saw_message(self, process: str, dest: str, message_type: str) -> None:
        """See a message at its send, before it is routed."""

    def runner_line(self, node: str, body: msgspec.Raw) -> None:
        """Take what a node said to the runner."""


class Router:
    """Decodes, logs, routes and delivers. `lateness_ns` samples how much later than planned messages arrived."""

    def __init__(self, runtime: Runtime, network: Network, members: Members, journal: Journal) -> None:
        self.network = network
        self.clients: Clients | None = None
        self.services: dict[str, Service] = {}
        self.listener: Listener | None = None
        self.count = 0
        self.lateness_ns: list[int] = []
        self._runtime, self._members, self._journal = runtime, members, journal
        self._nodes = members.members
        self._is_logged = journal.recorder.messages_wanted
        self._held: dict[int, bytes] = {}

    def node_wrote(self, node: str, line: bytes) -> None:
        """Take a line of a node's stdout: a message, a word to the runner, or a mistake that is named and counted."""
        try:
            envelope = _decode_envelope(line)
            header = None if envelope.dest == RUNNER else _decode_header(envelope.body)
        except msgspec.MsgspecError as error:
            self._mistake(node, "malformed-line", line, str(error))
            return
        if envelope.src != node and header is not None:
            self._note_name(node, envelope.src, line)
        if header is None:
            if self.listener is not None:
                self.listener.runner_line(node, envelope.body)
        elif envelope.dest in self._nodes or envelope.dest in self.services:
            self._send(node, envelope, header, line)
        elif envelope.dest == INIT_CLIENT:
            self._members.answered(node, header.type, header.in_reply_to)
            if self.clients is not None:
                self.clients.node_is_back(node)
        elif self.clients is not None and self.clients.of(envelope.dest) is not None:
            self._send(node, envelope, header, line)
        else:
            self._mistake(node, "unknown-destination", line, f"nobody is called {envelope.dest!r}")

    def node_garbled(self, node: str, why: str, line: bytes) -> None:
        """Take what was no whole line of a node's stdout."""
        self._mistake(node, why, line, "not a whole line")

    def client_sent(self, client: str, dest: str, body: dict[str, Any]) -> None:
        """Take a client's message."""
        raw = _encode(body)
        line = b'{"src":"%b","dest":"%b","body":%b}' % (client.encode(), dest.encode(), raw)
        header = Header(type=body["type"], msg_id=body.get("msg_id"))
        self._send(client, Envelope(client, dest, msgspec.Raw(raw)), header, line)

    def release(self, released: list[tuple[Letter, Fate]]) -> None:
        """Send what an effect had held on its way."""
        for letter, fate in released:
            self._follow(letter, fate, self._held.pop(letter.id), self._runtime.now_ns())

    def home(self, name: str) -> str | None:
        """Return the node on whose side a node or client is."""
        if name in self._nodes:
            return name
        client = self.clients.of(name) if self.clients else None
        return client.home if client else None

    def _note_name(self, node: str, name: str, line: bytes) -> None:
        """Name a node that writes in another name: a mistake where nobody has it, else a remark, for it may forward."""
        if self.home(name) is None and name not in self.services:
            self._mistake(node, "unknown-source", line, f"nobody is called {name!r}")
        elif self._members.are_strangers:
            self._mistake(node, "foreign-source", line, f"written in the name of {name}: right where it passes this on")

    def _send(self, process: str, envelope: Envelope, header: Header, line: bytes) -> None:
        self.count += 1
        now_ns = self._runtime.now_ns()
        letter = Letter(self.count, process, envelope.dest, header.type, len(line))
        if self._is_logged:
            self._log_sent(letter, envelope, header, now_ns)
        if self.listener is not None and header.type in self.listener.wanted_types:
            self.listener.saw_message(process, envelope.dest, header.type)
            now_ns = self._runtime.now_ns()  # Its row follows those of the faults that waited for it.
        self._follow(letter, self.network.route(letter, now_ns), line, now_ns)

    def _log_sent(self, letter: Letter, envelope: Envelope, header: Header, now_ns: int) -> None:
        row = MessageRow(
            time=now_ns - (self._journal.zero_ns or 0),
            id=letter.id,
            fate="sent",
            process=letter.process,
            src=envelope.src,
            dest=envelope.dest,
            type=header.type,
            msg_id=header.msg_id,
            in_reply_to=header.in_reply_to,
            body=envelope.body,
        )
        self._journal.message(row)

    def _follow(self, letter: Letter, fate: Fate, line: bytes, now_ns: int) -> None:
        if fate.held:
            self._held[letter.id] = line
            return
        if fate.dropped:
            self._drop(letter, fate.dropped, list(fate.faults))
            return
        for due_ns in fate.deliver_at:
            if due_ns <= now_ns:
                self._arrive(letter, line, fate, now_ns)
            else:
                arrive = partial(self._arrive_later, letter, line, fate, due_ns)
                self._runtime.call_at(due_ns, arrive, self.network.rank(letter, due_ns))

    def _arrive_later(self, letter: Letter, line: bytes, fate: Fate, due_ns: int) -> None:
        now_ns = self._runtime.now_ns()
        if letter.id & 7 == 0 and len(self.lateness_ns) < 10_000:
            self.lateness_ns.append(now_ns - due_ns)
        self._arrive(letter, line, fate, now_ns)

    def _arrive(self, letter: Letter, line: bytes, fate: Fate, now_ns: int) -> None:
        occurrence = self.network.is_cut(letter, now_ns)
        if occurrence is not None:
            self._drop(letter, "cut", [occurrence])
            return
        why = self._hand_over(letter, line)
        if why:
            self._drop(letter, why, list(fate.faults))
            if why == "dest-dead" and self.clients is not None and len(fate.deliver_at) == 1:
                self.clients.node_was_dead(letter.process)
        elif self._is_logged:
            time_ns = now_ns - (self._journal.zero_ns or 0)
            self._journal.message(MessageRow(time=time_ns, id=letter.id, fate="delivered", faults=list(fate.faults)))

    def _hand_over(self, letter: Letter, line: bytes) -> str:
        """Hand a line to whom it is for; returns why that could not be, or nothing."""
        dest = letter.dest
        if dest in self._nodes:
            if self._nodes[dest].state == "down":
                return "dest-dead"
            if self._runtime.deliver(dest, line):
                return ""
            self._journal.problem(dest, "inbox-full")
            return "inbox-full"
        if dest in self.services:
            return self._serve(letter, line)
        return self._answer(letter, line)

    def _answer(self, letter: Letter, line: bytes) -> str:
        """Hand an answer to a client; returns why it does not take it, or nothing."""
        assert self.clients is not None, "only a run with clients has messages to them"
        node, client = letter.process, letter.dest
        try:
            envelope = _decode_envelope(line)
            if self.clients.receive(client, bytes(envelope.body)):
                return ""
            if self.clients.has_asked(client, _decode_header(envelope.body).in_reply_to):
                return "late"
            self._mistake(node, NEVER_ASKED, line, f"{client} made no request of that msg_id")
            return NEVER_ASKED
        except msgspec.MsgspecError as error:
            self._mistake(node, "malformed-answer", line, str(error))
            return "malformed"

    def _serve(self, letter: Letter, line: bytes) -> str:
        """Let a service answer who wrote the line, over the network; returns why nobody gets the answer, or nothing."""
        service, envelope = letter.dest, _decode_envelope(line)
        if self.home(envelope.src) is None:
            return "nobody-asked"
        try:
            request = _decode_body(envelope.body)
        except msgspec.MsgspecError as error:
            self._mistake(letter.process, "malformed-line", line, str(error))
            return "malformed"
        msg_id = request.get("msg_id")
        reply = ask(self.services[service], envelope.src, request)
        raw = msgspec.Raw(_encode(reply if msg_id is None else reply | {"in_reply_to": msg_id}))
        answer = b'{"src":"%b","dest":"%b","body":%b}' % (service.encode(), envelope.src.encode(), bytes(raw))
        header = Header(type=str(reply["type"]), in_reply_to=msg_id if isinstance(msg_id, int) else None)
        self._send(service, Envelope(service, envelope.src, raw), header, answer)
        return ""

    def _drop(self, letter: Letter, why: str, faults: list[int]) -> None:
        if not self._is_logged:
            return
        row = MessageRow(time=self._journal.now_ns(), id=letter.id, fate="dropped", why=why, faults=faults)
        self._journal.message(row)

    def _mistake(self, node: str, problem: str, line: bytes, why: str) -> None:
        shown = line[:FIRST_LINE_SHOWN].decode("utf-8", "replace")
        self._journal.problem(node, problem, line=shown, why=why)
