"""What the faults of an experiment mean together: whom they hit, what sets them off, and whether they can ever begin.

A fault that never happens makes the verdict `unknown`, so one that never can is a mistake, found before the run.
"""

import re
from collections.abc import Iterator

from chaosctl.experiment.known import CLIENT, LEADERS, SERVICES, Known
from chaosctl.experiment.mistakes import unknown
from chaosctl.experiment.model import Fault, Match, Table, When
from chaosctl.experiment.positions import Path
from chaosctl.experiment.values import Range, duration_text
from chaosctl.node.pattern import MESSAGE_BROKER

MOST_OCCURRENCES = 10_000
"""A bound on how often one fault may repeat in a run."""

POINT = re.compile(
    r"(?:(?P<node>[^/]+)/)?(?P<role>[a-z0-9-]+)\.(?P<call>[A-Za-z0-9._-]+):(?P<side>pre|post)(?:#(?P<nth>[1-9][0-9]*))?"
)
"""A named point: `n1/transaction-manager.decision:pre#1`, where node and occurrence may stand beside it instead."""


def check_faults(known: Known) -> None:
    """Note what is wrong about each fault, and about their order."""
    for number, fault in enumerate(known.experiment.faults):
        path: Path = ("faults", number)
        _check_target(known, fault, path)
        if known.experiment.system.command is not None and (key := fault.done_by_nodes()):
            what = (
                f"\"{getattr(fault, key)}\" is done by chaosctl's own patterns to themselves: a command's nodes can't"
            )
            known.mistakes.add((*path, key), what)
        _check_direction(known, fault, path)
        for table, place in _tables(fault, path):
            if isinstance(table, When):
                check_when(known, table, place)
            elif isinstance(table, Match):
                _check_ends(known, table, place)
        groups = getattr(fault, "groups", None)
        if groups:
            _check_groups(known, groups, (*path, "groups"))
        _check_repetition(known, fault, path)
    _check_order(known)
    for number, begin in enumerate(begins(known.experiment.faults)):
        if begin is not None:
            _check_begin(known, number, begin)


def check_when(known: Known, when: When, path: Path) -> None:
    """Note a trigger that is none, or waits for what does not exist."""
    given = [key for key in ("message", "event", "point") if getattr(when, key) is not None]
    if len(given) != 1 and not known.mistakes.touches(*path):
        found = f", not {' and '.join(given)}" if given else ""
        known.mistakes.add(path, f"waits for exactly one of message, event and point{found}", at_key=True)
    if when.message is None and given:
        for key, word in (("from", when.source), ("to", when.dest)):
            if word is not None:
                known.mistakes.add((*path, key), f"goes with a message, not with {given[0]} = ...", at_key=True)
    if when.event is not None and known.experiment.system.command is not None:
        known.mistakes.add((*path, "event"), "a command's nodes tell no events: wait for a message instead")
    _check_ends(known, when, path)
    if when.node is not None and when.node not in LEADERS:
        known.check_target(when.node, (*path, "node"))
    if when.point is not None:
        _check_point(known, when, path)


def begins(faults: list[Fault]) -> list[Range | None]:
    """Return when each fault first begins, earliest and latest, in run time; None where only the run will show."""
    numbers = {fault.name: number for number, fault in reversed(list(enumerate(faults))) if fault.name is not None}
    found: dict[int, Range | None] = {}
    for number in range(len(faults)):
        way: list[int] = []
        here: int | None = number
        while here is not None and here not in found:
            found[here] = None  # Until it is known; a circle of `after` comes back here, and never begins.
            way.append(here)
            here = numbers.get(faults[here].after or "")
        for each in reversed(way):
            before = numbers.get(faults[each].after or "")
            follows = (faults[before], found[before]) if before is not None else (None, None)
            found[each] = _begin(faults[each], *follows)
    return [found[number] for number in range(len(faults))]


