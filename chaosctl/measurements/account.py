"""What a split brain did to an account: writes in conflict, acknowledged writes that are lost, money that never was."""

from collections import Counter
from typing import Any, ClassVar

from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed

BOOKINGS = ("deposit", "withdraw")


class ConflictingWrites:
    """Acknowledged bookings that were given a place in the statement which another acknowledged one was given too."""

    unit: ClassVar[str] = "writes"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the count; none where no booking was acknowledged. Samples are acknowledged bookings."""
        booked = _acknowledged(observed)
        taken = Counter(value["place"] for _f, value in booked)
        conflicts = sum(count for count in taken.values() if count > 1)
        return [Value(conflicts, len(booked))] if booked else []


class LostWrites:
    """Acknowledged bookings that the final statement does not list."""

    unit: ClassVar[str] = "writes"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the count; none where no statement was answered. Samples are acknowledged bookings."""
        booked = _acknowledged(observed)
        rows = observed.recording.operations
        statements = [row.value for row in rows if row.f == "statement" and row.final and row.type == "ok"]
        if not booked or not statements:
            return []
        listed = {number for number, _amount in max(statements, key=len)}
        return [Value(sum(value["number"] not in listed for _f, value in booked), len(booked))]


class Overdrawn:
    """How much more was paid out than there ever was: the opening balance and every deposit that may have happened."""

    unit: ClassVar[str] = "money"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the amount; none where the opening balance is not declared. Samples are withdrawals."""
        opening = observed.recording.declared.options.get("opening")
        paid_out = [value["amount"] for f, value in _acknowledged(observed) if f == "withdraw"]
        if not isinstance(opening, int) or not paid_out:
            return []
        rows = observed.recording.operations
        refused = {row.value["number"] for row in rows if row.f == "deposit" and row.type == "fail"}
        invoked = [row.value for row in rows if row.f == "deposit" and row.type == "invoke"]
        paid_in = sum(value["amount"] for value in invoked if value["number"] not in refused)
        return [Value(max(0, sum(paid_out) - opening - paid_in), len(paid_out))]


def _acknowledged(observed: Observed) -> list[tuple[str, dict[str, Any]]]:
    """Return (f, value) of every booking that was acknowledged."""
    rows = observed.recording.operations
    return [(row.f, row.value) for row in rows if row.f in BOOKINGS and row.type == "ok"]
