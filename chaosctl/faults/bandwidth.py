"""Bandwidth: a link carries only so many bytes a second, one message after the other."""

from typing import Literal

from pydantic import Field

from chaosctl.faults.messages import LinkFault
from chaosctl.network.effects import Effect


class Bandwidth(LinkFault):
    """Narrows each link to `bytes_per_second`: messages queue, and a burst arrives stretched."""

    kind: Literal["bandwidth"] = "bandwidth"
    bytes_per_second: int = Field(ge=1)

    def impose(self, effect: Effect) -> None:
        """Narrow."""
        effect.bandwidth = float(self.bytes_per_second)
