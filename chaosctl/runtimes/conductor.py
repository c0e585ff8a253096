"""One run from the first start to the last read, the same over either runtime.

Nodes start and answer init (time 0); load and faults for `duration`; then all heals, `grace` more of load, and the
final reads and audits. Nothing is judged here: the conductor only makes things happen and has them written down. A node
that does not start is a dead node of a run that goes on, unless none does.
"""

from pathlib import Path
from typing import Any

import msgspec
import trio

from chaosctl.errors import RunBroke
from chaosctl.faults.schedule import Schedule
from chaosctl.history.recorder import Recorder
from chaosctl.history.records import Event, Operation
from chaosctl.network.network import Network
from chaosctl.node.seeds import Later, stream
from chaosctl.runtimes.handles import Handles
from chaosctl.runtimes.journal import Journal
from chaosctl.runtimes.members import Blueprint, Members
from chaosctl.runtimes.plan import Plan
from chaosctl.runtimes.router import Router
from chaosctl.runtimes.runtime import Runtime
from chaosctl.runtimes.script import Script
from chaosctl.runtimes.servers import Servers
from chaosctl.runtimes.services import services
from chaosctl.workloads.clients import Clients

FLUSH_NS = 100_000_000
"""What was seen is on its way to the disk after so long."""

NOWHERE = Path()

FINAL_LIMIT_NS = 10_000_000_000
"""The final reads and audits end after so long, answered or not."""


_decode_said = msgspec.json.Decoder(dict[str, Any]).decode


