"""Who led when, as the nodes themselves believed: from the events that make and unmake a leader, and from deaths."""

from dataclasses import dataclass
from itertools import pairwise

from chaosctl.history.recording import Recording

DEATHS = frozenset({"killed", "exited"})


@dataclass
class Reign:
    """A node's time as leader of a term; `is_over` where it ended before the run did."""

    node: str
    term: int
    start_ns: int
    end_ns: int
    is_over: bool = False


def reigns_of(recording: Recording, end_ns: int) -> list[Reign]:
    """Return all reigns in the order they began; empty where the pattern declares no event that makes a leader.

    A reign ends when its node steps down, leads another term, or dies. What a dead incarnation wrote before it died
    may be read after its death, and makes no leader.
    """
    declared = recording.declared
    reigns: list[Reign] = []
    current: dict[str, Reign] = {}
    dead: set[tuple[str, int]] = set()
    for event in recording.events:
        ended = current.get(event.node)
        if event.role == "runner" and event.event in DEATHS:
            dead.add((event.node, _whole(event.fields.get("incarnation"))))
        elif event.event == declared.leader_event and (event.node, event.incarnation) not in dead:
            term = event.fields.get("term", event.fields.get("epoch", 0))
            current[event.node] = Reign(event.node, _whole(term), event.time, end_ns)
            reigns.append(current[event.node])
        elif event.event != declared.stepped_down_event:
            continue
        if ended is not None and not ended.is_over:
            ended.end_ns, ended.is_over = event.time, True
    return reigns


def leader_at(reigns: list[Reign], time_ns: int) -> Reign | None:
    """Return who led at a time, its last instant included: the highest term, the latest of equals."""
    there = [reign for reign in reigns if reign.start_ns <= time_ns <= reign.end_ns]
    return max(there, key=lambda reign: (reign.term, reign.start_ns), default=None)


def leaders_between(reigns: list[Reign], start_ns: int, end_ns: int) -> list[tuple[int, int, int]]:
    """Return the stretches of a time span as (begin, end, how many nodes believed to lead), in order."""
    edges = {start_ns, end_ns}
    for reign in reigns:
        edges.update(time for time in (reign.start_ns, reign.end_ns) if start_ns < time < end_ns)
    times = sorted(edges)
    return [
        (begin, end, len({reign.node for reign in reigns if reign.start_ns <= begin and end <= reign.end_ns}))
        for begin, end in pairwise(times)
    ]


def _whole(number: object) -> int:
    return number if isinstance(number, int) else 0
