"""What a pattern and its settings say of a node: roles, options, placement, and which messages each role handles.

Nonsense is refused here, before anything starts; messages are read off the classes of the handlers' annotations.
"""

import inspect
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, get_type_hints

import msgspec

from chaosctl.errors import BadInput
from chaosctl.node.messages import Disk, Init, Message
from chaosctl.node.pattern import Options, Pattern
from chaosctl.node.role import Role
from chaosctl.node.wire import tag_of

NOT_HANDLERS = frozenset({"on_operator", "on_error"})
"""Methods that every node calls in its own way: orders by hand, and error answers that nobody waits for."""

RESERVED = frozenset({"init", "init_ok", "error", "operator", "clock", "disk", "arm", "disarm"})
"""Types that the node itself understands."""


def role_classes(pattern: Pattern, broken: str | None) -> dict[str, type[Role]]:
    """Return role name to class; raises BadInput where there is no such variant or two roles handle one type."""
    if broken is not None and broken not in pattern.broken:
        raise BadInput(f'{pattern.name} has no broken variant "{broken}"; it has {_listed(pattern.broken)}')
    classes = pattern.role_classes(broken)
    check_disjoint(tuple(classes.items()))
    return classes


def read_options(pattern: Pattern, given: Mapping[str, Any]) -> Options:
    """Return the pattern's options with their defaults; raises BadInput for what it does not declare."""
    try:
        return msgspec.convert(dict(given), pattern.options)
    except msgspec.ValidationError as problem:
        raise BadInput(f"options of {pattern.name}: {problem}") from problem


def read_disk_faults(given: Mapping[str, Any]) -> Disk:
    """Return what is wrong with the disk from the start; raises BadInput for a fault that there is not."""
    try:
        return msgspec.convert(dict(given), Disk)
    except msgspec.ValidationError as problem:
        raise BadInput(f"disk_faults: {problem}") from problem


def place_roles(pattern: Pattern, given: Mapping[str, list[str]] | None, init: Init) -> dict[str, tuple[str, ...]]:
    """Return which nodes host each role, in the pattern's order; roles that `given` leaves out have their default."""
    if init.node_id not in init.node_ids:
        raise BadInput(f"this node is called {init.node_id}, which is none of {_listed(init.node_ids)}")
    placement = pattern.place(list(init.node_ids), given or {})
    for role, nodes in placement.items():
        if role not in pattern.roles:
            raise BadInput(f'{pattern.name} has no role "{role}"; it has {_listed(pattern.roles)}')
        for node in nodes:
            if node not in init.node_ids:
                raise BadInput(f'the role {role} is placed on "{node}", which is none of {_listed(init.node_ids)}')
    return {role: tuple(placement.get(role, ())) for role in pattern.roles}


def handled_by(role: type[Role]) -> Mapping[type[Message], str]:
    """Return message class to handler name, in order of name; raises BadInput where a handler is malformed."""
    if role not in _handled:  # Reading annotations takes longer than all else that a simulated node does to start.
        names = sorted(name for name in dir(role) if name.startswith("on_") and name not in NOT_HANDLERS)
        _handled[role] = {_message_of(role, name): name for name in names}
    return _handled[role]


_handled: dict[type[Role], Mapping[type[Message], str]] = {}


@lru_cache(maxsize=256)  # A simulated run has several nodes, and a sweep thousands of runs, with the same roles.
def check_disjoint(roles: tuple[tuple[str, type[Role]], ...]) -> None:
    """Raise BadInput where two roles handle one message type: a node that hosts both could not tell them apart."""
    owners: dict[str, str] = {}
    for role, role_class in roles:
        for kind in handled_by(role_class):
            owner = owners.setdefault(tag_of(kind), role)
            if owner != role:
                raise BadInput(f'the roles {owner} and {role} both handle messages of type "{tag_of(kind)}"')


def _message_of(role: type[Role], name: str) -> type[Message]:
    where = f"{role.__module__}.{role.__qualname__}.{name}"
    function = getattr(role, name)
    if not inspect.iscoroutinefunction(function):
        raise BadInput(f"{where} must be an async method")
    parameters = list(inspect.signature(function).parameters)[1:]
    kind: Any = get_type_hints(function).get(parameters[0]) if len(parameters) == 1 else None
    if not (isinstance(kind, type) and issubclass(kind, Message)):
        raise BadInput(f"{where} must take one message, annotated with its class")
    if name != f"on_{tag_of(kind)}":
        raise BadInput(f'{where} takes {kind.__name__}, whose type is "{tag_of(kind)}": call it on_{tag_of(kind)}')
    if tag_of(kind) in RESERVED:
        raise BadInput(f'{where}: the type "{tag_of(kind)}" belongs to the node itself')
    return kind


def _listed(names: Sequence[str] | Mapping[str, object]) -> str:
    return ", ".join(names) or "none"
