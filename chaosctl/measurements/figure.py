"""What a figure is: a number with a unit and a direction, by phase, side and operation where that makes sense."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from chaosctl.measurements.observed import Observed


@dataclass(frozen=True)
class Value:
    """One number of a figure: which slice it is of, how many samples it rests on; None where there was no sample."""

    value: float | None
    samples: int
    phase: str = "all"
    side: str = ""
    f: str = ""
    node: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


class Figure(Protocol):
    """A figure, named in the registry; its docstring is what `chaosctl list` says of it.

    `better` is "higher", "lower" or "" (a count that is neither); `dimensions` those of phase, side, f, node it has.
    """

    unit: ClassVar[str]
    better: ClassVar[str]
    dimensions: ClassVar[tuple[str, ...]]

    def measure(self, observed: Observed) -> list[Value]:
        """Return the figure's values; none where the run has nothing of the kind."""