def _begin(fault: Fault, before: Fault | None, start: Range | None) -> Range | None:
    """Return when a fault begins that follows one which begins at `start`."""
    at = fault.at or Range(0.0, 0.0)
    if fault.when is not None or fault.after is None:
        return at if fault.when is None else None
    lasts = before.lasts() if before is not None else None
    if start is None or lasts is None:
        return None
    return Range(start.low + lasts.low + at.low, start.high + lasts.high + at.high)


def _check_target(known: Known, fault: Fault, path: Path) -> None:
    if fault.target is None:
        return
    if not fault.takes_target:
        known.mistakes.add((*path, "target"), f"a {fault.kind} has no target: leave it out", at_key=True)
        return
    if isinstance(fault.target, str):
        _check_target_word(known, fault, fault.target, (*path, "target"))
        return
    if not fault.target:
        known.mistakes.add((*path, "target"), "must name at least one node, role or choice")
    for number, word in enumerate(fault.target):
        _check_target_word(known, fault, word, (*path, "target", number))


def _check_target_word(known: Known, fault: Fault, word: str, path: Path) -> None:
    if fault.kind == "disk" and word == MESSAGE_BROKER:
        known.mistakes.add(path, "a message broker's disk can't be spoilt, a database server's can")
    elif fault.hurts_nodes:
        known.check_target(word, path, may_be_server=fault.hurts_servers(), may_be_service=fault.cuts_off_services)
    else:
        known.check_database(word, path)


def _check_direction(known: Known, fault: Fault, path: Path) -> None:
    """Note who is nobody in a fault's `from` and `to`, and its `message`; clients may be where messages are meant."""
    fields = type(fault).model_fields
    for name in ("source", "dest"):
        words = getattr(fault, name, None)
        place = (*path, fields[name].alias or name) if name in fields else path
        for number, word in enumerate(words if isinstance(words, list) else [words] if words is not None else []):
            spot = (*place, number) if isinstance(words, list) else place
            if "message" in fields and CLIENT.fullmatch(word):
                known.check_endpoint(word, spot)
            else:
                known.check_target(word, spot, may_be_rest=True, may_be_service=True)
    if getattr(fault, "message", None) is not None:
        known.check_message(getattr(fault, "message", ""), (*path, "message"))


def _check_groups(known: Known, groups: list[list[str]], path: Path) -> None:
    """Note groups that are empty, name somebody twice, or leave nothing to be cut off: whom none names is one more.

    A node that two groups name bridges them; a choice made twice would not be the same one.
    """
    nodes = known.nodes or ()
    taken: dict[str, int] = {}
    for number, group in enumerate(groups):
        if not group:
            known.mistakes.add((*path, number), "is empty: a group needs a node")
        for index, word in enumerate(group):
            place = (*path, number, index)
            known.check_target(word, place, may_be_rest=True, may_be_service=True)
            if word in taken and taken[word] == number and word != "random":
                known.mistakes.add(place, f'"{word}" is in this group already')
            elif word in taken and word not in (*nodes, *SERVICES, "random"):
                known.mistakes.add(
                    place, f'"{word}" is in groups[{taken[word]}] already: only a node may be in two groups'
                )
            taken.setdefault(word, number)
    if nodes and "rest" in taken and set(nodes) <= set(taken):
        known.mistakes.add((*path, taken["rest"]), '"rest" is nobody: the other groups name every node')
    if nodes and len(groups) == 1 and set(nodes) <= set(taken):
        known.mistakes.add(path, "is one group of all nodes, so nothing is cut")


def _check_ends(known: Known, table: When | Match, path: Path) -> None:
    for key, word in (("from", table.source), ("to", table.dest)):
        if word is not None:
            known.check_endpoint(word, (*path, key))
    if table.message is not None:
        known.check_message(table.message, (*path, "message"))


