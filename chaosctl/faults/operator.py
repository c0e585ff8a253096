"""Operator: what a person does by hand, as an event of the schedule."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from chaosctl.experiment.values import Range
from chaosctl.faults.holds import Holds
from chaosctl.faults.nodes import NodeFault
from chaosctl.faults.occurrence import Occurrence


class Operator(NodeFault):
    """Gives nodes an order (`command`, `arguments`): promote a standby, start a reconciliation."""

    is_instant: ClassVar[bool] = True

    kind: Literal["operator"] = "operator"
    command: str
    arguments: dict[str, str] = Field(default_factory=dict)

    def done_by_nodes(self) -> str:
        """Return the kind: a node does it to itself."""
        return "kind"

    def lasts(self) -> Range | None:
        """No time at all."""
        return super(Operator, self.model_copy(update={"duration": Range(0.0, 0.0)})).lasts()

    def apply(self, occurrence: Occurrence, holds: Holds) -> None:
        """Give the order to every target that is up."""
        order = {"type": "operator", "command": self.command, "arguments": self.arguments}
        for node in occurrence.aim.targets:
            if node in holds.control.live():
                occurrence.hurt.add(node)
                holds.control.tell(node, order)

    def heal(self, occurrence: Occurrence, holds: Holds) -> None:
        """Nothing: an order can't be taken back."""

    def details(self) -> dict[str, Any]:
        """Return the order."""
        return {"command": self.command, "arguments": self.arguments}
