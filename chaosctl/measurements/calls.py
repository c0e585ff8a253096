"""Operations as calls: an invocation and its completion in one, for a process has one operation under way."""

from dataclasses import dataclass

from chaosctl.history.recording import Recording
from chaosctl.history.records import Operation

OWN_RULES = frozenset(
    {"abort", "txn-conflict", "precondition-failed", "key-does-not-exist", "key-already-exists", "not-supported"}
)
"""Refusals that a healthy system gives as well (Maelstrom's names): they neither serve nor show an outage."""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation. Without an answer its outcome is `info`, and it ended when its deadline had passed.

    `in_time`: it was ok within the deadline.
    """

    index: int
    f: str
    node: str
    process: int
    invoked_ns: int
    ended_ns: int
    outcome: str
    error: str
    in_time: bool

    @property
    def is_hurt(self) -> bool:
        """Whether it was refused or timed out, other than by the system's own rules."""
        return self.outcome != "ok" and self.error not in OWN_RULES


def calls_of(recording: Recording) -> list[Call]:
    """Return the load's calls in order of invocation, without the final ones.

    One that the end of the record cut off before its deadline is left out: nobody knows what became of it.
    """
    timeout_ns = round(recording.declared.timeout * 1e9)
    open_calls: dict[int, Operation] = {}
    calls = []
    for row in recording.operations:
        if row.type == "invoke":
            open_calls[row.process] = row
        elif (invoked := open_calls.pop(row.process, None)) is not None and not invoked.final:
            calls.append(_call(invoked, row, timeout_ns))
    last_ns = recording.operations[-1].time if recording.operations else 0
    unanswered = (invoked for invoked in open_calls.values() if not invoked.final)
    calls += [_call(invoked, None, timeout_ns) for invoked in unanswered if invoked.time + timeout_ns <= last_ns]
    return sorted(calls, key=lambda call: (call.invoked_ns, call.index))


def _call(invoked: Operation, completed: Operation | None, timeout_ns: int) -> Call:
    ended_ns = invoked.time + timeout_ns if completed is None else completed.time
    outcome = "info" if completed is None else completed.type
    return Call(
        index=invoked.index,
        f=invoked.f,
        node=invoked.node,
        process=invoked.process,
        invoked_ns=invoked.time,
        ended_ns=ended_ns,
        outcome=outcome,
        error=str(completed.error[0]) if completed is not None and completed.error else "",
        in_time=outcome == "ok" and ended_ns - invoked.time <= timeout_ns,
    )
