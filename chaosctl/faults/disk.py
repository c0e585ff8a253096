"""Disk: syncs that crawl, fail, or find no room; what a crash leaves of a disk is the crash's own key."""

from typing import Any, Literal

from pydantic import field_validator, model_validator

from chaosctl.experiment.values import Duration
from chaosctl.faults.holds import Holds
from chaosctl.faults.nodes import NodeFault
from chaosctl.faults.occurrence import Occurrence


class Disk(NodeFault):
    """Spoils nodes' disks by `mode`: slow (each sync takes `sync` more), fsync-error or full (the next sync kills).

    A node that died of it starts again when the fault ends. `full` may aim at a database server too ("n2-db"), which
    then has its data on a small disk from the start: root on Linux only.
    """

    kind: Literal["disk"] = "disk"
    mode: Literal["slow", "fsync-error", "full"]
    sync: Duration | None = None

    def done_by_nodes(self) -> str:
        """Return the kind: a node does it to itself."""
        return "kind"

    @field_validator("mode", mode="before")
    @classmethod
    def _refuse_what_a_crash_does(cls, mode: Any) -> Any:
        if mode in ("lose-tail", "torn-tail", "wipe"):
            raise ValueError(f'{mode} is seen after a crash: use kind = "crash" with disk = "lose-tail" or "wipe"')
        return mode

    @model_validator(mode="after")
    def _check_sync(self) -> "Disk":
        if (self.mode == "slow") != (self.sync is not None):
            raise ValueError('`sync` (what a sync takes more) goes with mode = "slow", and that with it')
        return self

    def hurts_servers(self) -> bool:
        """It may, where it is full: a server's disk is the machine's."""
        return self.mode == "full"

    def apply(self, occurrence: Occurrence, holds: Holds) -> None:
        """Tell the targets what is wrong with their disks."""
        what = {"slow": self.sync} if self.mode == "slow" else {self.mode.replace("-", "_"): True}
        for node in occurrence.aim.targets:
            if node in holds.control.servers:
                holds.fill(node, occurrence)
            else:
                holds.tell(node, occurrence, {"type": "disk", **what})

    def heal(self, occurrence: Occurrence, holds: Holds) -> None:
        """Mend the disks, and start again who died of them."""
        for node in occurrence.aim.targets:
            if node in holds.control.servers:
                holds.free(node, occurrence)
            else:
                holds.untell(node, occurrence, {"type": "disk", "heal": True})
                holds.revive(node)

    def details(self) -> dict[str, Any]:
        """Return what is wrong with the disk."""
        return {"mode": self.mode} | ({"sync": self.sync} if self.sync is not None else {})
