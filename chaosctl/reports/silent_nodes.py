"""Nodes of a user's command that are up and answer nothing any more: hung, or deaf to their clients.

Such a node breaks no rule of the protocol, so only its clients notice: their operations end without an answer. What a
cut, a loss or the node's own death has kept from it says nothing of it: only requests count that were handed to the
incarnation which is up in the end, after all faults were over, and that it had the time to answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from chaosctl.checkers.leaders import down_at
from chaosctl.history.recording import Recording
from chaosctl.node.messages import RUNNER
from chaosctl.reports.words import time_text

FEWEST = 3
"""So many operations in a row without an answer, no fault in force any more, are no bad luck."""


@dataclass
class _Ear:
    """What one node was asked and has not answered: when each request was sent; and when it last wrote anything."""

    from_ns: int
    waiting: list[int] = field(default_factory=list)
    wrote_ns: int = -1


def silent_nodes(recording: Recording) -> Iterator[str]:
    """Yield a sentence for each node that was handed its clients' last requests and answered none of them."""
    if recording.declared.pattern:
        return
    ears = {node: _Ear(from_ns) for node, from_ns in _suspects(recording).items()}
    _listen(recording, ears)
    end_ns = max((row.time for row in recording.operations), default=0) - round(recording.declared.timeout * 1e9)
    for node, ear in ears.items():
        waiting = [time_ns for time_ns in ear.waiting if time_ns <= end_ns]
        if len(waiting) < FEWEST:
            continue
        unanswered = f"no answer to {len(waiting)} operations since {time_text(waiting[0])}"
        if ear.wrote_ns < waiting[0]:
            yield f"{node}: is up and silent: {unanswered}"
        else:
            yield f"{node}: is up and answers no client: {unanswered}, though it goes on to write to others"


def _suspects(recording: Recording) -> dict[str, int]:
    """Return the nodes that are up and whose clients' last operations all got no answer, with when they were whole."""
    begun: dict[int, int] = {}
    healed_ns = max((fault.time for fault in recording.faults if fault.phase == "healed"), default=0)
    unanswered = dict.fromkeys(recording.declared.nodes, 0)
    for row in recording.operations:
        if row.type == "invoke":
            begun[row.process] = row.time
        elif row.node in unanswered:
            is_unanswered = (row.error or [""])[0] == "net-timeout" and begun[row.process] >= healed_ns
            unanswered[row.node] = unanswered[row.node] + 1 if is_unanswered else 0
    down = down_at(recording, max((event.time for event in recording.events), default=0))
    ready = {row.node: row.time for row in recording.events if row.role == RUNNER and row.event == "ready"}
    return {
        node: max(healed_ns, ready.get(node, 0))
        for node, count in unanswered.items()
        if count >= FEWEST and node not in down
    }


def _listen(recording: Recording, ears: dict[str, _Ear]) -> None:
    """Follow in the log of messages what was handed to these nodes, and what they wrote."""
    asked: dict[int, tuple[_Ear, int]] = {}
    others = {*recording.declared.nodes}
    for row in recording.messages() if ears else ():
        if row.fate == "delivered" and row.id in asked:
            ear, sent_ns = asked.pop(row.id)
            ear.waiting.append(sent_ns)
        elif row.fate != "sent":
            continue
        elif row.process in ears:
            ear = ears[row.process]
            ear.wrote_ns = row.time
            if row.in_reply_to is not None and row.dest not in others:
                ear.waiting.clear()
        elif row.dest in ears and row.process not in others and row.in_reply_to is None:
            ear = ears[row.dest]
            if row.time >= ear.from_ns:
                asked[row.id] = ear, row.time
