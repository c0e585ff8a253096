"""The workload `tasks`: clients hand in tasks and wait until they are done; an audit in the end lists what was done."""

from itertools import count
from random import Random
from typing import Any, ClassVar

from chaosctl.workloads import workload
from chaosctl.workloads.workload import Invocation, Outcome


class Tasks:
    """Clients hand in tasks (`task`), each with a number of its own, and are told which run of it counts.

    One audit through every node ends the run: which run of every task was done.
    """

    Options = workload.Options
    operations: ClassVar[tuple[str, ...]] = ("task", "audit")
    idempotent: ClassVar[frozenset[str]] = frozenset({"audit"})

    def __init__(
        self, options: workload.Options, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]
    ) -> None:
        self.options = options
        self.nodes, self.placement = nodes, placement
        self._next_task = count(1)

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 (all clients do alike)
        """Return the next task."""
        return Invocation("task", next(self._next_task))

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return a task by its number, or an audit, which takes no value."""
        if f == "task" and not isinstance(value, int):
            raise ValueError("a task takes its number")
        if f == "audit" and value is not None:
            raise ValueError("an audit takes no value")
        return Invocation(f, value)

    def request(self, invocation: Invocation) -> dict[str, Any]:
        """Return the operation as a message."""
        return {"type": "audit"} if invocation.f == "audit" else {"type": "submit", "task": invocation.value}

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:
        """Return the task with the run that counts, or all that was done, task by task."""
        if invocation.f == "task":
            return Outcome("ok", {"task": invocation.value, "run": str(reply["run"])})
        return Outcome("ok", {str(task): str(run) for task, run in reply["runs"].items()})

    def final(self) -> list[Invocation]:
        """Return an audit through every node."""
        return [Invocation("audit", node=node, final=True) for node in self.nodes]
