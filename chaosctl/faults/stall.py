"""Stall: one task of a node stands still at a named point, for an exact time, while the rest of the node goes on."""

from typing import ClassVar, Literal

from pydantic import model_validator

from chaosctl.faults.holds import Holds
from chaosctl.faults.nodes import NodeFault
from chaosctl.faults.occurrence import Occurrence


class Stall(NodeFault):
    """Holds the task that reaches the point of `when` for `duration`: a slow thread between a check and its act."""

    at_point: ClassVar[str] = "stall"

    kind: Literal["stall"] = "stall"

    def done_by_nodes(self) -> str:
        """Return the kind: a node does it to itself."""
        return "kind"

    @model_validator(mode="after")
    def _check_point(self) -> "Stall":
        if self.when is None or self.when.point is None or self.duration is None:
            raise ValueError('a stall needs `when = { point = "..." }` and a `duration`')
        return self

    def apply(self, occurrence: Occurrence, holds: Holds) -> None:
        """Note whom the armed point has stalled: the node does it by itself."""
        occurrence.hurt.update(set(occurrence.aim.targets) & set(holds.control.live()))

    def heal(self, occurrence: Occurrence, holds: Holds) -> None:
        """Nothing: the node's task goes on by itself."""
