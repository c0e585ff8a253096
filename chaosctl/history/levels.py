"""What each stock of a shop had of each item, and when, as the stocks told (`stocked`, `sold`)."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from chaosctl.history.recording import Recording
from chaosctl.history.records import Event


@dataclass(frozen=True)
class Level:
    """From `begin_ns` to `end_ns` there were so many `left`; the event that told so."""

    event: Event
    left: int
    begin_ns: int
    end_ns: int


def levels_of(recording: Recording) -> dict[tuple[str, Any], list[Level]]:
    """Return the levels by (stock, item), in order of time; events without the fields are passed over."""
    events: defaultdict[tuple[str, Any], list[Event]] = defaultdict(list)
    for event in sorted(recording.events, key=lambda event: event.time):
        if event.event in ("stocked", "sold") and event.fields.keys() >= {"item", "left"}:
            events[event.node, event.fields["item"]].append(event)
    return {place: _in_force(found, recording.declared.end_ns) for place, found in events.items()}


def was_so(levels: list[Level], left: int, since_ns: int, to_ns: int) -> bool:
    """Return whether there were so many at some moment from `since_ns` to `to_ns`."""
    return any(level.left == left and level.begin_ns <= to_ns and level.end_ns >= since_ns for level in levels)


def _in_force(events: list[Event], end_ns: int) -> list[Level]:
    ends = [event.time for event in events[1:]] + [max(end_ns, events[-1].time)]
    return [Level(event, event.fields["left"], event.time, end) for event, end in zip(events, ends, strict=True)]
