"""The clients: who invokes the next operation and when, and how it ends.

Client i is on the side of node i mod N and talks to it alone, one operation at a time. With a rate the loop is open:
operations come due at random gaps whatever the system does, and one that finds no idle client is `missed`. Without a
rate it is closed: a client invokes its next operation when the last has ended. An operation without an answer in time
is `info`: it may have happened, so that process is retired and the client goes on under a new one (Jepsen).
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

import msgspec

from chaosctl.experiment.model import Workload as WorkloadTable
from chaosctl.history.records import Operation
from chaosctl.node.messages import INDEFINITE, ErrorCode
from chaosctl.workloads.workload import Absent, Invocation, Outcome, Workload

FINAL_TRIES = 5
"""A final read or audit that is refused or lost is asked again: what it would have shown must not be missed."""

ELSEWHERE_PAUSE_NS = 5_000_000
"""A client that is refused without a hint waits so long before it tries the next node."""


class Wire(Protocol):
    """What clients need of the run: time, and a way to send."""

    def now_ns(self) -> int:
        """Return the run's time."""

    def call_at(self, time_ns: int, action: Callable[[], object]) -> Any:
        """Run an action at that time; returns what can be cancelled."""

    def send(self, client: str, dest: str, body: dict[str, Any]) -> None:
        """Send a client's message."""

    def operation(self, row: Operation) -> None:
        """Record an operation."""

    def missed(self, f: str) -> None:
        """Record that an operation was due and no client idle."""


@dataclass
class Client:
    """One client: its present process and id, and the operation it waits for.

    `unheard` is the id and msg_id of the last request that came to a dead node.
    """

    number: int
    process: int
    id: str
    home: str
    msg_id: int = 0
    node: str = ""
    invocation: Invocation | None = None
    deadline: Any = None
    deadline_ns: int = 0
    tries_left: int = 0
    unheard: tuple[str, int] | None = None


@dataclass
class Tally:
    """Operations so far, by outcome, final ones left out."""

    invoked: int = 0
    missed: int = 0
    outcomes: dict[str, int] = field(default_factory=lambda: {"ok": 0, "fail": 0, "info": 0})


