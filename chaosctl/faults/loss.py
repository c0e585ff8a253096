"""Loss: messages vanish."""

from typing import Literal

from pydantic import Field

from chaosctl.faults.messages import LinkFault
from chaosctl.network.effects import Effect


class Loss(LinkFault):
    """Loses each message with a `probability`; all of them where none is given."""

    kind: Literal["loss"] = "loss"
    probability: float = Field(1.0, gt=0, le=1)

    def impose(self, effect: Effect) -> None:
        """Lose."""
        effect.loss = self.probability
