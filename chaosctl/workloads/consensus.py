"""The workload `consensus`: clients propose values, and ask in the end what was chosen."""

from random import Random
from typing import Any, ClassVar

from chaosctl.workloads import workload
from chaosctl.workloads.workload import Invocation, Outcome


class Consensus:
    """Clients `propose` values, all different, and are told the one that is chosen; at the end every learner is asked.

    `learn` is ok with the value that the node has learned, or null where it has learned none.
    """

    Options = workload.Options
    operations: ClassVar[tuple[str, ...]] = ("propose", "learn")
    idempotent: ClassVar[frozenset[str]] = frozenset({"learn"})

    def __init__(
        self, options: workload.Options, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]
    ) -> None:
        self.options = options
        self.learners = placement.get("learner", nodes)
        self._proposed = 0

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 (values are counted, not drawn)
        """Return a proposal of a value that nobody has proposed before."""
        self._proposed += 1
        return Invocation("propose", self._proposed)

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return a proposal of any value, or the question what is chosen, which takes none."""
        if (f == "propose") != (value is not None):
            raise ValueError("a propose takes a value, a learn takes none")
        return Invocation(f, value)

    def request(self, invocation: Invocation) -> dict[str, Any]:
        """Return the operation as a message."""
        if invocation.f == "learn":
            return {"type": "what_is_chosen"}
        return {"type": "propose", "value": invocation.value}

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:
        """Return the chosen value; a learner that does not know it may leave it out."""
        return Outcome("ok", reply.get("value") if invocation.f == "learn" else reply["value"])

    def final(self) -> list[Invocation]:
        """Return a question to every learner."""
        return [Invocation("learn", node=node, final=True) for node in self.learners]
