"""What the names in one experiment may refer to: nodes, clients, roles, the leader, messages, operations, checks.

Where the file is already wrong about one of these (`nodes = "three"`), names of that sort are not judged: the user
would be told twice.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chaosctl.experiment.catalogue import Catalogue
from chaosctl.experiment.mistakes import Mistakes, misspelling, nearest, there_is, unknown
from chaosctl.experiment.model import Experiment
from chaosctl.experiment.positions import Path
from chaosctl.node.messages import RUNNER, Message
from chaosctl.node.pattern import MESSAGE_BROKER, Pattern, server_of
from chaosctl.node.role import Role

SERVICES = ("lin-kv", "seq-kv", "lww-kv", "lin-tso")
"""Ids of Maelstrom's services (doc/services.md); no node may have such a name."""

CHOICES = ("random", "minority", "majority", "all")
"""Targets that every system has, resolved when the fault starts."""

LEADERS = ("leader", "leaders")
CLIENT = re.compile(r"c[0-9]+")
RESERVED = (RUNNER, *SERVICES, *CHOICES, *LEADERS, "rest", "clients")


@dataclass(frozen=True)
class Named:
    """The pattern and the workload that a file names, read before its tables are: nothing waits for a right file.

    A misspelt name counts as the nearest right one, so that what it takes is checked as well.
    """

    pattern: Pattern | None
    workload: str | None
    options: Mapping[str, type[Any]]

    @classmethod
    def of(cls, data: Mapping[str, Any], catalogue: Catalogue) -> "Named":
        """Load the pattern, and the options of both."""
        name = _name(data, "system", "pattern", catalogue.patterns)
        pattern = catalogue.pattern(name) if name else None
        kind = _name(data, "workload", "kind", catalogue.workloads)
        kind = kind or (pattern.workloads[0] if pattern else None)
        options: dict[str, type[Any]] = {"system": pattern.options} if pattern else {}
        if kind:
            options["workload"] = catalogue.workload_options(kind)
        return cls(pattern, kind, options)


