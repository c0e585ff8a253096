"""What atomic commit cost: how long participants were in doubt, and how many transactions came to nothing."""

from dataclasses import dataclass
from typing import Any, ClassVar

from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.phases import AFTER, ALL, BEFORE, FAULTS

RESOLVED = ("committed", "aborted")


@dataclass
class Doubt:
    """A participant that had prepared a transaction and did not know its end, locks held."""

    node: str
    gid: str
    start_ns: int
    end_ns: int
    rows: int
    is_open: bool = True


def by_node(doubts: list[Doubt]) -> list[tuple[str, list[Doubt]]]:
    """Return all of them under "", then those of each node; nothing where there are none."""
    nodes = ["", *sorted({doubt.node for doubt in doubts})] if doubts else []
    return [(node, [doubt for doubt in doubts if node in ("", doubt.node)]) for node in nodes]


class LockedRowSeconds:
    """Rows that were locked, or reserved, for a transaction that was prepared, times how long: the sum over all.

    What waits for a row waits for this. An account counts as one row; none is counted before the prepare is durable.
    """

    unit: ClassVar[str] = "row s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("node",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return the sum over all nodes and of each; none where nobody prepared anything."""
        values = []
        for node, mine in by_node(doubts_of(observed)):
            total_ns = sum(doubt.rows * (doubt.end_ns - doubt.start_ns) for doubt in mine)
            values.append(Value(total_ns / 1e9, len(mine), node=node))
        return values


class InDoubtTime:
    """How long a participant was in doubt, from prepared to committed or aborted; the longest of all.

    `extra.total` is the sum. One that was in doubt to the end of the run was it at least so long (`at_least`).
    """

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("node",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return the longest over all nodes and of each; none where nobody prepared anything."""
        values = []
        for node, mine in by_node(doubts_of(observed)):
            longest = max(mine, key=lambda doubt: (doubt.end_ns - doubt.start_ns, doubt.is_open))
            extra: dict[str, Any] = {"total": sum(doubt.end_ns - doubt.start_ns for doubt in mine) / 1e9}
            if longest.is_open:
                extra["at_least"] = True
            values.append(Value((longest.end_ns - longest.start_ns) / 1e9, len(mine), node=node, extra=extra))
        return values


class InDoubtCount:
    """Participants still in doubt at the end of the run."""

    unit: ClassVar[str] = "participants"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("node",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return the count over all nodes and of each; none where nobody prepared anything."""
        values = []
        for node, mine in by_node(doubts_of(observed)):
            values.append(Value(sum(doubt.is_open for doubt in mine), len(mine), node=node))
        return values


class AbortRate:
    """The share of transactions that were decided abort, of all that were decided (by the phase of the decision)."""

    unit: ClassVar[str] = "share"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a share a phase; none where nothing was decided."""
        decisions: dict[str, tuple[str, bool]] = {}
        for event in observed.events("decided"):
            is_abort = event.fields.get("decision") == "abort"
            decisions.setdefault(str(event.fields.get("gid")), (observed.phases.phase(event.time), is_abort))
        values = []
        for phase in (ALL, BEFORE, FAULTS, AFTER):
            aborts = [is_abort for when, is_abort in decisions.values() if phase in (ALL, when)]
            if aborts:
                values.append(Value(sum(aborts) / len(aborts), len(aborts), phase))
        return values


def doubts_of(observed: Observed) -> list[Doubt]:
    """Return every time that a participant was in doubt, in order of beginning."""
    doubts: dict[tuple[str, str], Doubt] = {}
    for event in observed.events("prepared", *RESOLVED):
        key = (event.node, str(event.fields.get("gid")))
        if event.event == "prepared":
            rows = len(event.fields.get("effects", ()))
            doubts.setdefault(key, Doubt(*key, event.time, max(event.time, observed.phases.end_ns), rows))
        elif (doubt := doubts.get(key)) is not None and doubt.is_open:
            doubt.end_ns, doubt.is_open = event.time, False
    return list(doubts.values())
