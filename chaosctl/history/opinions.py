"""Who watched whom, when monitor and watched lived, and when one suspected the other (`suspected`, `trusted`)."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from chaosctl.history.recording import Recording
from chaosctl.node.messages import RUNNER

Span = tuple[int, int]
"""From the first nanosecond to the one after the last."""

DEATHS = frozenset({"killed", "exited"})


@dataclass(frozen=True)
class Pair:
    """One monitor and one of those it watches: when the one watched, when the other lived and when it was dead."""

    monitor: str
    watched: str
    watching: list[Span]
    alive: list[Span]
    dead: list[Span]
    suspecting: list[Span] = field(default_factory=list)

    def both_alive(self, within: Span) -> list[Span]:
        """Return when suspicion would be a mistake."""
        return overlaps(overlaps(self.watching, self.alive), [within])


def pairs_of(recording: Recording) -> list[Pair]:
    """Return every pair that the placement of `monitor` and `watched` makes; none where a pattern has no such roles."""
    placement = recording.declared.placement
    lives = _lives(recording)
    pairs = [
        Pair(monitor, watched, lives[monitor][0], *lives[watched])
        for monitor in placement.get("monitor", ())
        for watched in placement.get("watched", ())
        if monitor != watched
    ]
    changes: defaultdict[tuple[str, str], list[tuple[int, bool]]] = defaultdict(list)
    for event in recording.events:
        if event.role != RUNNER and event.event in ("suspected", "trusted"):
            changes[event.node, str(event.fields.get("of"))].append((event.time, event.event == "suspected"))
    for pair in pairs:
        for life in pair.watching:  # A monitor that comes back trusts everybody, and says so to nobody.
            pair.suspecting.extend(_suspecting(changes[pair.monitor, pair.watched], life))
    return pairs


def overlaps(some: list[Span], others: list[Span]) -> list[Span]:
    """Return when a span of each holds, in order; the spans of either are apart from each other."""
    found = [(max(a[0], b[0]), min(a[1], b[1])) for a in some for b in others]
    return sorted(span for span in found if span[0] < span[1])


def _suspecting(changes: list[tuple[int, bool]], life: Span) -> list[Span]:
    """Return when a monitor suspected in one of its lives."""
    within = [(time_ns, is_suspected) for time_ns, is_suspected in changes if life[0] <= time_ns < life[1]]
    edges = [*within, (life[1], False)]
    return [(since[0], until[0]) for since, until in pairwise(edges) if since[1] and since[0] < until[0]]


def _lives(recording: Recording) -> dict[str, tuple[list[Span], list[Span]]]:
    """Return when each node lived and answered, and when it was dead; between the two it was coming back."""
    end_ns = recording.declared.end_ns
    alive: dict[str, list[Span]] = {node: [] for node in recording.declared.nodes}
    dead: dict[str, list[Span]] = {node: [] for node in recording.declared.nodes}
    ready_ns: dict[str, int] = {}
    died_ns: dict[str, int] = {}
    for event in recording.events:
        if event.role != RUNNER or event.node not in alive:
            continue
        if event.event == "started" and event.node in died_ns:
            dead[event.node].append((died_ns.pop(event.node), event.time))
        elif event.event == "ready":
            ready_ns[event.node] = max(event.time, 0)
        elif event.event in DEATHS and event.node in ready_ns:
            alive[event.node].append((ready_ns.pop(event.node), event.time))
            died_ns[event.node] = event.time
    for spans, open_since in ((alive, ready_ns), (dead, died_ns)):
        for node, time_ns in open_since.items():
            spans[node].append((time_ns, end_ns))
    return {node: (overlaps(alive[node], [(0, end_ns)]), overlaps(dead[node], [(0, end_ns)])) for node in alive}
