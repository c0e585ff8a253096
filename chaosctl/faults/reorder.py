"""Reorder: some messages are held back, so that later ones of the same link overtake them."""

from typing import Literal

from pydantic import Field

from chaosctl.experiment.model import Uniform
from chaosctl.experiment.values import Duration
from chaosctl.faults.messages import LinkFault
from chaosctl.network.effects import Effect


class Reorder(LinkFault):
    """Holds back each message with a `probability`, for half of `window` up to the whole of it."""

    kind: Literal["reorder"] = "reorder"
    probability: float = Field(0.5, gt=0, le=1)
    window: Duration = 0.01

    def impose(self, effect: Effect) -> None:
        """Hold some back."""
        effect.reorder = self.probability
        effect.delay = Uniform.model_construct(min=self.window / 2, max=self.window)