def _check_point(known: Known, when: When, path: Path) -> None:
    """Note a point whose form, role or node is wrong, or that says twice which node or which time."""
    place = (*path, "point")
    match = POINT.fullmatch(when.point or "")
    if match is None:
        form = '"role.call:pre" or "n1/role.call:post#2"'
        known.mistakes.add(place, f'"{when.point}" is no named point: they look like {form}')
        return
    if known.roles and match["role"] not in known.roles:
        known.mistakes.add(place, unknown("role", match["role"], known.roles))
    elif known.roles == ():
        known.mistakes.add(place, "a command's nodes have no named points: wait for a message instead")
    if match["node"] is not None:
        known.check_node(match["node"], place)
        if when.node is not None:
            known.mistakes.add((*path, "node"), f"the point names its node already, {match['node']}", at_key=True)
    if match["nth"] is not None and when.nth not in {1, int(match["nth"])}:
        known.mistakes.add((*path, "nth"), f"the point says which time already, #{match['nth']}")


def _check_repetition(known: Known, fault: Fault, path: Path) -> None:
    end = known.experiment.duration
    if fault.duration is not None and fault.duration.low == 0:
        known.mistakes.add((*path, "duration"), "must be more than 0; leave it out to last until the end of the load")
    if fault.every is None:
        if fault.count is not None and fault.when is None:
            known.mistakes.add((*path, "count"), "goes with `every` or `when`: there is nothing to count", at_key=True)
        return
    if fault.every.low == 0:
        known.mistakes.add((*path, "every"), "must be more than 0")
    elif end and min(fault.count or MOST_OCCURRENCES + 1, end / fault.every.low) > MOST_OCCURRENCES:
        known.mistakes.add((*path, "every"), f"would happen more than {MOST_OCCURRENCES} times in this run")


def _check_order(known: Known) -> None:
    """Note two faults of one name, an `after` that names none, and those that wait for each other."""
    faults, mistakes = known.experiment.faults, known.mistakes
    names = [fault.name for fault in faults if fault.name is not None]
    for number, fault in enumerate(faults):
        path: Path = ("faults", number)
        if fault.name is not None and fault.name in [each.name for each in faults[:number]]:
            mistakes.add((*path, "name"), f'there are two faults called "{fault.name}"')
        if fault.after is None:
            continue
        if fault.after not in names:
            others = [name for name in names if name != fault.name]
            mistakes.add((*path, "after"), unknown("fault", fault.after, others) if others else _nameless(fault.after))
        elif (circle := _circle(faults, number)) is not None:
            mistakes.add((*path, "after"), f"waits for itself: {' after '.join(circle)}, so none of them ever begins")
        elif next(each for each in faults if each.name == fault.after).lasts() is None:
            what = f'"{fault.after}" lasts until the end of the load, so this would never begin: give it a duration'
            mistakes.add((*path, "after"), what)


def _nameless(after: str) -> str:
    return f'no fault is called "{after}": `after` takes the `name` of another fault, and no other one here has a name'


def _circle(faults: list[Fault], number: int) -> list[str] | None:
    """Return the names on the way back to this fault along `after`, or None where there is no way back."""
    by_name = {fault.name: fault for fault in reversed(faults) if fault.name is not None}
    way = {faults[number].name or f"faults[{number}]": None}  # A dict: in order, and asked at each step.
    here = by_name.get(faults[number].after or "")
    while here is not None and here.name not in way:
        way[here.name or ""] = None
        here = by_name.get(here.after or "")
    return [*way, here.name or ""] if here is faults[number] else None


def _check_begin(known: Known, number: int, begin: Range) -> None:
    """Note a fault that begins when the load has ended."""
    end = known.experiment.duration
    if not end or known.mistakes.touches("duration") or known.mistakes.touches("faults", number, "at"):
        return
    if begin.high < end:
        return
    fault = known.experiment.faults[number]
    may = "begins" if begin.low >= end else "may begin as late as"
    path: Path = ("faults", number, "at" if fault.at is not None else "after")
    late = f"{may} {'at ' if begin.low >= end else ''}{duration_text(begin.high)}"
    known.mistakes.add(path, f"{late}, but the load ends at {duration_text(end)} and all faults with it")


def _tables(table: Table, path: Path) -> Iterator[tuple[Table, Path]]:
    """Yield the tables inside a table, with their paths."""
    for name, field in type(table).model_fields.items():
        value = getattr(table, name, None)
        if isinstance(value, Table):
            place = (*path, field.alias or name)
            yield value, place
            yield from _tables(value, place)
