"""A primary and its backup that take silence for death: nobody has to be woken up, as long as links never fail.

The approach of `primary_backup` without its operator: a backup that hears nothing promotes itself, a primary that
hears nothing drops its backup. N. Budhiraja and others, "The Primary-Backup Approach" (1993), section 8.3, assume the
same: crash failures and links that always deliver in time.
Model: linearizable with crashes and messages that arrive within `silence`, of which the other copy is told alive.
Under a partition both go on alone, both acknowledge, and after the heal the writes of one of them are gone
(`discarded`): neither consistent nor, for whoever wrote there, available. It is here to be convicted.

What would surprise: silence counts only after a word was heard in this incarnation and view. A copy that comes back
while the other is down does not know what it has missed, and waits: that much two copies can do without a third.
"""

from chaosctl.node.pattern import Duration, Pattern
from chaosctl.patterns.replication.primary_backup import PrimaryBackupOptions
from chaosctl.patterns.replication.primary_backup_messages import Entry, View
from chaosctl.patterns.replication.primary_backup_server import Server


class NoPartitionOptions(PrimaryBackupOptions, frozen=True):
    """After how much silence the other copy is held for dead (`silence`), besides what `primary-backup` takes."""

    silence: Duration = 0.3


class TrustingServer(Server):
    """A copy that promotes itself."""

    async def start(self) -> None:
        """Come back as a server does, and watch the other copy."""
        await super().start()
        self.spawn(self.watch)

    async def watch(self) -> None:
        """Go on alone when the other copy of this view is silent."""
        while True:
            await self.sleep(self.options.heartbeat)
            if self.has_partner() and self.heard_at is not None and self.is_dead(self.now() - self.heard_at):
                self.go_alone()

    def has_partner(self) -> bool:
        """Return whether this node is one of two in the newest view."""
        return self.view == self.newest and bool(self.view.backup) and self.node_id in self.view

    def is_dead(self, silent_for: float) -> bool:
        """Return the fallacy: who has been silent for so long is dead."""
        return bool(silent_for > self.options.silence)


class AnswersFirst(TrustingServer):
    """Answers a write before the backup has it: a crash right after, and an acknowledged write is gone."""

    violates = "linearizable"

    async def settle_write(self, view: View, entries: dict[str, Entry]) -> None:
        """Wait for nobody."""


class KeepsOldCopy(TrustingServer):
    """Joins as the backup with the copy that it had: at the next crash it serves what was overwritten long ago."""

    violates = "linearizable"

    def replace(self, entries: dict[str, Entry]) -> None:
        """Keep what is here."""


NO_PARTITION = Pattern(
    name="no-partition",
    summary="Primary and backup that take silence for death: right under crashes, wrong under a partition",
    roles={"server": TrustingServer},
    workloads=("key-value",),
    checks=("linearizable", "leader-in-the-end"),
    options=NoPartitionOptions,
    leader_event="became_leader",
    stepped_down_event="stepped_down",
    broken={"answers-first": AnswersFirst, "keeps-old-copy": KeepsOldCopy},
    sometimes=("went_alone",),
)