@dataclass(frozen=True)
class Known:
    """The experiment as far as it could be read, and what its names may be; None where that is in doubt."""

    experiment: Experiment
    catalogue: Catalogue
    mistakes: Mistakes
    pattern: Pattern | None
    nodes: tuple[str, ...] | None
    roles: tuple[str, ...] | None
    messages: tuple[str, ...] | None
    operations: tuple[str, ...] | None

    @classmethod
    def of(cls, experiment: Experiment, catalogue: Catalogue, mistakes: Mistakes, named: Named) -> "Known":
        """See what is in doubt."""
        system, pattern, kind = experiment.system, named.pattern, named.workload
        nodes_doubted = mistakes.touches("system", "nodes")
        return cls(
            experiment=experiment,
            catalogue=catalogue,
            mistakes=mistakes,
            pattern=pattern,
            nodes=None if nodes_doubted else tuple(dict.fromkeys(name for name in system.node_names() if name)),
            roles=tuple(pattern.roles) if pattern else () if system.command is not None else None,
            messages=_message_types(pattern) if pattern else None,
            operations=catalogue.workload_operations(kind) if kind else None,
        )

    def servers(self) -> tuple[str, ...]:
        """Return what this system's servers are called; they come with a backend or a broker that is not embedded."""
        system = self.experiment.system
        if self.mistakes.touches("system", "options"):  # Nobody knows: any of them.
            return (*(server_of(node) for node in self.nodes or ()), MESSAGE_BROKER)
        if self.pattern is None or self.nodes is None or self.mistakes.touches("system"):
            return ()
        placement = self.pattern.place(list(self.nodes), system.roles)
        databases = tuple(server_of(node) for node in self.pattern.servers(system.options, placement))
        return (*databases, MESSAGE_BROKER) if self.pattern.broker(system.options) else databases

    def check_target(
        self,
        word: str,
        path: Path,
        *,
        may_be_rest: bool = False,
        may_be_server: bool = False,
        may_be_service: bool = False,
    ) -> None:
        """Note where a fault's target is no node, role, leader or choice."""
        if word in SERVICES:
            if not may_be_service:
                only = "which only faults of messages and partitions can keep from others"
                self.mistakes.add(path, f'"{word}" is a service, {only}')
            return
        if word in self.servers():
            if not may_be_server:
                only = "which only crash, pause, disconnect and disk (full) can hurt"
                self.mistakes.add(path, f'"{word}" is a server, {only}')
            return
        if word in CHOICES or (may_be_rest and word == "rest"):
            return
        if word in LEADERS and not (self.roles and word in self.roles):
            self._check_leader(word, path)
        elif word == "rest":
            self.mistakes.add(path, '"rest" is what the other groups leave over: it stands in `groups` only')
        elif CLIENT.fullmatch(word) or word == "clients":
            self.mistakes.add(path, f'"{word}" is a client: faults aim at nodes, so name the node that it talks to')
        else:
            self._check_among(word, path, "node, role or choice", (*CHOICES, *LEADERS))

    def check_database(self, word: str, path: Path) -> None:
        """Note where a fault's target is no node's database server."""
        databases = [name for name in self.servers() if name != MESSAGE_BROKER]
        none = f'"{word}" is no database server, and nothing here has one: [system.options] backend gives it'
        if word not in databases:
            self.mistakes.add(path, unknown("database server", word, databases) if databases else none)

    def check_endpoint(self, word: str, path: Path, *, leads: bool = True) -> None:
        """Note where a message's `from` or `to` is no node, client, role or (where it may be) the leader."""
        if word in SERVICES or (word == "all" if leads else word == "clients"):
            return
        if word in LEADERS and leads and not (self.roles and word in self.roles):
            self._check_leader(word, path)
        elif CLIENT.fullmatch(word):
            self._check_client(word, path)
        else:
            self._check_among(word, path, "node, client or role", (*LEADERS, "all") if leads else ())

    def check_node(self, word: str, path: Path) -> None:
        """Note where this is no node's name."""
        if self.nodes is not None and word not in self.nodes:
            self.mistakes.add(path, unknown("node", word, self.nodes))

    def check_message(self, word: str, path: Path) -> None:
        """Note a message type that nothing in the pattern declares; a user's command may have any."""
        if self.messages and word not in self.messages:
            near = nearest(word, self.messages)
            hint = f'; did you mean "{near}"?' if near else f"; {there_is(self.messages)}"
            pattern = self.pattern.name if self.pattern else ""
            self.mistakes.add(path, f'{pattern} has no message "{word}"{hint}')

    def check_operation(self, word: str, path: Path) -> None:
        """Note an operation (f) that the workload does not have."""
        if self.operations is not None and word not in self.operations:
            self.mistakes.add(path, unknown("operation of this workload", word, self.operations))

    def _check_leader(self, word: str, path: Path) -> None:
        if self.roles == ():
            self.mistakes.add(path, f'"{word}" is not known of a command\'s nodes: name a node, or "random"')
        elif self.pattern is not None and self.pattern.leader_event is None:
            self.mistakes.add(path, f'{self.pattern.name} has no leader, so "{word}" would never be found')

    def _check_client(self, word: str, path: Path) -> None:
        clients = self.experiment.workload.clients
        if not 1 <= int(word[1:]) <= clients and not self.mistakes.touches("workload", "clients"):
            self.mistakes.add(path, f"there is no client {word}: there are {clients}, from c1 to c{clients}")

    def _check_among(self, word: str, path: Path, what: str, more: Sequence[str]) -> None:
        if self.nodes is None or self.roles is None:
            return
        if word not in self.nodes and word not in self.roles:
            more = (*more, *SERVICES) if nearest(word, SERVICES) else more
            self.mistakes.add(path, unknown(what, word, (*self.nodes, *self.roles, *more)))


def _message_types(pattern: Pattern) -> tuple[str, ...]:
    """Return the types of all messages that the modules beside the pattern's roles declare, and of the node's own."""
    classes = {base for role in pattern.roles.values() for base in role.__mro__ if issubclass(base, Role)}
    packages = {base.__module__.rpartition(".")[0] or base.__module__ for base in classes}
    declared: list[type[Message]] = []
    waiting: list[type[Message]] = [Message]
    while waiting:
        waiting += (subclasses := waiting.pop().__subclasses__())
        declared += subclasses
    near = [each for each in declared if each.__module__.rpartition(".")[0] in packages or each.__module__ in packages]
    return tuple(sorted(str(each.__struct_config__.tag) for each in near))


def _name(data: Mapping[str, Any], table: str, key: str, names: Sequence[str]) -> str | None:
    inside = data.get(misspelling(table, data) or table)
    if isinstance(inside, list) and inside:  # [[system]] for [system]: noted elsewhere, and read all the same.
        inside = inside[0]
    word = inside.get(misspelling(key, inside) or key) if isinstance(inside, dict) else None
    if not isinstance(word, str):
        return None
    return word if word in names else nearest(word, names)
