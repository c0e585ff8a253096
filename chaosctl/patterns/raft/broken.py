"""Mistakes that people make in Raft's log; each overrides one step of the replica."""

from chaosctl.patterns.raft.replica import Replica


class CommitsOldTerms(Replica):
    """Commits an entry of an earlier term by counting who has it: a leader that lacks it can still win (figure 8)."""

    violates = "leader-completeness"

    def may_commit(self, index: int) -> bool:  # noqa: ARG002 (that its term does not matter is the mistake)
        """Return yes."""
        return True


class AppendsUnsynced(Replica):
    """Answers AppendEntries from memory: an entry is committed, and a crash forgets it."""

    violates = "linearizable"

    async def keep_entries(self) -> None:
        """Leave the entries to whatever sync comes next."""
