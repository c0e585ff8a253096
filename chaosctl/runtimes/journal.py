"""The run's own book: every row gets its time here, counted from time 0, and goes to the recorder.

Time 0 is when every node had answered init or was given up; rows from before it are kept back and get negative times.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from chaosctl.history.recorder import Recorder
from chaosctl.history.records import Event, FaultRow, MessageRow, Operation
from chaosctl.node.messages import RUNNER
from chaosctl.runtimes.runtime import Runtime

EARLY_ROWS = 100_000
"""At most so many rows from before time 0 are kept; later ones are counted and dropped."""

FIRST_PROBLEMS = 3
"""So many problems of a kind are recorded for each node; all are counted."""

MISTAKE_SHOWN = 60
"""Of a line that is no message so many letters are shown where a system does not start."""


class Journal:
    """Writes rows with run times. `problems` counts what went wrong, by (node, problem).

    `message` records a step in a message's fate, whose time is the journal's now; it is the hot path, so that from time
    0 on it is the recorder's own method, and where the recorder wants no messages, nobody need make the row.
    """

    def __init__(self, runtime: Runtime, recorder: Recorder) -> None:
        self.runtime = runtime
        self.recorder = recorder
        self.zero_ns: int | None = None
        self.problems: Counter[tuple[str, str]] = Counter()
        self.message: Callable[[MessageRow], None] = self._keep
        self._early: list[Event | MessageRow] = []

    def now_ns(self) -> int:
        """Return the run's time; before time 0 what the runtime's clock says."""
        return self.runtime.now_ns() - (self.zero_ns or 0)

    def begin(self) -> None:
        """Make this instant time 0, and write the rows of before."""
        self.zero_ns = self.runtime.now_ns()
        self.message = self.recorder.message
        for row in self._early:
            row.time -= self.zero_ns
            self.message(row) if isinstance(row, MessageRow) else self.recorder.event(row)
        self._early.clear()

    def event(self, node: str, event: str, role: str = RUNNER, **fields: Any) -> Event:
        """Record an event that the runner itself saw, and return it."""
        row = Event(time=self.now_ns(), node=node, event=event, role=role, fields=fields)
        self.record(row)
        return row

    def record(self, row: Event) -> None:
        """Record an event whose time is the journal's now."""
        if self.zero_ns is None:
            self._keep(row)
        else:
            self.recorder.event(row)

    def operation(self, row: Operation) -> None:
        """Record an invocation or a completion."""
        self.recorder.operation(row)

    def fault(self, row: FaultRow) -> None:
        """Record a fault that is armed, applied or healed, before that takes effect."""
        self.recorder.fault(row)
        self.recorder.flush()

    def problem(self, node: str, problem: str, **fields: Any) -> None:
        """Count a problem of a node; record the first ones with what was seen."""
        self.problems[node, problem] += 1
        if self.problems[node, problem] <= FIRST_PROBLEMS:
            self.event(node, problem, problem=True, **fields)

    def no_message_of(self, node: str) -> str | None:
        """Return the begin of the first line that a node wrote before time 0 and that is no message."""
        lines = (row.fields.get("line") for row in self._early if isinstance(row, Event) and row.node == node)
        return next((str(line)[:MISTAKE_SHOWN] for line in lines if line is not None), None)

    def _keep(self, row: Event | MessageRow) -> None:
        if len(self._early) < EARLY_ROWS:
            self._early.append(row)
