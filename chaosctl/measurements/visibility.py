"""How long transfers were half done, and who saw them so: what is given up where parts commit one after the other.

A transfer is half done from its first commit anywhere to its last, compensations (`g/back`) included. Reads are the
load's audits. An audit has surely seen what its node had committed when it was asked for. Bailis et al., "Scalable
Atomic Visibility with RAMP Transactions" (SIGMOD 2014), section 3.1, fractured reads; Berenson et al., "A Critique of
ANSI SQL Isolation Levels" (SIGMOD 1995), P1, dirty reads: what is undone later was not committed yet.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from chaosctl.measurements.calls import Call
from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.phases import AFTER, ALL, BEFORE, FAULTS


@dataclass
class Spread:
    """A transfer's commits in order of time: (time, node), and the first of them that undoes something."""

    commits: list[tuple[int, str]] = field(default_factory=list)
    undone_ns: int | None = None
    missing: set[str] = field(default_factory=set)

    @property
    def half_ns(self) -> tuple[int, int]:
        """Return from when to when it was half done."""
        return self.commits[0][0], self.commits[-1][0]


class TimeToConsistencyP50:
    """How long a transfer over several nodes was half done: from its first commit to its last; the median.

    By the phase of the first commit. One that is not whole at the end is half done at least until then (`at_least`).
    """

    percent: ClassVar[int] = 50
    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a time a phase; none where no transfer was over several nodes."""
        took = []
        for spread in spreads_of(observed).values():
            begin_ns, end_ns = spread.half_ns
            if spread.missing:
                took.append((observed.phases.phase(begin_ns), observed.phases.end_ns - begin_ns, True))
            elif len({node for _, node in spread.commits}) > 1 or spread.undone_ns is not None:
                took.append((observed.phases.phase(begin_ns), end_ns - begin_ns, False))
        values = []
        for phase in (ALL, BEFORE, FAULTS, AFTER):
            of = sorted((ns, is_open) for when, ns, is_open in took if phase in (ALL, when))
            if of:
                ns, is_open = of[(len(of) - 1) * self.percent // 100]
                values.append(Value(ns / 1e9, len(of), phase, extra={"at_least": True} if is_open else {}))
        return values


class TimeToConsistencyMax(TimeToConsistencyP50):
    """How long a transfer over several nodes was half done: from its first commit to its last; the longest."""

    percent = 100


class FracturedReads:
    """Audits that saw one part of a transfer while another was not there yet, of all audits that were answered."""

    unit: ClassVar[str] = "reads"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a count a phase; none without audits, or where nothing was committed."""
        return _count(observed, lambda spread: spread.half_ns[1] if not spread.missing else observed.phases.end_ns)


class DirtyReads:
    """Audits that saw what a transfer had done and later undid, of all audits that were answered."""

    unit: ClassVar[str] = "reads"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a count a phase; none without audits, or where nothing was committed."""
        return _count(observed, lambda spread: spread.undone_ns)


def spreads_of(observed: Observed) -> dict[str, Spread]:
    """Return every transfer that was committed anywhere, by gid; what damages or repairs one is none of it."""
    spreads: defaultdict[str, Spread] = defaultdict(Spread)
    for event in sorted(observed.events("committed"), key=lambda event: event.time):
        gid, _, part = str(event.fields.get("gid")).partition("/")
        if part not in ("", "back"):
            continue
        spread = spreads[gid]
        spread.commits.append((event.time, event.node))
        if part and spread.undone_ns is None:
            spread.undone_ns = event.time
    for event in observed.events("began", "decided"):
        gid = str(event.fields.get("gid"))
        if gid in spreads and spreads[gid].undone_ns is None:
            there = {node for _, node in spreads[gid].commits}
            spreads[gid].missing |= set(event.fields.get("participants", ())) - there
    return dict(spreads)


def _count(observed: Observed, until: Callable[[Spread], int | None]) -> list[Value]:
    """Count the audits that saw a commit of their node after which the transfer went on until a later time."""
    windows: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for spread in spreads_of(observed).values():
        until_ns = until(spread)
        for time_ns, node in spread.commits:
            if until_ns is not None and time_ns < until_ns:
                windows[node].append((time_ns, until_ns))
    audits = [call for call in observed.calls if call.f == "audit" and call.outcome == "ok"]
    if not audits or not observed.events("committed"):
        return []
    values = []
    for phase in (ALL, BEFORE, FAULTS, AFTER):
        of = [call for call in audits if phase in (ALL, observed.phases.phase(call.invoked_ns))]
        if of:
            values.append(Value(sum(_saw(call, windows[call.node]) for call in of), len(of), phase))
    return values


def _saw(audit: Call, windows: list[tuple[int, int]]) -> bool:
    return any(begin_ns <= audit.invoked_ns and audit.ended_ns < end_ns for begin_ns, end_ns in windows)
