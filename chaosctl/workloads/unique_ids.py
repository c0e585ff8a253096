"""The workload `unique-ids`: clients ask for ids, and no two may be equal (Maelstrom's second workload)."""

from typing import Any, ClassVar

from chaosctl.workloads.question import Question
from chaosctl.workloads.workload import Invocation, Outcome


class UniqueIds(Question):
    """Clients send `generate`; the node answers `generate_ok` with an `id` of any kind that it never gave before."""

    operations: ClassVar[tuple[str, ...]] = ("generate",)
    idempotent: ClassVar[frozenset[str]] = frozenset()

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:  # noqa: ARG002 - there is one question.
        """Return the id."""
        if reply["type"] != "generate_ok":
            raise ValueError(f"the answer to generate is generate_ok, not {reply['type']}")
        return Outcome("ok", reply["id"])
