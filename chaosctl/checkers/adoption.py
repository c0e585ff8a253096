"""What a proposer must adopt: the value of the highest-numbered proposal that some quorum reported to it.

Leslie Lamport, "Paxos Made Simple" (2001), section 2.2, phase 2(a), and its proof obligation P2c. Judged from the
messages themselves: what promises were in the proposer's inbox before its accept left, whatever it made of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import msgspec

from chaosctl.checkers.check import Evidence, Judgement, failed, passed, unknown
from chaosctl.checkers.facts import Ballot, as_ballot, at, ballot_text, key_of, value_text
from chaosctl.history.recording import Recording
from chaosctl.history.records import MessageRow


@dataclass(frozen=True)
class Report:
    """A promise as it reached the proposer: what its acceptor had accepted last, `below` None for nothing."""

    acceptor: str
    below: Ballot | None
    value: Any
    message: int
    time_ns: int

    def evidence(self, ballot: Ballot) -> Evidence:
        """Return the promise in words."""
        what = f"{value_text(self.value)} under {ballot_text(self.below)}" if self.below is not None else "nothing"
        text = f"{self.acceptor} promised {ballot_text(ballot)} and reported {what}, delivered {at(self.time_ns)}"
        return Evidence(text, messages=(self.message,), time_ns=self.time_ns)


@dataclass(frozen=True)
class Proposal:
    """An accept as it left for the first time, and the promises that had reached its proposer by then."""

    proposer: str
    slot: Any
    ballot: Ballot
    value: Any
    message: int
    time_ns: int
    reports: tuple[Report, ...]


class Adoption:
    """A proposal carries the value of the highest ballot that its quorum's promises report; it is free if none do."""

    needs: ClassVar[tuple[str, ...]] = ("messages", "quorum", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        quorum = recording.declared.electors
        assert quorum is not None, "the verdict asks for a declared quorum first"
        acceptors = frozenset(recording.declared.placement.get("acceptor", recording.declared.nodes))
        count = 0
        for proposal in _proposals(recording, acceptors):
            count += 1
            if not is_allowed(proposal, quorum):
                return _convict(proposal, quorum)
        if not count:
            return unknown("nothing was proposed to the acceptors")
        return passed("every proposal carried the value that its promises demand", proposals=count)


def is_allowed(proposal: Proposal, quorum: int) -> bool:
    """Return whether some quorum of the promises demands this value, or leaves it free.

    An acceptor may have answered twice: any one of its answers may be the one that was used.
    """
    reports = proposal.reports
    if len({report.acceptor for report in reports if report.below is None}) >= quorum:
        return True
    value = key_of(proposal.value)
    for highest in {report.below for report in reports if report.below is not None and key_of(report.value) == value}:
        fitting = {report.acceptor for report in reports if _fits(report, highest, value)}
        if len(fitting) >= quorum:  # Whoever reported `highest` itself is among them, and may be in the quorum.
            return True
    return False


def _fits(report: Report, highest: Ballot, value: bytes) -> bool:
    """Return whether a quorum that has `highest` with this value on top may hold this report."""
    if report.below is None or report.below < highest:
        return True
    return report.below == highest and key_of(report.value) == value


def _proposals(recording: Recording, acceptors: frozenset[str]) -> Iterator[Proposal]:
    """Yield each proposal as its first accept leaves: in the runner's order a promise is delivered before its use."""
    promises: dict[int, tuple[tuple[str, Any, Ballot], Report]] = {}
    reports: dict[tuple[str, Any, Ballot], dict[int, Report]] = {}
    proposed: set[tuple[str, Any, Ballot, bytes]] = set()
    for row in recording.messages():
        if row.fate == "sent" and row.type == "promise" and row.process in acceptors:
            promises[row.id] = _promise(row)
        elif row.fate == "delivered" and row.id in promises:
            key, report = promises[row.id]
            reports.setdefault(key, {}).setdefault(row.id, replace(report, time_ns=row.time))
        elif row.fate == "sent" and row.type == "accept":
            body = msgspec.json.decode(row.body)
            slot, ballot, value = body.get("slot", 0), as_ballot(body["ballot"]), body.get("value")
            use = (row.process, slot, ballot, key_of(value))
            if use not in proposed:
                proposed.add(use)
                there = tuple(reports.get((row.process, slot, ballot), {}).values())
                yield Proposal(row.process, slot, ballot, value, row.id, row.time, there)


def _promise(row: MessageRow) -> tuple[tuple[str, Any, Ballot], Report]:
    """Return for which proposer, slot and ballot a promise is, and what it reports."""
    body = msgspec.json.decode(row.body)
    accepted = body.get("accepted")
    below = as_ballot(accepted["ballot"]) if accepted is not None else None
    value = accepted["value"] if accepted is not None else None
    key = (row.dest, body.get("slot", 0), as_ballot(body["ballot"]))
    return key, Report(row.process, below, value, row.id, row.time)


def _convict(proposal: Proposal, quorum: int) -> Judgement:
    ballot, value = ballot_text(proposal.ballot), value_text(proposal.value)
    text = f"{proposal.proposer} proposed {value} under ballot {ballot} {at(proposal.time_ns)}"
    proposing = Evidence(text, messages=(proposal.message,), time_ns=proposal.time_ns)
    having = len({report.acceptor for report in proposal.reports})
    if having < quorum:
        why = (
            f"{proposal.proposer} proposed {value} under {ballot} with {having} acceptors' promises of {quorum} needed"
        )
    else:
        why = f"{proposal.proposer} proposed {value} under {ballot}, and no quorum's promises allow that value"
    return failed(why, *(report.evidence(proposal.ballot) for report in proposal.reports), proposing)
