"""Crash: SIGKILL, or the like in simulation; and what the disk has kept when the node starts again."""

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from chaosctl.experiment.values import Moment, Range
from chaosctl.faults.holds import Holds
from chaosctl.faults.nodes import NodeFault
from chaosctl.faults.occurrence import Occurrence


class Crash(NodeFault):
    """Kills nodes, and starts them again `restart_after` later (else when `duration` or the load ends).

    `disk`: keep (all synced writes), lose-tail (a disk that lied: the last `lost` syncs are gone too) or wipe.
    """

    at_point: ClassVar[str] = "crash"

    kind: Literal["crash"] = "crash"
    restart_after: Moment | None = None
    disk: Literal["keep", "lose-tail", "wipe"] = "keep"
    lost: int = Field(1, ge=1)

    def hurts_servers(self) -> bool:
        """It may."""
        return True

    def done_by_nodes(self) -> str:
        """Return the key of a disk that lied: a node forgets by itself what its disk had lost."""
        return "disk" if self.disk == "lose-tail" else ""

    @field_validator("disk", mode="before")
    @classmethod
    def _refuse_torn_tail(cls, disk: Any) -> Any:
        if disk == "torn-tail":
            raise ValueError("torn-tail needs a log that can tear: here a sync is kept or lost whole; use lose-tail")
        return disk

    def held_for(self) -> Range | None:
        """As long as `restart_after` says."""
        return self.restart_after

    def lasts(self) -> Range | None:
        """As any fault, with `restart_after` for its length where there is one."""
        length = self.restart_after if self.restart_after is not None else self.duration
        return super(Crash, self.model_copy(update={"duration": length})).lasts()

    def apply(self, occurrence: Occurrence, holds: Holds) -> None:
        """Kill the targets."""
        for node in occurrence.aim.targets:
            holds.crash(node, occurrence, self.disk, self.lost if self.disk == "lose-tail" else 0)

    def heal(self, occurrence: Occurrence, holds: Holds) -> None:
        """Start them again."""
        for node in occurrence.aim.targets:
            holds.restart(node, occurrence)

    def details(self) -> dict[str, Any]:
        """Return what becomes of the disk."""
        return {"disk": self.disk} | ({"lost": self.lost} if self.disk == "lose-tail" else {})
