"""What a check is: something that reads a recording and says pass, fail or unknown, with the shortest evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol

from chaosctl.history.findings import Contradiction, Cycle
from chaosctl.history.recording import Recording


class Verdict(StrEnum):
    """Of several the worst counts: fail, then unknown, then pass."""

    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    FAIL = "fail"
    UNKNOWN = "unknown"

    @classmethod
    def worst(cls, verdicts: Sequence["Verdict"]) -> "Verdict":
        """Return the verdict that outranks the others; PASS where there is none."""
        return min(verdicts, key=[cls.FAIL, cls.UNKNOWN, cls.PASS].index, default=cls.PASS)


@dataclass(frozen=True)
class Evidence:
    """One thing that was seen: a sentence for people, and the rows it rests on."""

    text: str
    operations: tuple[int, ...] = ()
    """Indexes of operations (their `index`)."""
    events: tuple[str, ...] = ()
    """Ids of events."""
    messages: tuple[int, ...] = ()
    """Ids of messages."""
    faults: tuple[int, ...] = ()
    """Occurrences of faults."""
    time_ns: int | None = None


@dataclass(frozen=True)
class Judgement:
    """What one check says of one recording: the verdict, why in one sentence, the shortest evidence."""

    valid: Verdict
    why: str
    evidence: list[Evidence] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    contradiction: Contradiction | None = None
    """Where there is no order of effects: why, as data for those who draw it."""
    cycle: Cycle | None = None
    """Where transactions each came before the next, in a round: which, and why."""


class Check(Protocol):
    """A check, named in the registry; its docstring is what `chaosctl list` says of it.

    `needs` names what must be there, or the verdict is unknown: "operations", "events:<name>", "f:<operation>",
    "ok:<operation>" (one that completed), "messages", "quorum" (the experiment declares one), and "complete" (the
    recording is whole: for a check that convicts by what is missing in it). "|" stands between names of which one is
    enough, in events and ok.
    """

    needs: ClassVar[tuple[str, ...]]

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""


def passed(why: str, **counts: int) -> Judgement:
    """Return that nothing contradicts the check, and how much there was to look at."""
    return Judgement(Verdict.PASS, why, counts=counts)


def failed(why: str, *evidence: Evidence, **counts: int) -> Judgement:
    """Return that the evidence contradicts the check."""
    return Judgement(Verdict.FAIL, why, list(evidence), counts)


def unknown(why: str, *evidence: Evidence, **counts: int) -> Judgement:
    """Return that the recording can't tell."""
    return Judgement(Verdict.UNKNOWN, why, list(evidence), counts)
