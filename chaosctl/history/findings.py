"""What was found in a run, as verdict.json and metrics.json say it: the form that reports read.

Both files are written by others (the checkers' verdict and `measurements.measure_all`); keys that are not known here
are passed over, so that a newer writer can say more.
"""

from typing import Any

import msgspec


class Finding(msgspec.Struct, kw_only=True):
    """One piece of evidence: a sentence, and the rows it rests on (indexes, ids, occurrences)."""

    text: str
    operations: list[int] = []
    events: list[str] = []
    messages: list[int] = []
    faults: list[int] = []
    time_ns: int | None = None


class Effect(msgspec.Struct, kw_only=True):
    """An operation (the index of its invocation) that took effect, and the state that it left, as text."""

    operation: int
    state: str


class Contradiction(msgspec.Struct, kw_only=True):
    """Why no order of effects explains what one object did: the shortest history that has none.

    Operations are named by the index of their invocation. The history up to the row `until` has no order, the one up
    to the row before it has one: `order`, with the state after each effect, the last of them the last state that still
    worked. `stuck` is the operation that ended with that row, `involved` are those that can't be left out (or all of
    the last ones, where leaving out was not tried), `instead` what `stuck` could have answered.
    """

    key: str
    model: str
    until: int
    stuck: int
    involved: list[int] = []
    order: list[Effect] = []
    instead: list[str] = []


class CycleStep(msgspec.Struct, kw_only=True):
    """A transaction that came before another, named by the index of its invocation: by which kind of edge, and why.

    Kinds are Adya's: ww, wr, rw; or time, the order of a session or of real time.
    """

    before: int
    after: int
    kind: str
    why: str


class Cycle(msgspec.Struct, kw_only=True):
    """Transactions each of which came before the next, and the last before the first: an anomaly by its name."""

    name: str
    meaning: str
    steps: list[CycleStep] = []


class CheckResult(msgspec.Struct, kw_only=True):
    """What one check said: `valid` is pass, fail or unknown."""

    valid: str
    why: str = ""
    evidence: list[Finding] = []
    counts: dict[str, int] = {}
    contradiction: Contradiction | None = None
    cycle: Cycle | None = None


class ThresholdResult(msgspec.Struct, kw_only=True):
    """One limit beside what was measured."""

    metric: str
    valid: str
    phase: str = "all"
    side: str | None = None
    f: str | None = None
    type: str | None = None
    min: float | None = None
    max: float | None = None
    value: float | None = None
    samples: int = 0
    why: str = ""


class Findings(msgspec.Struct, kw_only=True):
    """The whole of verdict.json."""

    verdict: str
    expected: str = "pass"
    as_expected: bool = True
    exit_code: int = 0
    why: str = ""
    reasons: list[str] = []
    checks: dict[str, CheckResult] = {}
    thresholds: list[ThresholdResult] = []


class MeasuredValue(msgspec.Struct, kw_only=True):
    """One number of a figure and the slice of the run it is of; None where there was no sample."""

    value: float | None
    samples: int = 0
    phase: str = "all"
    side: str = ""
    f: str = ""
    node: str = ""
    extra: dict[str, Any] = {}


class Measured(msgspec.Struct, kw_only=True):
    """One figure of metrics.json."""

    unit: str
    better: str = ""
    values: list[MeasuredValue] = []