class Clients:
    """All clients of a run. A retired process's number and id never come back: client i has i, i + N, i + 2N, ..."""

    def __init__(self, table: WorkloadTable, workload: Workload, nodes: tuple[str, ...], wire: Wire, random: Random):
        self._table, self._workload, self._nodes, self._wire, self._random = table, workload, nodes, wire, random
        self._timeout_ns = round(table.timeout * 1e9)
        self._index = 0
        self._loading = False
        self._finals: deque[tuple[Invocation, int]] = deque()
        self.tally = Tally()
        self.clients = [Client(i, i, f"c{i + 1}", nodes[i % len(nodes)]) for i in range(table.clients)]
        self._idle = deque(self.clients)

    def of(self, client_id: str) -> Client | None:
        """Return the client that has or had this id on the network; None where nobody ever had it."""
        digits = client_id[1:]
        if client_id[:1] != "c" or not digits.isdecimal():
            return None
        process = int(digits) - 1
        client = self.clients[process % len(self.clients)]
        return client if 0 <= process <= client.process else None

    def begin(self) -> None:
        """Start the load."""
        self._loading = True
        if self._table.script:
            return
        if self._table.rate is not None:
            self._schedule_arrival(self._wire.now_ns())
        else:
            self._idle.clear()
            for client in self.clients:
                self._invoke_next(client)

    def end_load(self) -> None:
        """Invoke nothing more; what is under way may still end."""
        self._loading = False

    def begin_final(self) -> None:
        """Invoke the final reads and audits, one after another on the clients that are idle."""
        self._finals.extend((invocation, FINAL_TRIES) for invocation in self._workload.final())
        while self._finals and self._idle:
            self._invoke_final(self._idle.popleft())

    @property
    def is_quiet(self) -> bool:
        """Whether no operation is under way and none is left to invoke."""
        return not self._finals and all(client.invocation is None for client in self.clients)

    def script(self, invocation: Invocation) -> None:
        """Invoke a scripted operation now, on an idle client of its node if there is one."""
        near = [client for client in self._idle if client.home == invocation.node]
        client = near[0] if near else (self._idle[0] if self._idle else None)
        if client is None:
            self._miss(invocation.f)
            return
        self._idle.remove(client)
        self._invoke(client, invocation)

    def receive(self, client_id: str, body: bytes) -> bool:
        """Take an answer; False where nobody waits for it any longer."""
        client = self.of(client_id)
        reply = msgspec.json.decode(body)
        if (
            client is None
            or client.id != client_id
            or client.invocation is None
            or reply.get("in_reply_to") != client.msg_id
        ):
            return False
        outcome = self._outcome(client.invocation, reply)
        if outcome.type == "fail" and self._goes_elsewhere(client, reply):
            return True
        self._complete(client, outcome)
        return True

    def node_died(self, node: str) -> None:
        """End what a node was asked before it died, where clients hang up: it may have happened."""
        for client in self.clients if self._table.hang_up else ():
            if client.node == node and client.invocation is not None and not _is_unheard(client):
                self._complete(client, self._unanswered(client.invocation, "connection-broken"))

    def node_was_dead(self, client_id: str) -> None:
        """Take note that a request came to a dead node alone: where clients hang up it fails when that is back."""
        client = self.of(client_id)
        if self._table.hang_up and client is not None and client.id == client_id and client.invocation is not None:
            client.unheard = (client_id, client.msg_id)

    def node_is_back(self, node: str) -> None:
        """End what was asked of a node while it was dead."""
        for client in self.clients:
            if _is_unheard(client) and client.node == node and client.invocation is not None:
                self._complete(client, Outcome("fail", error=["connection-refused"]))

    def has_asked(self, client_id: str, msg_id: int | None) -> bool:
        """Return whether this client ever sent a request of that msg_id; True where it is too long ago to tell."""
        client = self.of(client_id)
        return client is None or client.id != client_id or (msg_id is not None and 0 < msg_id <= client.msg_id)

    def _schedule_arrival(self, last_ns: int) -> None:
        assert self._table.rate is not None, "an arrival needs a rate"
        due_ns = last_ns + round(self._random.expovariate(self._table.rate) * 1e9)
        self._wire.call_at(due_ns, lambda: self._arrive(due_ns))

    def _arrive(self, due_ns: int) -> None:
        if not self._loading:
            return
        self._schedule_arrival(due_ns)
        if self._idle:
            self._invoke_next(self._idle.popleft())
        else:
            self._miss("")

    def _miss(self, f: str) -> None:
        self.tally.missed += 1
        self._wire.missed(f)

    def _invoke_next(self, client: Client) -> None:
        invocation = self._workload.next(client.number, self._random)
        if invocation is None:
            self._idle.append(client)
        else:
            self._invoke(client, invocation)

    def _invoke_final(self, client: Client) -> None:
        invocation, client.tries_left = self._finals.popleft()
        self._invoke(client, invocation)

    def _invoke(self, client: Client, invocation: Invocation) -> None:
        client.invocation = invocation
        client.node = invocation.node or client.home
        client.deadline_ns = self._wire.now_ns() + self._timeout_ns
        client.deadline = self._wire.call_at(client.deadline_ns, lambda: self._timed_out(client))
        if not invocation.final:
            self.tally.invoked += 1
        self._record(client, "invoke", invocation.value)
        self._ask(client)

    def _ask(self, client: Client) -> None:
        assert client.invocation is not None, "only a client with an operation asks"
        client.msg_id += 1
        body = self._workload.request(client.invocation) | {"msg_id": client.msg_id}
        self._wire.send(client.id, client.node, body)

    def _outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:
        if reply.get("type") == "error":
            code = reply.get("code")
            if not isinstance(code, int):
                return Outcome("info", error=["malformed", reply])
            is_absence = code == ErrorCode.KEY_DOES_NOT_EXIST and invocation.f == "read"
            if is_absence and isinstance(self._workload, Absent):
                return self._workload.absent(invocation)
            known = code in ErrorCode._value2member_map_
            name = ErrorCode(code).name.lower().replace("_", "-") if known else "unknown"
            is_definite = known and code not in INDEFINITE
            return Outcome("fail" if is_definite else "info", error=[name, str(reply.get("text", ""))])
        try:
            return self._workload.outcome(invocation, reply)
        except (KeyError, TypeError, ValueError, msgspec.MsgspecError) as error:
            return Outcome("info", error=["malformed", f"{type(error).__name__}: {error}"])

    def _goes_elsewhere(self, client: Client, reply: dict[str, Any]) -> bool:
        """Try the hinted or the next node with a refused operation, if the options say so and time is left."""
        if self._workload_retry != "elsewhere" or reply.get("code") != ErrorCode.TEMPORARILY_UNAVAILABLE:
            return False
        assert client.invocation is not None, "a refused client has an operation"
        if client.invocation.node is not None:
            return False
        hint = reply.get("leader")
        if hint in self._nodes and hint != client.node:
            client.node = hint
            self._ask(client)
            return True
        client.node = self._nodes[(self._nodes.index(client.node) + 1) % len(self._nodes)]
        at_ns = self._wire.now_ns() + ELSEWHERE_PAUSE_NS
        if at_ns >= client.deadline_ns:
            return False
        msg_id = client.msg_id
        self._wire.call_at(at_ns, lambda: self._ask(client) if client.msg_id == msg_id and client.invocation else None)
        return True

    @property
    def _workload_retry(self) -> str:
        return str(self._table.options.get("retry", "no"))

    def _timed_out(self, client: Client) -> None:
        if client.invocation is not None:
            self._complete(client, self._unanswered(client.invocation, "net-timeout"))

    def _unanswered(self, invocation: Invocation, why: str) -> Outcome:
        """Return how an operation ends that nobody answers: it may have happened, unless that would do nothing."""
        return Outcome("fail" if invocation.f in self._workload.idempotent else "info", error=[why])

    def _complete(self, client: Client, outcome: Outcome) -> None:
        assert client.invocation is not None, "only an operation under way can end"
        client.deadline.cancel()
        value = outcome.value if outcome.type == "ok" else client.invocation.value
        self._record(client, outcome.type, value, outcome.error)
        if not client.invocation.final:
            self.tally.outcomes[outcome.type] += 1
        elif outcome.type != "ok" and client.tries_left > 1:
            self._finals.append((client.invocation, client.tries_left - 1))
        client.invocation = None
        client.msg_id += 1  # A late answer to what has just ended must not answer what comes next.
        if outcome.type == "info":
            self._retire(client)
        self._go_on(client)

    def _retire(self, client: Client) -> None:
        client.process += len(self.clients)
        client.id, client.msg_id = f"c{client.process + 1}", 0

    def _go_on(self, client: Client) -> None:
        if self._finals:
            self._invoke_final(client)
        elif self._loading and self._table.rate is None and not self._table.script:
            self._invoke_next(client)
        else:
            self._idle.append(client)

    def _record(self, client: Client, kind: str, value: Any, error: list[Any] | None = None) -> None:
        assert client.invocation is not None, "a row belongs to an operation"
        row = Operation(
            index=self._index,
            time=self._wire.now_ns(),
            process=client.process,
            type=kind,
            f=client.invocation.f,
            value=value,
            error=error,
            node=client.node,
            client=client.id,
            final=client.invocation.final,
        )
        self._index += 1
        self._wire.operation(row)


def _is_unheard(client: Client) -> bool:
    """Return whether what a client waits for came to a dead node, and to nobody else: it has not happened."""
    return client.unheard == (client.id, client.msg_id)
