"""The workload `suspects`: clients ask monitors whom they suspect."""

from typing import Any, ClassVar

from chaosctl.workloads.question import Question
from chaosctl.workloads.workload import Invocation, Outcome


class Suspects(Question):
    """Clients ask `suspects`; an answer names the nodes that the monitor takes for dead at that moment."""

    operations: ClassVar[tuple[str, ...]] = ("suspects",)
    idempotent: ClassVar[frozenset[str]] = frozenset({"suspects"})

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:  # noqa: ARG002 (it has no value)
        """Return whom the monitor suspects."""
        return Outcome("ok", [str(node) for node in reply["suspected"]])
