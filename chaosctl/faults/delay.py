"""Delay: messages take longer, or wait until something happens."""

from typing import Literal, Self

from pydantic import model_validator

from chaosctl.experiment.model import Constant, Latency, Uniform
from chaosctl.experiment.values import Moment
from chaosctl.faults.messages import LinkFault
from chaosctl.network.effects import Effect


class Delay(LinkFault):
    """Makes messages late by `amount` (a range: drawn for each), or by a distribution `latency`, on top of the link's.

    With neither of them messages are held `until` something happens.
    """

    kind: Literal["delay"] = "delay"
    amount: Moment | None = None
    latency: Latency | None = None

    @model_validator(mode="after")
    def _check_how_long(self) -> Self:
        if self.amount is not None and self.latency is not None:
            raise ValueError("a delay has an `amount` or a `latency`, not both")
        if self.amount is None and self.latency is None and self.until is None:
            raise ValueError("needs an `amount`, a `latency`, or `until` to hold messages until then")
        return self

    def impose(self, effect: Effect) -> None:
        """Delay, or hold."""
        if self.amount is not None:
            low, high = self.amount
            constant = Constant.model_construct(mean=low)
            effect.delay = constant if low == high else Uniform.model_construct(min=low, max=high)
        else:
            effect.delay = self.latency
        effect.held = effect.delay is None
