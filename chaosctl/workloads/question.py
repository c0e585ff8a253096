"""What workloads have in common whose clients ask but one question, without a value: who leads, whom do you suspect."""

from random import Random
from typing import Any, ClassVar

from chaosctl.workloads import workload
from chaosctl.workloads.workload import Invocation


class Question:
    """The one operation in `operations`; its message has that name. What an answer means the workload says."""

    Options = workload.Options
    operations: ClassVar[tuple[str, ...]]

    def __init__(
        self, options: workload.Options, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]
    ) -> None:
        self.options = options
        self.nodes, self.placement = nodes, placement

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 (all clients ask the same)
        """Return the one question there is."""
        return Invocation(self.operations[0])

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return the question; it takes no value."""
        if value is not None:
            raise ValueError(f"{f} takes no value")
        return Invocation(f)

    def request(self, invocation: Invocation) -> dict[str, Any]:
        """Return the question as a message."""
        return {"type": invocation.f.replace("-", "_")}

    def final(self) -> list[Invocation]:
        """Return nothing: the load goes on to the end of the grace period, and says what there is to say."""
        return []
