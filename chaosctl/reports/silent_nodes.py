"""Nodes of a user's command that are up and answer nothing any more: hung, or deaf.

Such a node breaks no rule of the protocol, so only its clients notice: their operations end without an answer.
"""

from collections.abc import Iterator

from chaosctl.checkers.leaders import down_at
from chaosctl.history.recording import Recording
from chaosctl.reports.words import time_text

FEWEST = 3
"""So many operations in a row without an answer, no fault in force any more, are no bad luck."""


def silent_nodes(recording: Recording) -> Iterator[str]:
    """Yield a sentence for each node whose clients' last operations, after all faults, all got no answer."""
    if recording.declared.pattern:
        return
    begun: dict[int, int] = {}
    healed = max((fault.time for fault in recording.faults if fault.phase == "healed"), default=0)
    unanswered = dict.fromkeys(recording.declared.nodes, 0)
    since: dict[str, int] = {}
    for row in recording.operations:
        if row.type == "invoke":
            begun[row.process] = row.time
        elif row.node in unanswered:
            is_silent = (row.error or [""])[0] == "net-timeout" and begun[row.process] >= healed
            unanswered[row.node] = unanswered[row.node] + 1 if is_silent else 0
            if unanswered[row.node] == 1:
                since[row.node] = begun[row.process]
    down = down_at(recording, recording.declared.end_ns)
    for node, count in unanswered.items():
        if node not in down and count >= FEWEST:
            yield f"{node}: is up and silent: no answer to {count} operations since {time_text(since[node])}"
