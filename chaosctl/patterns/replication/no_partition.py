"""A primary and its backup that take silence for death: nobody has to be woken up, as long as links never fail.

The approach of `primary_backup` without its operator: a backup that hears nothing promotes itself, a primary that
hears nothing drops its backup. N. Budhiraja and others, "The Primary-Backup Approach" (1993), section 8.3, assume the
same: crash failures and links that always deliver in time.
Model: linearizable with crashes and messages that come before the other copy is suspected.
Under a partition both go on alone, both acknowledge, and after the heal the writes of one of them are gone
(`discarded`): neither consistent nor, for whoever wrote there, available. It is here to be convicted.

What would surprise: silence counts only after a word was heard in this incarnation and view. A copy that comes back
while the other is down does not know what it has missed, and waits: that much two copies can do without a third. A
doubled write is done twice, also where its first copy was refused.
"""

from typing import Literal

from chaosctl.node.pattern import Duration, Pattern
from chaosctl.patterns.replication.primary_backup import PrimaryBackupOptions
from chaosctl.patterns.replication.primary_backup_messages import Entry, View
from chaosctl.patterns.replication.primary_backup_server import Server


class NoPartitionOptions(PrimaryBackupOptions, frozen=True):
    """What `primary-backup` takes, with an automatic switch: a copy that is suspected is held for dead."""

    switch: Literal["manual", "automatic"] = "automatic"
    suspect: Duration = 0.3


class AnswersFirst(Server):
    """Answers a write before the backup has it: a crash right after, and an acknowledged write is gone."""

    violates = "linearizable"

    async def settle_write(self, view: View, entries: dict[str, Entry]) -> None:
        """Wait for nobody."""


class KeepsOldCopy(Server):
    """Joins as the backup with the copy that it had: at the next crash it serves what was overwritten long ago."""

    violates = "linearizable"

    def replace(self, entries: dict[str, Entry]) -> None:
        """Keep what is here."""


NO_PARTITION = Pattern(
    name="no-partition",
    summary="Primary and backup that take silence for death: right under crashes, wrong under a partition",
    roles={"server": Server},
    workloads=("key-value",),
    checks=("linearizable", "leader-in-the-end"),
    options=NoPartitionOptions,
    leader_event="became_leader",
    stepped_down_event="stepped_down",
    broken={"answers-first": AnswersFirst, "keeps-old-copy": KeepsOldCopy},
    sometimes=("went_alone",),
)
