"""The workload `fenced-work`: clients ask for work that only a leader may do, under its term."""

from typing import Any, ClassVar

from chaosctl.workloads.question import Question
from chaosctl.workloads.workload import Invocation, Outcome


class FencedWork(Question):
    """Clients ask for `work`; an answer says who did it, under which token, and as which in the resource's order."""

    operations: ClassVar[tuple[str, ...]] = ("work",)
    idempotent: ClassVar[frozenset[str]] = frozenset()

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:  # noqa: ARG002 (it has no value)
        """Return who did it, under which token, and its place in the resource's order."""
        done = {"holder": str(reply["holder"]), "token": int(reply["token"]), "position": int(reply["position"])}
        return Outcome("ok", done)
