"""Operations as calls: an invocation and its completion in one, for a process has one operation under way."""

from typing import Any, NamedTuple

from chaosctl.history.recording import Recording, worked_out_once
from chaosctl.history.records import Operation

OWN_RULES = frozenset({"abort", "txn-conflict", "precondition-failed", "key-does-not-exist", "key-already-exists"})
"""Refusals that a healthy system gives as well (Maelstrom's names): they show neither service nor an outage."""


class Call(NamedTuple):
    """One operation; `completed` is None while nobody knows how it ended, as after a crash of the run."""

    invoked: Operation
    completed: Operation | None

    @property
    def outcome(self) -> str:
        """Return ok, fail or info; an operation without a completion is info."""
        return self.completed.type if self.completed else "info"

    @property
    def result(self) -> Any:
        """Return what an ok operation answered; None for others."""
        return self.completed.value if self.completed and self.completed.type == "ok" else None

    @property
    def error(self) -> str:
        """Return the error's name, empty where there is none."""
        return str(self.completed.error[0]) if self.completed and self.completed.error else ""

    @property
    def nodes(self) -> set[str]:
        """Return who was asked first and who was asked last: a client may go elsewhere within one operation."""
        return {self.invoked.node} | ({self.completed.node} if self.completed else set())

    @property
    def last(self) -> Operation:
        """Return the row that says most: the completion, or the invocation where there is none."""
        return self.completed or self.invoked


def calls_of(recording: Recording, f: str | None = None) -> list[Call]:
    """Return the calls (of one operation name), in order of invocation; rows that answer nothing are passed over."""
    calls = _all_calls(recording)
    return list(calls) if f is None else [call for call in calls if call.invoked.f == f]


@worked_out_once
def _all_calls(recording: Recording) -> list[Call]:
    under_way: dict[int, int] = {}
    invoked: list[Operation] = []
    completed: list[Operation | None] = []
    for row in recording.operations:
        if row.type == "invoke":  # A process that did not wait leaves what it had under way open for ever.
            under_way[row.process] = len(invoked)
            invoked.append(row)
            completed.append(None)
        elif (place := under_way.pop(row.process, None)) is not None:
            completed[place] = row
    return list(map(Call, invoked, completed))
