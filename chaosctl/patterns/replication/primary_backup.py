"""The pattern `primary-backup`, and what can be left out of it: the rules themselves are in `primary_backup_server`."""

from typing import Literal

from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.pattern import Duration, Pattern
from chaosctl.patterns.failure_detector import DetectorOptions
from chaosctl.patterns.replication.primary_backup_messages import Entry, Replicate, ReplicateOk, View
from chaosctl.patterns.replication.primary_backup_server import Server


class PrimaryBackupOptions(DetectorOptions, frozen=True):
    """When a write is answered (`mode`), how often a primary announces itself and waits for its backup's word.

    `lag` is how long an asynchronous primary gathers writes before it copies them. `switch`: "manual" (a
    person promotes) or "automatic" (who is suspected is held for dead; `no-partition` is this pattern with it).
    `detector`: "fixed" (suspects after `suspect`) or "phi-accrual" (at `phi`, by the gaps so far).
    """

    mode: Literal["synchronous", "asynchronous"] = "synchronous"
    heartbeat: Duration = 0.03
    patience: Duration = 0.15
    lag: Duration = 0.1
    switch: Literal["manual", "automatic"] = "manual"


class ReadsAlone(Server):
    """Reads without asking the backup: a primary that was deposed behind its back shows old values."""

    violates = "linearizable"

    async def settle_read(self, view: View, seen: dict[str, Entry]) -> None:
        """Ask nobody."""


class NoFence(Server):
    """Takes copies from any primary, also one of an older view: the old one never learns that it is deposed."""

    violates = "linearizable"

    def accepts(self, copy: Replicate) -> bool:
        """Take no notice of the view."""
        return bool(copy.view)


class AcknowledgesFirst(Server):
    """A backup that says it has a write before that is on its disk: it crashes, is promoted, and does not have it."""

    violates = "linearizable"

    async def on_replicate(self, copy: Replicate) -> None:
        """Keep it in memory, and say that it is stored."""
        if not self.accepts(copy):
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, f"in view {self.view.number}")
        self.keep(copy.entries)
        await self.reply(copy, ReplicateOk())


PRIMARY_BACKUP = Pattern(
    name="primary-backup",
    summary="Two copies, both or no answer; a person promotes the backup",
    roles={"server": Server},
    workloads=("key-value",),
    checks=("linearizable", "election-safety", "leader-in-the-end"),
    options=PrimaryBackupOptions,
    leader_event="became_leader",
    stepped_down_event="stepped_down",
    broken={"reads-alone": ReadsAlone, "no-fence": NoFence, "acknowledges-first": AcknowledgesFirst},
    sometimes=("stepped_down",),  # Promotions and what they discard happen only where somebody orders them.
)
