"""How operations ended: counts by outcome, those never started, and how many were done a second."""

from collections import Counter
from typing import ClassVar

from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed


class Operations:
    """Operations by outcome: one value for each of ok, fail and info (`extra.type`), final reads left out."""

    unit: ClassVar[str] = "operations"
    better: ClassVar[str] = ""
    dimensions: ClassVar[tuple[str, ...]] = ("phase", "side", "f", "node")

    def measure(self, observed: Observed) -> list[Value]:
        """Return three counts for each slice that has operations; a 0 is a count."""
        values = []
        for part, calls in observed.calls_by_slice.items():
            counts = Counter([call.outcome for call in calls])
            values += [Value(counts[kind], len(calls), *part, extra={"type": kind}) for kind in ("ok", "fail", "info")]
        return values


class Missed:
    """Operations that were due while no client was idle (open loop): started by nobody, so in no history."""

    unit: ClassVar[str] = "operations"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase", "f")

    def measure(self, observed: Observed) -> list[Value]:
        """Return a count for each slice that had operations; samples are all that were due."""
        values = []
        for part in sorted({*observed.calls_by_slice, *observed.missed_by_slice}):
            if part.side or part.node:
                continue
            missed = len(observed.missed_by_slice.get(part, ()))
            values.append(Value(missed, missed + len(observed.calls_by_slice.get(part, ())), *part))
        return values


class Throughput:
    """Operations that were invoked in the phase and ended ok, for each second of it."""

    unit: ClassVar[str] = "1/s"
    better: ClassVar[str] = "higher"
    dimensions: ClassVar[tuple[str, ...]] = ("phase", "f", "node")

    def measure(self, observed: Observed) -> list[Value]:
        """Return a rate for each slice that has operations."""
        values = []
        for part, calls in observed.calls_by_slice.items():
            span = observed.phases.span(part.phase)
            if span is not None and not part.side:
                ok = sum(call.outcome == "ok" for call in calls)
                values.append(Value(ok * 1e9 / (span[1] - span[0]), len(calls), *part))
        return values