class Conductor:
    """Runs a plan over a runtime. `load_end_ns` and `ended_ns` (of the grace) are 0 where it never came so far."""

    def __init__(
        self,
        plan: Plan,
        blueprint: Blueprint,
        runtime: Runtime,
        recorder: Recorder,
        servers: Servers | None = None,
    ) -> None:
        self.plan, self.runtime = plan, runtime
        self.directory = blueprint.directory
        experiment = plan.experiment
        self.journal = Journal(runtime, recorder)
        self.members = Members(plan.nodes, blueprint, runtime, self.journal)
        self.servers = servers or Servers({}, NOWHERE, runtime)
        self.servers.journal = self.journal
        network = Network(experiment.network, plan.placement, stream(plan.seed, "network"))
        self.router = Router(runtime, network, self.members, self.journal)
        self.handles = Handles(
            runtime,
            self.journal,
            self.members,
            self.router,
            servers=self.servers,
            placement=plan.placement,
            random=stream(plan.seed, "faults"),
        )
        self.load_ns = round(experiment.duration * 1e9)
        self.schedule = Schedule(experiment.faults, self.handles, self.journal.fault, self.load_ns)
        workload_random = stream(plan.seed, "workload")
        self.clients = Clients(experiment.workload, plan.workload, plan.served, _Wire(self), workload_random)
        self.script = Script(experiment.workload.script, plan.workload, self.handles, self.clients)
        self.router.clients = self.clients
        self.router.services = services(Later(plan.seed, "services"))
        self.router.listener = self
        self.wanted_types: set[str] = set()
        self.load_end_ns = self.ended_ns = 0
        self._is_over = False
        runtime.on_line = self.router.node_wrote
        runtime.on_exit = self._exited
        runtime.on_problem = self.router.node_garbled
        self._changed = trio.Event()
        self.members.on_change = self._changed.set
        self.members.on_start = self.schedule.saw_start

    async def conduct(self) -> None:
        """Run the plan to its end; on the way out, whatever the reason, all faults are healed and recorded."""
        try:
            await self._start()
            self._flush_now_and_then()
            self.schedule.begin()
            self.script.begin()
            self.wanted_types = self.schedule.wanted_types | self.script.wanted_types
            self.clients.begin()
            await self._sleep_until(self.load_ns)
            self._heal()
            await self._sleep_until(self.load_end_ns + round(self.plan.grace * 1e9))
            self.ended_ns = self.journal.now_ns()
            self.clients.end_load()
            await self._become_quiet(round(self.plan.experiment.workload.timeout * 1e9))
            await self._sleep_until(self.journal.now_ns() + round(self.plan.settle * 1e9))
            self.clients.begin_final()
            await self._become_quiet(FINAL_LIMIT_NS)
            self.members.end()
        finally:
            if self.journal.zero_ns is not None and not self.load_end_ns:
                self._heal()
            self._say_how_late()
            self._is_over = True
            self.journal.recorder.flush()

    def saw_message(self, process: str, dest: str, message_type: str) -> None:
        """See a message at its send, before it is routed: faults and scripted operations may wait for it."""
        self.schedule.saw_message(process, dest, message_type)
        self.script.saw_message(process, dest, message_type)

    def runner_line(self, node: str, body: msgspec.Raw) -> None:
        """Take what a node said to the runner: an event, a sync, a point reached, a problem."""
        try:
            said = _decode_said(body)
            kind = said["type"]
        except (msgspec.MsgspecError, KeyError):
            self.journal.problem(node, "malformed-line", line=bytes(body)[:200].decode("utf-8", "replace"))
            return
        if kind == "event":
            self._take_event(node, said)
        elif kind == "point_reached":
            self._take_point(node, said)
        elif kind == "synced":
            self.journal.event(node, "synced", writes=said.get("writes"), duration_ns=said.get("duration_ns"))
        else:
            self.journal.problem(node, "node-problem", said=said)

    async def _start(self) -> None:
        await self.servers.start_all()
        for name in self.members.names:
            self.members.start(name)
        while not self.members.are_settled():
            await self._changed.wait()
            self._changed = trio.Event()
            self.members.on_change = self._changed.set
        if not self.members.is_any_up():
            raise RunBroke(self._why_not_ready())
        self.journal.begin()

    def _exited(self, name: str, incarnation: int, status: int) -> None:
        owner = self.servers if name in self.servers.names else self.members
        owner.exited(name, incarnation, status)
        self.clients.node_died(name)

    def _why_not_ready(self) -> str:
        reasons = [f"{node} {why}{self._no_message_of(node)}" for node, why in sorted(self.members.not_ready.items())]
        return "the system did not start: " + "; ".join(reasons)

    def _no_message_of(self, node: str) -> str:
        line = self.journal.no_message_of(node)
        if line is None:
            return ""
        return f", and its stdout says {line!r}, which is no message: what is for people belongs on stderr"

    def _heal(self) -> None:
        self.schedule.end_load()
        self.members.disarm()
        self.load_end_ns = self.journal.now_ns()

    async def _sleep_until(self, run_ns: int) -> None:
        await self.runtime.sleep_until(run_ns + (self.journal.zero_ns or 0))

    async def _become_quiet(self, limit_ns: int) -> None:
        end_ns = self.journal.now_ns() + limit_ns
        while not self.clients.is_quiet and self.journal.now_ns() < end_ns:
            await self._sleep_until(self.journal.now_ns() + 10_000_000)

    def _flush_now_and_then(self) -> None:
        if self._is_over:
            return
        self.journal.recorder.flush()
        self.runtime.call_at(self.runtime.now_ns() + FLUSH_NS, self._flush_now_and_then)

    def _take_event(self, node: str, said: dict[str, Any]) -> None:
        number = str(said.get("id", ""))
        parts = number.split("/")
        event = Event(
            time=self.journal.now_ns(),
            node=node,
            event=str(said.get("event", "")),
            role=str(said.get("role", "")),
            incarnation=int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 0,
            id=number,
            fields=said.get("fields") or {},
        )
        self.journal.record(event)
        self.members.saw(event)
        self.schedule.saw_event(event)
        self.script.saw_event(event)

    def _take_point(self, node: str, said: dict[str, Any]) -> None:
        point, nth = str(said.get("point", "")), int(said.get("nth", 0))
        self.journal.event(node, "point_reached", point=point, nth=nth)
        member = self.members.members[node]
        member.points_seen[point] = nth
        self.schedule.saw_point(node, point, nth)
        if said.get("action") == "crash":
            self.members.kill(node)

    def _say_how_late(self) -> None:
        """Note where real time kept messages longer than the network meant to: latency figures mean nothing then."""
        samples = sorted(self.router.lateness_ns)
        if not samples:
            return
        median_ns = samples[len(samples) // 2]
        mean_ns = self.router.network.mean_ns
        if median_ns > max(mean_ns, 1_000_000):
            self.journal.event("runner", "delays_off", median_ns=median_ns, configured_mean_ns=mean_ns)


class _Wire:
    """What the clients need of the run."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self.now_ns = conductor.journal.now_ns
        self.call_at = conductor.handles.call_at

    def send(self, client: str, dest: str, body: dict[str, Any]) -> None:
        """Send a client's message."""
        self._conductor.router.client_sent(client, dest, body)

    def operation(self, row: Operation) -> None:
        """Record an operation; an answer that is none is a problem of the node that gave it."""
        self._conductor.journal.operation(row)
        if row.error and row.error[0] == "malformed":
            self._conductor.journal.problem(row.node, "malformed-answer", f=row.f, why=str(row.error[1]))

    def missed(self, f: str) -> None:
        """Record that an operation was due and no client idle."""
        self._conductor.journal.event("", "missed", f=f)
