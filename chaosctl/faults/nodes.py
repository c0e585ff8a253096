"""What the kinds of fault that hurt nodes themselves have in common: a target of nodes."""

from typing import Any, ClassVar, Self

from pydantic import model_validator

from chaosctl.experiment.model import Fault, When
from chaosctl.experiment.values import Range
from chaosctl.faults.control import Control
from chaosctl.faults.occurrence import Aim
from chaosctl.faults.targets import is_leader_missing, resolve


class NodeFault(Fault):
    """A fault of nodes: `target` names them; without one it hurts the node that has set off its trigger."""

    at_point: ClassVar[str] = "tell"
    is_instant: ClassVar[bool] = False
    until: ClassVar[When | None] = None

    @model_validator(mode="after")
    def _check_target(self) -> Self:
        if self.target is None and self.when is None:
            raise ValueError("needs a `target`, or a `when` whose node it then hurts")
        return self

    def aim_at(self, control: Control, by: str | None) -> Aim:
        """Return the nodes that the target means now."""
        if self.target is None:
            missing = "" if by in control.nodes else "what set it off was not a node's doing"
            return Aim([by] if by is not None and not missing else [], details=self.details(), missing=missing)
        if is_leader_missing(self.target, control):
            return Aim(missing="nobody led")
        nodes = resolve(self.target, control)
        return Aim(nodes, details=self.details(), missing="" if nodes else "its target was empty")

    def held_for(self) -> Range | None:
        """As long as its window."""
        return None

    def details(self) -> dict[str, Any]:
        """Return what is recorded of the fault besides its targets."""
        return {}
