"""The system's nodes as the runner sees them: which incarnation is up, paused, dying; who leads.

A node is told `init` first in every incarnation, past the network. It is live from its start to the instant at which
it is killed or found dead.
"""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec

from chaosctl.history.records import Event
from chaosctl.node.messages import RUNNER
from chaosctl.node.settings import ArmedPoint, Settings
from chaosctl.runtimes.journal import Journal
from chaosctl.runtimes.runtime import Launch, Runtime

INIT_CLIENT = "c0"
"""Who asks for init; no workload client has this id."""

GREETING = 2
"""The msg_id of what a node is told after init."""

INIT_TIMEOUT_NS = 10_000_000_000
"""Maelstrom's limit: a node that has not answered init in ten seconds is given up, and the run proves nothing."""

LATE_NS = 1_000_000_000
"""Who was started so shortly before the end of a run may not have had the time to answer init."""

RESTART_PAUSE_NS = 100_000_000
"""A node that ends by itself and is to be restarted is started at most so often: one that ends at once is no flood."""


@dataclass
class Member:
    """One node. `state` is down, starting or up; `condemned` says that a fault is the reason if it kills itself.

    `is_mended` says that this fault is over: a node that was stopped meanwhile may yet die of it. `is_overdue`: this
    incarnation has been named for not answering init.
    """

    name: str
    incarnation: int = -1
    state: str = "down"
    is_dying: bool = False
    is_paused: bool = False
    condemned: bool = False
    is_mended: bool = False
    is_overdue: bool = False
    next_launch: Callable[[], None] | None = None
    started_ns: int = 0
    armed: list[ArmedPoint] = field(default_factory=list)
    points_seen: dict[str, int] = field(default_factory=dict)
    led_term: int | None = None
    led_since_ns: int = 0


@dataclass(frozen=True)
class Blueprint:
    """How every node of this run is launched: the command or pattern, its settings less what an incarnation changes."""

    command: tuple[str, ...] | None
    settings: Settings
    directory: Callable[[str], str]
    databases: Mapping[str, str]
    leader_event: str | None
    stepped_down_event: str | None
    restarts_by_itself: bool
    greeting: Callable[[str], dict[str, Any]] | None = None
    """What each node is told after init, and must answer before it is up."""


