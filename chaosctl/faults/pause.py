"""Pause: SIGSTOP and SIGCONT, or the like in simulation: a long garbage collection, a swapping host, a frozen VM."""

from typing import Literal

from chaosctl.faults.holds import Holds
from chaosctl.faults.nodes import NodeFault
from chaosctl.faults.occurrence import Occurrence


class Pause(NodeFault):
    """Stops nodes in their tracks for `duration`; what arrives meanwhile waits, and clocks go on."""

    kind: Literal["pause"] = "pause"

    def hurts_servers(self) -> bool:
        """It may."""
        return True

    def apply(self, occurrence: Occurrence, holds: Holds) -> None:
        """Stop the targets."""
        for node in occurrence.aim.targets:
            holds.pause(node, occurrence)

    def heal(self, occurrence: Occurrence, holds: Holds) -> None:
        """Let them go on."""
        for node in occurrence.aim.targets:
            holds.resume(node, occurrence)
