"""Whom a fault is aimed at: names of nodes, roles, services, and words such as `leader`, resolved when it starts.

Every choice is drawn from the run's fault generator over lists in the order of the nodes, so equal seeds choose alike.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

from chaosctl.errors import BadInput
from chaosctl.experiment.known import SERVICES
from chaosctl.faults.control import Control

WORDS = ("leader", "leaders", "random", "minority", "majority", "all", "rest")
"""What a target may be besides the names of nodes and roles."""

LEADER_WORDS = frozenset({"leader", "leaders"})
"""The words whose meaning changes during a run."""

Target = str | Sequence[str]
"""One name or word, or a list of them."""


def words_of(target: Target | None) -> list[str]:
    """Return the target's names and words as a list."""
    return [] if target is None else [target] if isinstance(target, str) else list(target)


def resolve(target: Target, control: Control, taken: Collection[str] = ()) -> list[str]:
    """Return the nodes that a target means now, in the order of the nodes; empty where it means nobody.

    Of a list every entry is resolved in turn. `random`, `minority`, `majority` and `rest` avoid the nodes that are
    `taken`, or that earlier entries have chosen. Raises BadInput for a name that nobody has.
    """
    chosen: set[str] = set()
    for word in words_of(target):
        chosen |= set(_meaning(word, control, {*taken, *chosen}))
    return in_order(chosen, control)


def resolve_groups(groups: Iterable[Sequence[str]], control: Control) -> list[list[str]]:
    """Return the members of each group; the nodes that none names are one more group, services are left alone."""
    resolved: list[list[str]] = []
    for group in groups:
        resolved.append(resolve(group, control, {node for earlier in resolved for node in earlier}))
    named = {node for group in resolved for node in group}
    resolved.append([node for node in control.nodes if node not in named])
    return [group for group in resolved if group]


def resolve_ends(target: Target, control: Control) -> frozenset[str]:
    """Return who is meant at one end of a message: nodes, and names of clients and services as they stand."""
    words = words_of(target)
    others = [word for word in words if word not in (*control.nodes, *control.placement, *WORDS)]
    return frozenset([*resolve([word for word in words if word not in others], control), *others])


def is_leader_missing(target: Target | None, control: Control) -> bool:
    """Return whether the target asks for a leader while there is none."""
    return not LEADER_WORDS.isdisjoint(words_of(target)) and not control.leaders()


def in_order(nodes: Collection[str], control: Control) -> list[str]:
    """Return the nodes in the order in which the experiment names them, then servers and services."""
    return [node for node in (*control.nodes, *control.servers, *SERVICES) if node in nodes]


def recognizer(name: str | None, control: Control) -> Callable[[str], bool]:
    """Return what tells whether a sender or receiver is meant by a name, each time anew (leaders change).

    The name is a node's, a client's, a service's, a role's, or one of the words leader, leaders and all.
    """
    if name is None:
        return lambda _other: True
    if is_one(name, control):
        return lambda other: other == name
    if name in LEADER_WORDS:
        most = 1 if name == "leader" else None
        return lambda other: other in control.leaders()[:most]
    hosts = frozenset(control.nodes if name == "all" else control.placement[name])
    return lambda other: other in hosts


def is_one(name: str, control: Control) -> bool:
    """Return whether this is the name of one party, not of a role or a choice."""
    return name in control.nodes or name not in (*control.placement, *WORDS)


def _meaning(word: str, control: Control, taken: Collection[str]) -> Collection[str]:
    free = [node for node in control.nodes if node not in taken]
    if word in (*control.nodes, *control.servers, *SERVICES):
        return [word]
    if word in LEADER_WORDS:  # Before the roles: a role called "leader" has hosts, one of which leads.
        return control.leaders()[: 1 if word == "leader" else None]
    if word in control.placement:
        return control.placement[word]
    if word in ("random", "minority", "majority"):
        return _drawn(word, free, control)
    if word in ("all", "rest"):
        return control.nodes if word == "all" else free
    raise BadInput(f'no node, role or choice of this system is called "{word}"; it has {", ".join(control.nodes)}')


def _drawn(word: str, free: list[str], control: Control) -> list[str]:
    """Return nodes drawn from those that are free: one (a live one if there is), or a part of the whole system."""
    total = len(control.nodes)
    if word == "random":
        free = [node for node in control.live() if node in free] or free
        count = 1
    else:
        count = (total - 1) // 2 if word == "minority" else total // 2 + 1
    return control.random.sample(free, min(count, len(free)))
