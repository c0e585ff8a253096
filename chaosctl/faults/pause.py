"""Pause: SIGSTOP and SIGCONT, or the like in simulation: a long garbage collection, a swapping host, a frozen VM."""

from typing import ClassVar, Literal

from chaosctl.faults.holds import Holds
from chaosctl.faults.nodes import NodeFault
from chaosctl.faults.occurrence import Occurrence


class Pause(NodeFault):
    """Stops nodes in their tracks for `duration`; what arrives meanwhile waits, and clocks go on."""

    hurts_servers: ClassVar[bool] = True

    kind: Literal["pause"] = "pause"

    def apply(self, occurrence: Occurrence, holds: Holds) -> None:
        """Stop the targets."""
        for node in occurrence.aim.targets:
            holds.pause(node, occurrence)

    def heal(self, occurrence: Occurrence, holds: Holds) -> None:
        """Let them go on."""
        for node in occurrence.aim.targets:
            holds.resume(node, occurrence)
