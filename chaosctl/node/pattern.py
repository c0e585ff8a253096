"""What a pattern declares: its roles and where they go, options, workloads, checks, leader, grace, broken variants."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec

from chaosctl.node.role import Role

Duration = Annotated[float, msgspec.Meta(ge=0, extra={"unit": "seconds"})]
"""An option in seconds; the experiment file writes it as a string with a unit ("50ms")."""

Placement = dict[str, list[str]]
"""Role name to the nodes that host it, in the order of the node list."""


class Options(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A pattern's options with their defaults; a subclass's docstrings and comments say what each one does."""

    def quorums(self, usual: int) -> tuple[int, int]:
        """Return how many members elect (Paxos: phase 1) and how many decide (phase 2); `usual` is the pattern's."""
        return usual, usual

    def lingers(self) -> float:
        """Return how long after a cut the smaller side may still serve by what it was granted before it, in seconds."""
        return 0.0


Backend = Literal["embedded", "postgres", "mariadb"]
"""Where a role's database is: embedded over the node's store, or on a server of its own, which the run starts."""


class DatabaseOptions(Options, frozen=True):
    """Options of patterns whose roles keep rows: the `backend`, or a list that the nodes take in turn."""

    backend: Backend | list[Backend] = "embedded"

    def backends(self, nodes: Sequence[str]) -> dict[str, Backend]:
        """Return which kind of server each of these nodes has; those whose database is embedded are left out."""
        kinds: list[Backend] = self.backend if isinstance(self.backend, list) else [self.backend]
        each = {node: kinds[number % len(kinds)] for number, node in enumerate(nodes)}
        return {node: kind for node, kind in each.items() if kind != "embedded"}


BrokerKind = Literal["embedded", "redis", "nats"]
"""What keeps messages between producer and consumer: nothing (they are sent), Redis Streams, or NATS JetStream."""

BrokerSync = Literal["default", "everysec", "always"]
"""When a broker's messages are on disk: as it does by itself (Redis: at its next snapshot; NATS: written at once, with
an fsync every 2 minutes), with an fsync every second, or before each acknowledgement."""

MESSAGE_BROKER = "message-broker"
"""What the message broker of a run is called: faults may aim at it."""


@dataclass(frozen=True)
class BrokerChoice:
    """Which message broker a run has, and when that writes to disk."""

    kind: BrokerKind
    sync: BrokerSync


SERVER_SUFFIX = "-db"


def server_of(node: str) -> str:
    """Return what a node's own database server is called: faults may aim at it."""
    return f"{node}{SERVER_SUFFIX}"


def node_of(server: str) -> str:
    """Return whose a database server is."""
    return server.removesuffix(SERVER_SUFFIX)


@dataclass(frozen=True)
class Pattern:
    """A system under test, as `patterns/` declares it and `[system] pattern` names it.

    `roles`: role name (kebab-case) to class; their message types must be disjoint.
    `placement`: from the node list to the default placement (absent: every role on every node).
    `apart`: a role that has its nodes to itself where a file places it: the default of all others leaves them out.
    `workloads`: what it serves, the first being the default; `checks`: what it always carries.
    `leader_event`: the event that makes a leader (None: it has none; then no fault may target `leader`).
    `stepped_down_event`: the event by which a leader says that it leads no longer.
    `election_messages`: the types of message that nodes send for an election and nothing else, which a figure counts.
    `progress`: does it promise to serve again once all has healed (a check then holds it to that)?
    `grace`: seconds after the last fault in which it must make progress again.
    `settle`: seconds without load, after the grace, in which copies and messages under way must come to rest before
    the final reads (0: what was acknowledged is there at once).
    `broken`: variant name to a role class that overrides one step and has `violates`, the check that must convict it,
    and `also`, where the same mistake is made by further roles.
    `states`: what events say of a transaction or a message, to all that one node may ever say of it later.
    `sometimes`: rare events of which each must happen somewhere in a soak, or the soak proves nothing.
    `quorum`: members needed out of N for one decision; None where the pattern has no such thing; N counts the hosts of
    `quorum_role` (absent: all nodes).
    `database_role`: the role whose nodes have a database that may be a server (its options are DatabaseOptions).
    `broker_role`: the role whose store a real message broker is, where there is one (its options have `broker`).
    `serving_role`: the role that clients talk to; they are homed on its hosts (absent: on every node).
    """

    name: str
    summary: str
    roles: Mapping[str, type[Role]]
    workloads: tuple[str, ...]
    checks: tuple[str, ...]
    options: type[Options] = Options
    placement: Callable[[list[str]], Placement] | None = None
    apart: str | None = None
    leader_event: str | None = None
    stepped_down_event: str | None = None
    election_messages: tuple[str, ...] = ()
    progress: bool = True
    grace: float = 2.0
    settle: float = 0.0
    broken: Mapping[str, type[Role]] = field(default_factory=dict)
    states: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sometimes: tuple[str, ...] = ()
    quorum: Callable[[int], int] | None = None
    quorum_role: str | None = None
    database_role: str | None = None
    broker_role: str | None = None
    serving_role: str | None = None

    def servers(self, options: Mapping[str, object], placement: Mapping[str, Sequence[str]]) -> dict[str, Backend]:
        """Return which nodes have a database server of which kind."""
        if self.database_role is None:
            return {}
        given = msgspec.convert({"backend": options.get("backend", "embedded")}, DatabaseOptions)
        return given.backends(placement[self.database_role])

    def broker(self, options: Mapping[str, object]) -> BrokerChoice | None:
        """Return which message broker there is to be; None where the pattern's options have none, or embedded."""
        given = {"kind": options.get("broker", "embedded"), "sync": options.get("broker_sync", "default")}
        choice = msgspec.convert(given, BrokerChoice)
        return None if choice.kind == "embedded" else choice

    def place(self, nodes: list[str], given: Mapping[str, list[str]]) -> Placement:
        """Return which nodes host each role: those that the experiment says (`given`), else the pattern's default."""
        taken = given.get(self.apart, []) if self.apart else []
        if self.placement is not None and not taken:
            return {**self.placement(nodes), **given}
        left = [node for node in nodes if node not in taken]
        return {role: list(left) for role in self.roles} | dict(given)

    def role_classes(self, broken: str | None) -> dict[str, type[Role]]:
        """Return role name to class, with the class that the broken variant replaces exchanged."""
        if broken is None:
            return dict(self.roles)
        variants = (self.broken[broken], *self.broken[broken].also)
        return {
            name: next((variant for variant in variants if issubclass(variant, role)), role)
            for name, role in self.roles.items()
        }


def majority(members: int) -> int:
    """Return the least number of members any two of which groups share one."""
    return members // 2 + 1
