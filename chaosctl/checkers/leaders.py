"""Who led at a time, as the nodes themselves said and as far as they lived."""

from dataclasses import dataclass

from chaosctl.history.recording import Recording
from chaosctl.history.records import Event
from chaosctl.node.messages import RUNNER

DEATHS = frozenset({"killed", "exited"})

END_NS = 500_000_000
"""The end of a run, for what must hold "in the end": an instant alone might fall into a change of leaders."""


@dataclass(frozen=True)
class Change:
    """From `time_ns` on these nodes led, by the events that made them leaders."""

    time_ns: int
    leading: dict[str, Event]


def changes_of(recording: Recording) -> list[Change]:
    """Return every change of who leads, in order; the first says that nobody does.

    What a dead incarnation wrote before it died may be read after its death, and makes no leader.
    """
    declared = recording.declared
    changes = [Change(-(10**18), {})]
    dead: set[tuple[str, int]] = set()
    for event in recording.events:
        leading = dict(changes[-1].leading)
        if event.role == RUNNER:
            if event.event not in DEATHS:
                continue
            dead.add((event.node, int(event.fields.get("incarnation", 0))))
            leading.pop(event.node, None)
        elif event.event == declared.leader_event and (event.node, event.incarnation) not in dead:
            leading[event.node] = event
        elif event.event == declared.stepped_down_event:
            leading.pop(event.node, None)
        if leading != changes[-1].leading:
            changes.append(Change(event.time, leading))
    return changes


def end_span_ns(recording: Recording) -> int:
    """Return how long the end of a run is: at most half of its grace period."""
    return min(END_NS, round(recording.declared.grace * 5e8))


def leading_between(changes: list[Change], start_ns: int, end_ns: int) -> list[dict[str, Event]]:
    """Return the different sets of leaders that there were in a span of time, both ends included."""
    before = [change for change in changes if change.time_ns <= start_ns][-1:]
    within = [change for change in changes if start_ns < change.time_ns <= end_ns]
    return [change.leading for change in before + within]


def down_at(recording: Recording, time_ns: int) -> set[str]:
    """Return the nodes that were dead, or started again and not yet answering, at a time."""
    down: set[str] = set()
    for event in recording.events:
        if event.role == RUNNER and event.time <= time_ns:
            if event.event in DEATHS or event.event == "started":
                down.add(event.node)
            elif event.event == "ready":
                down.discard(event.node)
    return down
