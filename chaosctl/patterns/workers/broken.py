"""Mistakes that people make with leaders and workers; each overrides one step of one role."""

from chaosctl.patterns.workers.messages import Entry, Held
from chaosctl.patterns.workers.supervisor import Supervisor
from chaosctl.patterns.workers.worker import Worker


class TableInMemory(Supervisor):
    """Keeps the table in memory alone: a leader that comes back knows of nothing."""

    violates = "no-task-lost"

    def keep(self, entry: Entry) -> None:
        """Have an entry until the next crash."""
        self.entries[entry.task] = entry


class TakesTwice(Supervisor):
    """Lets every run count that is reported: a worker thought dead comes back, and its task is done a second time."""

    violates = "one-effect-a-task"

    def is_due(self, entry: Entry, held: Held) -> bool:
        """Return whether this very run has not counted yet."""
        return held.run != entry.run


class SwitchesByItself(Supervisor):
    """Takes over when the leader is silent, although only a person may order it."""

    violates = "manual-means-manual"

    def may_switch(self) -> bool:
        """Return yes."""
        return True


class IgnoresEpochs(Worker):
    """Does what it is told by whoever says it: a deposed leader's orders, late on the network, are carried out."""

    violates = "obedience"

    def is_over(self, epoch: int) -> bool:  # noqa: ARG002 (that it does not matter is the mistake)
        """Return no."""
        return False
