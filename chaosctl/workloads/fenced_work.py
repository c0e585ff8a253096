"""The workload `fenced-work`: clients ask for work that only the holder of a lease may do."""

from random import Random
from typing import Any, ClassVar

from chaosctl.workloads import workload
from chaosctl.workloads.workload import Invocation, Outcome


class FencedWork:
    """Clients ask for `work`; an answer says who did it, under which token, and as which in the resource's order."""

    Options = workload.Options
    operations: ClassVar[tuple[str, ...]] = ("work",)
    idempotent: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self, options: workload.Options, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]
    ) -> None:
        self.options = options
        self.nodes, self.placement = nodes, placement

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 (all clients ask the same)
        """Return a piece of work."""
        return Invocation("work")

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return a piece of work; it takes no value."""
        if value is not None:
            raise ValueError(f"{f} takes no value")
        return Invocation(f)

    def request(self, invocation: Invocation) -> dict[str, Any]:  # noqa: ARG002 (it has no value)
        """Return the request as a message."""
        return {"type": "work"}

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:  # noqa: ARG002 (it has no value)
        """Return who did it, under which token, and its place in the resource's order."""
        done = {"holder": str(reply["holder"]), "token": int(reply["token"]), "position": int(reply["position"])}
        return Outcome("ok", done)

    def final(self) -> list[Invocation]:
        """Return nothing: the load goes on to the end of the grace period."""
        return []
