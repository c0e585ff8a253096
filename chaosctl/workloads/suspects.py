"""The workload `suspects`: clients ask monitors whom they suspect."""

from random import Random
from typing import Any, ClassVar

from chaosctl.workloads import workload
from chaosctl.workloads.workload import Invocation, Outcome


class Suspects:
    """Clients ask `suspects`; an answer names the nodes that the monitor takes for dead at that moment."""

    Options = workload.Options
    operations: ClassVar[tuple[str, ...]] = ("suspects",)
    idempotent: ClassVar[frozenset[str]] = frozenset({"suspects"})

    def __init__(
        self, options: workload.Options, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]
    ) -> None:
        self.options = options
        self.nodes, self.placement = nodes, placement

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 (all clients ask the same)
        """Return the one question there is."""
        return Invocation("suspects")

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return the question; it takes no value."""
        if value is not None:
            raise ValueError(f"{f} takes no value")
        return Invocation(f)

    def request(self, invocation: Invocation) -> dict[str, Any]:  # noqa: ARG002 (it has no value)
        """Return the question as a message."""
        return {"type": "suspects"}

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:  # noqa: ARG002 (it has no value)
        """Return whom the monitor suspects."""
        return Outcome("ok", [str(node) for node in reply["suspected"]])

    def final(self) -> list[Invocation]:
        """Return nothing: the load goes on to the end of the grace period, and says what there is to say."""
        return []
