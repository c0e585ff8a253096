"""Facts in a recording: what nodes emitted, each fact once, and how it is told to people.

Events stand in the order in which the runner read them: between nodes that order proves nothing. In one node the order
of emission counts, which is in the events' ids: a durable event may be sent again, and late, after a restart.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec

from chaosctl.checkers.check import Evidence
from chaosctl.history.recording import Recording, events_by_name, worked_out_once
from chaosctl.history.records import Event, Operation
from chaosctl.node.messages import RUNNER

Ballot = tuple[Any, ...]


def events_of(recording: Recording, *names: str) -> list[Event]:
    """Return the nodes' own events of these names (of none: all), without doubles, in the runner's order."""
    if len(names) == 1:
        return list(_once_by_name(recording).get(names[0], ()))
    return _without_doubles(
        event for event in recording.events if event.role != RUNNER and (not names or event.event in names)
    )


def runner_events(recording: Recording, name: str) -> list[Event]:
    """Return what the runner itself saw under this name, in order."""
    return list(events_by_name(recording).get((name, True), ()))


@worked_out_once
def _once_by_name(recording: Recording) -> dict[str, list[Event]]:
    """Return the nodes' own events of each name, without doubles."""
    named = events_by_name(recording).items()
    return {name: _without_doubles(events) for (name, is_runners), events in named if not is_runners}


def _without_doubles(events: Iterable[Event]) -> list[Event]:
    seen: set[str] = set()
    found = []
    for event in events:
        if event.id:
            if event.id in seen:
                continue
            seen.add(event.id)
        found.append(event)
    return found


def by_node(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Return each node's events in the order in which it emitted them."""
    nodes: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        nodes[event.node].append(event)
    return {node: _in_order_of_emission(emitted) for node, emitted in nodes.items()}


def incarnation_of(event: Event) -> int:
    """Return which incarnation of its node emitted an event, whichever sent it."""
    place = _place(event)
    return place[0] if place else event.incarnation


def term_of(event: Event) -> int:
    """Return the event's term, which some patterns call epoch."""
    term = event.fields["term"] if "term" in event.fields else event.fields["epoch"]
    return int(term)


def ballot_of(event: Event) -> Ballot:
    """Return the event's ballot, comparable: [round, proposer], or a bare number."""
    return as_ballot(event.fields["ballot"])


def as_ballot(written: Any) -> Ballot:
    """Return a ballot as JSON has it in a comparable form."""
    return tuple(written) if isinstance(written, list | tuple) else (written,)


def ballot_text(ballot: Ballot) -> str:
    """Return a ballot for people."""
    return f"({', '.join(str(part) for part in ballot)})"


def slot_of(event: Event) -> Any:
    """Return the event's slot; single-decree protocols may leave it out."""
    return event.fields.get("slot", 0)


def key_of(value: Any) -> bytes:
    """Return what equal JSON values have in common and others have not: usable in sets and as a key."""
    return msgspec.json.encode(value, order="deterministic")


def value_text(value: Any) -> str:
    """Return a value for people, shortened."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else text[:57] + "..."


def at(time_ns: int) -> str:
    """Return a run time for people."""
    return f"at {time_ns / 1e9:z.3f} s"  # Never -0.000.


def seen(event: Event, text: str) -> Evidence:
    """Return an event as evidence: its node, what the text says of it, when."""
    restarted = incarnation_of(event)
    node = f"{event.node} (after restart {restarted})" if restarted else event.node
    return Evidence(f"{node} {text} {at(event.time)}", events=(event.id,) if event.id else (), time_ns=event.time)


def told(operation: Operation, text: str) -> Evidence:
    """Return a row of the history as evidence."""
    return Evidence(f"{text} {at(operation.time)}", operations=(operation.index,), time_ns=operation.time)


def _in_order_of_emission(events: list[Event]) -> list[Event]:
    """Return one node's events in its own order; ids of another form than ours leave that of reading."""
    placed = [(place, number) for number, event in enumerate(events) if (place := _place(event)) is not None]
    return [events[number] for _, number in sorted(placed)] if len(placed) == len(events) else events


def _place(event: Event) -> tuple[int, int] | None:
    """Return (incarnation, number) from an id like n1/0/17; None where the id has another form."""
    parts = event.id.rsplit("/", 2)
    if len(parts) == 3 and parts[0] == event.node and parts[1].isdecimal() and parts[2].isdecimal():
        return int(parts[1]), int(parts[2])
    return None