class Members:
    """Starts, kills, pauses and restarts nodes, and knows who is live and who leads.

    `on_change` is called when a node has become ready, or will not; `not_ready` says why it will not. `on_start` is
    called with each incarnation's node as soon as lines can be handed to it. `are_strangers`: a user's command.
    """

    def __init__(self, names: tuple[str, ...], blueprint: Blueprint, runtime: Runtime, journal: Journal) -> None:
        self.names = names
        self.members = {name: Member(name) for name in names}
        self.on_change: Callable[[], None] = lambda: None
        self.on_start: Callable[[str], None] = lambda _name: None
        self.not_ready: dict[str, str] = {}
        self.are_strangers = blueprint.command is not None
        self._blueprint = blueprint
        self._runtime = runtime
        self._journal = journal

    def start(self, name: str, *, lost: int = 0, wipe: bool = False) -> None:
        """Start a new incarnation of a node that is down, and tell it `init`."""
        member = self.members[name]
        member.incarnation += 1
        member.state = "starting"
        member.is_paused = member.condemned = member.is_mended = member.is_overdue = False
        settings = msgspec.structs.replace(
            self._blueprint.settings,
            directory=self._blueprint.directory(name),
            database=self._blueprint.databases.get(name, ""),
            incarnation=member.incarnation,
            armed=[msgspec.structs.replace(p, seen=member.points_seen.get(p.name, 0)) for p in member.armed],
            lose_tail=lost,
        )
        member.started_ns = self._runtime.now_ns()
        self._journal.event(name, "started", incarnation=member.incarnation, wiped=wipe, lost_syncs=lost)
        self._runtime.start(Launch(name, member.incarnation, self._blueprint.command, settings, wipe))
        self._ask(name, {"type": "init", "node_id": name, "node_ids": list(self.names)}, 1)
        self.on_start(name)
        check = partial(self._check_init, member, member.incarnation)
        self._runtime.call_at(self._runtime.now_ns() + INIT_TIMEOUT_NS, check)

    def answered(self, name: str, message_type: str, in_reply_to: int | None) -> None:
        """Take a node for up: its init_ok has come, and its answer to the workload's greeting if there is one."""
        member = self.members[name]
        greeting = self._blueprint.greeting
        if member.state != "starting":
            return
        if message_type == "init_ok" and greeting is not None:
            self._ask(name, greeting(name), GREETING)
        elif message_type == "init_ok" or (greeting is not None and in_reply_to == GREETING):
            member.state = "up"
            self.not_ready.pop(name, None)
            self._journal.event(name, "ready", incarnation=member.incarnation)
            self.on_change()

    def are_settled(self) -> bool:
        """Return whether every node has answered init, or is given up."""
        return all(member.state == "up" or name in self.not_ready for name, member in self.members.items())

    def is_any_up(self) -> bool:
        """Return whether some node has answered init."""
        return any(member.state == "up" for member in self.members.values())

    def end(self) -> None:
        """Name the nodes that have long owed an answer to init when the run ends: nobody saw them come back."""
        for member in self.members.values():
            waited_ns = self._runtime.now_ns() - member.started_ns
            is_awaited = member.state == "starting" and not member.is_paused and not member.is_overdue
            if is_awaited and waited_ns >= LATE_NS:
                self._not_answered(member, f"in the {waited_ns / 1e9:.1f} s from its start to the end of the run")

    def live(self) -> list[str]:
        """Return the nodes that are up or starting, paused ones included."""
        return [name for name, member in self.members.items() if member.state != "down"]

    def is_live(self, name: str) -> bool:
        """Return whether lines can be handed to the node."""
        return self.members[name].state != "down"

    def leaders(self) -> list[str]:
        """Return the live nodes that lead, the highest term first, the latest of equals first."""
        leading = [m for m in self.members.values() if m.led_term is not None and m.state != "down"]
        leading.sort(key=lambda m: (m.led_term, m.led_since_ns), reverse=True)
        return [member.name for member in leading]

    def saw(self, event: Event) -> None:
        """Follow who leads by the events that make and unmake a leader."""
        if event.event == self._blueprint.leader_event:
            member = self.members[event.node]
            if event.incarnation == member.incarnation:
                member.led_term = int(event.fields.get("term", event.fields.get("epoch", 0)))
                member.led_since_ns = event.time
        elif event.event == self._blueprint.stepped_down_event:
            self.members[event.node].led_term = None

    def kill(self, name: str) -> None:
        """Kill a live node by a fault; it counts as down at once."""
        member = self.members[name]
        if member.state == "down":
            member.next_launch = None  # A crash while the restart waits: whoever crashed it last restarts it.
            return
        self._journal.event(name, "killed", incarnation=member.incarnation)
        self._went_down(member)
        member.is_dying = True
        self._runtime.kill(name)

    def condemn(self, name: str) -> None:
        """Note that a fault is about to end this incarnation: that it kills itself is the fault's, not an accident."""
        self.members[name].condemned, self.members[name].is_mended = True, False

    def mend(self, name: str) -> None:
        """Note that what condemned a node is over: if it dies of that yet, nobody else starts it again."""
        self.members[name].is_mended = True

    def restart(self, name: str, *, lost: int = 0, wipe: bool = False) -> None:
        """Start a node again, once what is left of it is gone; nothing where it is live."""
        member = self.members[name]
        if member.is_dying:
            member.next_launch = lambda: self.start(name, lost=lost, wipe=wipe)
        elif member.state == "down":
            self.start(name, lost=lost, wipe=wipe)

    def pause(self, name: str) -> None:
        """Stop a live node in its tracks."""
        member = self.members[name]
        if member.state != "down" and not member.is_paused:
            member.is_paused = True
            self._runtime.pause(name)

    def resume(self, name: str) -> None:
        """Let a paused node go on."""
        member = self.members[name]
        if member.is_paused:
            member.is_paused = False
            if member.state != "down":
                self._runtime.resume(name)

    def tell(self, name: str, body: dict[str, Any]) -> None:
        """Hand a body from the runner to a live node, past the network."""
        if self.is_live(name):
            self._runtime.deliver(name, msgspec.json.encode({"src": RUNNER, "dest": name, "body": body}))

    def arm(self, name: str, point: ArmedPoint) -> None:
        """Arm a named point for this incarnation and those to come."""
        self.members[name].armed.append(point)
        self.tell(name, {"type": "arm"} | msgspec.to_builtins(point))

    def disarm(self) -> None:
        """Let no armed point go off any more, on any node or incarnation: the time for faults is over."""
        for name, member in self.members.items():
            if member.armed:
                member.armed.clear()
                self.tell(name, {"type": "disarm"})

    def exited(self, name: str, incarnation: int, status: int) -> None:
        """Take note that an incarnation is gone."""
        member = self.members[name]
        if incarnation != member.incarnation:
            return
        of_its_disk = member.condemned and status == -signal.SIGKILL and not member.is_dying
        expected = member.is_dying or of_its_disk
        if unread := self._runtime.inbox_left(name):
            self._journal.event(name, "unread", count=unread)
        self._journal.event(name, "exited", incarnation=incarnation, status=status, expected=expected)
        was_starting = member.state == "starting"
        self._went_down(member)
        member.is_dying = False
        if member.next_launch is not None:
            self._launch_waiting(member)
        elif of_its_disk and member.is_mended:
            self.start(name)
        if not expected:
            self._died(member, status, was_starting=was_starting)

    def _died(self, member: Member, status: int, *, was_starting: bool) -> None:
        """Take note of a death that no fault brought about; start the node again where the system is meant so."""
        when = " before it answered init" if was_starting else ""
        why = f"ended{when} ({_status_text(status)}){self._stderr_of(member.name)}"
        self._journal.problem(member.name, "died", status=status, why=why)
        if was_starting:
            self.not_ready[member.name] = f"ended before it answered init ({_status_text(status)})"
        elif not self._blueprint.restarts_by_itself:
            self.not_ready[member.name] = f"ended before all nodes were ready ({_status_text(status)})"
        if self._blueprint.restarts_by_itself and member.state == "down":
            member.next_launch = partial(self.start, member.name)
            at_ns = max(self._runtime.now_ns(), member.started_ns + RESTART_PAUSE_NS)
            self._runtime.call_at(at_ns, partial(self._launch_waiting, member))
        self.on_change()

    def _launch_waiting(self, member: Member) -> None:
        """Do the launch that waits, unless a crash has called it off or it is done already."""
        launch, member.next_launch = member.next_launch, None
        if launch is not None and member.state == "down":
            launch()

    def _ask(self, name: str, body: dict[str, Any], msg_id: int) -> None:
        """Hand a node a request that it must answer to be up, past the network."""
        line = {"src": INIT_CLIENT, "dest": name, "body": body | {"msg_id": msg_id}}
        self._runtime.deliver(name, msgspec.json.encode(line))

    def _went_down(self, member: Member) -> None:
        member.state = "down"
        member.is_paused = False
        member.led_term = None

    def _check_init(self, member: Member, incarnation: int) -> None:
        is_it = member.incarnation == incarnation or self._journal.zero_ns is None
        if is_it and member.state == "starting" and not member.is_paused:
            self._not_answered(member, f"within {INIT_TIMEOUT_NS / 1e9:g} s (does it flush its stdout?)")
            self.on_change()

    def _not_answered(self, member: Member, how_long: str) -> None:
        member.is_overdue = True
        asked = "init, or the topology," if self._blueprint.greeting else "init"
        self.not_ready[member.name] = f"did not answer {asked} {how_long}"
        why = f"no answer {how_long}{self._stderr_of(member.name)}"
        self._journal.problem(member.name, "no-init-ok", incarnation=member.incarnation, why=why)

    def _stderr_of(self, name: str) -> str:
        """Return with which line an incarnation's stderr begins, and ends, in words; empty where it said nothing."""
        edges = self._runtime.stderr_edges(name)
        if not edges:
            return ""
        return f"; its stderr begins with {edges[0]!r}" + "".join(f" and ends with {line!r}" for line in edges[1:])


def _status_text(status: int) -> str:
    """Return how a process ended as people say it."""
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"
