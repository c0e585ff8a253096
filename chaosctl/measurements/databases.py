"""What real databases said of the transactions prepared in them, when asked six times a second (doubt_watch.py)."""

from collections.abc import Callable
from typing import ClassVar

from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed


class DatabaseInDoubt:
    """Transactions that a database listed as prepared (pg_prepared_xacts, XA RECOVER) at once; the most ever seen."""

    unit: ClassVar[str] = "transactions"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("node",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return the most over all databases and of each; none where there is no real one."""
        return _of_each(observed, "prepared", max)


class DatabaseLeftInDoubt:
    """Transactions that a database listed as prepared when it was asked last; over all, of the worst."""

    unit: ClassVar[str] = "transactions"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("node",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return the most over all databases and the number of each; none where there is no real one."""
        return _of_each(observed, "prepared", lambda seen: seen[-1])


class DatabaseRowsInDoubt:
    """Rows that prepared transactions kept locked in a database at once, as it says; the most ever seen."""

    unit: ClassVar[str] = "rows"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("node",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return the most over all databases and of each; none where there is no real one."""
        return _of_each(observed, "rows", max)


class DatabaseBlocked:
    """Transactions that waited at once for a row which a prepared one had locked, as the database says; the most seen.

    Who waits behind another that waits is not counted.
    """

    unit: ClassVar[str] = "transactions"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("node",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return the most over all databases and of each; none where there is no real one."""
        return _of_each(observed, "waiting", max)


def _of_each(observed: Observed, field: str, chosen: Callable[[list[int]], int]) -> list[Value]:
    seen: dict[str, list[int]] = {}
    told = observed.runner_events("in_doubt")
    for event in told:
        seen.setdefault(event.node, []).append(int(event.fields.get(field, 0)))
    each = [Value(chosen(counts), len(counts), node=node) for node, counts in sorted(seen.items())]
    return [Value(max(value.value or 0 for value in each), sum(value.samples for value in each)), *each] if each else []
