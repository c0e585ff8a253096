"""Tasks, as leaders and workers told of them: how many were lost, done again, given to another, asked back."""

from typing import ClassVar

from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.phases import AFTER, ALL, BEFORE, FAULTS

PHASES = (ALL, BEFORE, FAULTS, AFTER)


class TasksLost:
    """Tasks that were answered, or that a leader took on, and that a final audit does not list as done."""

    unit: ClassVar[str] = "tasks"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the count; none where no final audit was answered."""
        rows = observed.recording.operations
        audits = [row.value for row in rows if row.f == "audit" and row.final and row.type == "ok"]
        taken_on = {str(event.fields["task"]) for event in observed.events("accepted") if "task" in event.fields}
        taken_on |= {str(row.value["task"]) for row in rows if row.f == "task" and row.type == "ok"}
        if not audits or not taken_on:
            return []
        return [Value(len(taken_on - set.intersection(*map(set, audits))), len(taken_on))]


class TasksRepeated:
    """Runs of tasks begun beyond the first of each: work done more than once, though it had one effect."""

    unit: ClassVar[str] = "runs"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a count a phase; none where nothing was begun."""
        return _beyond_the_first(observed, "started")


class TasksReassigned:
    """Assignments of tasks beyond the first of each: the leader lost patience, or was a new one."""

    unit: ClassVar[str] = "assignments"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a count a phase; none where nothing was assigned."""
        return _beyond_the_first(observed, "assigned")


class TasksRecovered:
    """Entries that a new leader's table lacked and that it had from the workers: the work that a checkpoint lost."""

    unit: ClassVar[str] = "tasks"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the count; none where nobody was promoted."""
        promoted = observed.events("promoted")
        return [Value(len(observed.events("recovered")), len(promoted))] if promoted else []


def _beyond_the_first(observed: Observed, name: str) -> list[Value]:
    seen: set[str] = set()
    again_ns, events = [], observed.events(name)
    for event in events:
        if (task := str(event.fields.get("task"))) in seen:
            again_ns.append(event.time)
        seen.add(task)
    if not events:
        return []
    phases = [phase for phase in PHASES if observed.phases.span(phase) is not None]
    return [
        Value(sum(phase in (ALL, observed.phases.phase(time)) for time in again_ns), len(events), phase)
        for phase in phases
    ]
