"""The workload `leadership`: clients ask who leads."""

from typing import Any, ClassVar

from chaosctl.workloads.question import Question
from chaosctl.workloads.workload import Invocation, Outcome


class Leadership(Question):
    """Clients ask `who-leads`; an answer names a leader that a majority confirmed after the question came."""

    operations: ClassVar[tuple[str, ...]] = ("who-leads",)
    idempotent: ClassVar[frozenset[str]] = frozenset({"who-leads"})

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:  # noqa: ARG002 (it has no value)
        """Return the leader and its term."""
        return Outcome("ok", {"leader": str(reply["leader"]), "term": int(reply["term"])})
