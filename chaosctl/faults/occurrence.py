"""One application of a fault: whom it was aimed at, and what it really hurt; and what the schedule asks of a kind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from chaosctl.experiment.model import When
from chaosctl.experiment.values import Range
from chaosctl.faults.control import Control

if TYPE_CHECKING:
    from chaosctl.faults.holds import Holds


@dataclass
class Aim:
    """A fault's target as resolved when it starts. `missing` says why there is nobody to hurt (yet); then it waits.

    `targets`, `groups`, `cuts` and `details` are recorded; `concerns` chooses messages by (process, dest, type).
    """

    targets: list[str] = field(default_factory=list)
    groups: list[list[str]] = field(default_factory=list)
    cuts: list[list[str]] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    concerns: Callable[[str, str, str], bool] | None = None
    missing: str = ""


@dataclass(eq=False)
class Occurrence:
    """One application of a fault; `number` counts all occurrences of a run from 0.

    `hurt` are the nodes, `messages` the count of messages that it really hurt; `handle` is its effect on links.
    `spent` heals it soon: for kinds that know when nothing is left to hurt.
    """

    number: int
    aim: Aim
    spent: Callable[[], object] = lambda: None
    handle: int | None = None
    hurt: set[str] = field(default_factory=set)
    messages: int = 0

    @property
    def touched(self) -> int:
        """How many nodes or messages it really hurt."""
        return len(self.hurt) + self.messages


class Kind(Protocol):
    """What every kind of fault can do besides holding its keys.

    `at_point` is what a node does by itself at a named point that triggers this kind: crash, stall, or merely tell.
    An `is_instant` one is over as soon as it is applied; `until` is a trigger that heals it.
    """

    at_point: ClassVar[str]
    is_instant: ClassVar[bool]
    until: When | None

    def aim_at(self, control: Control, by: str | None) -> Aim:
        """Return the target as it is now; `by` is who set the trigger off, hurt where there is no target."""

    def held_for(self) -> Range | None:
        """Return how long it holds from when it is applied; None: as long as its window (`duration`) is open."""

    def apply(self, occurrence: Occurrence, holds: "Holds") -> None:
        """Do it."""

    def heal(self, occurrence: Occurrence, holds: "Holds") -> None:
        """Undo it."""
