"""Duplicate: messages arrive twice, each copy after a time of its own."""

from typing import Literal

from pydantic import Field

from chaosctl.faults.messages import LinkFault
from chaosctl.network.effects import Effect


class Duplicate(LinkFault):
    """Doubles each message with a `probability`; all of them where none is given."""

    kind: Literal["duplicate"] = "duplicate"
    probability: float = Field(1.0, gt=0, le=1)

    def impose(self, effect: Effect) -> None:
        """Double."""
        effect.duplicate = self.probability
