"""What atomic commit cost: how long participants were in doubt, how many transactions came to nothing, and why."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.phases import AFTER, ALL, BEFORE, FAULTS

RESOLVED = ("committed", "aborted")

UNTOLD = "untold"
"""The cause of an abort of which a pattern said none."""


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
    """The share of transactions that came to nothing, of all that were decided (by the phase of the decision).

    After the whole a share for each cause that occurred (`extra.type`; they add up to it, `extra.transactions` counts):
    `business-refusal` (no cover, sold out), `lock-timeout` (deadlocks too), `participant-timeout` (no vote or answer in
    time), `participant-error` (its database), `broker-unavailable`, `check-back` (the broker asked before the local
    transaction had ended), `coordinator-recovery` (undecided when the coordinator died: presumed abort),
    `heuristic-decision` (an operator's). What an outbox's receiver refused, and so was undone, came to nothing too.
    """

    unit: ClassVar[str] = "share"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a share a phase, and one for each cause; none where nothing was decided."""
        endings = list(endings_of(observed).values())
        causes = sorted({ending.cause for ending in endings if ending.cause})
        values = []
        for phase in (ALL, BEFORE, FAULTS, AFTER):
            decided = [ending for ending in endings if phase in (ALL, ending.phase)]
            if decided:
                values.append(Value(sum(bool(ending.cause) for ending in decided) / len(decided), len(decided), phase))
                for cause in causes:
                    count = sum(ending.cause == cause for ending in decided)
                    extra = {"type": cause, "transactions": count}
                    values.append(Value(count / len(decided), len(decided), phase, extra=extra))
        return values


class Ending(NamedTuple):
    """How a transaction was decided: in which phase; why it was aborted, empty where it was not."""

    phase: str
    cause: str


def endings_of(observed: Observed) -> dict[str, Ending]:
    """Return how each transaction ended, by gid: as was decided first.

    Where nobody decided, the first that an operator ended or a coordinator presumed. A refusal after the decision
    undoes what was decided.
    """
    words = [*observed.events("decided"), *observed.events("heuristic_decision", "presumed")]
    endings: dict[str, Ending] = {}
    for event in words:
        if "gid" in event.fields:  # Paxos decides too, on values.
            is_abort = event.fields.get("decision") == "abort"
            cause = str(event.fields.get("cause", UNTOLD)) if is_abort else ""
            endings.setdefault(str(event.fields["gid"]), Ending(observed.phases.phase(event.time), cause))
    for event in observed.events("refused"):
        if (ending := endings.get(str(event.fields.get("gid")))) is not None and not ending.cause:
            endings[str(event.fields["gid"])] = ending._replace(cause=str(event.fields.get("cause", UNTOLD)))
    return endings


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
