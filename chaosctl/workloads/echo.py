"""The workload `echo`: clients send something and want it back (Maelstrom's first workload)."""

from random import Random
from typing import Any, ClassVar

from chaosctl.workloads import workload
from chaosctl.workloads.workload import Invocation, Outcome


class Echo:
    """Clients send `echo` with a text of its own each time; the node answers `echo_ok` with the same text.

    It asks nothing of a system but that its nodes live and answer: the workload to try a new node with.
    """

    Options = workload.Options
    operations: ClassVar[tuple[str, ...]] = ("echo",)
    idempotent: ClassVar[frozenset[str]] = frozenset({"echo"})

    def __init__(
        self, options: workload.Options, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]
    ) -> None:
        self.options = options
        self.nodes, self.placement = nodes, placement
        self._sent = 0

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 (texts are counted, not drawn)
        """Return an echo of a text that no operation had before, so that answers can't be mistaken."""
        self._sent += 1
        return Invocation("echo", f"Please echo {self._sent}")

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return an echo of any value."""
        return Invocation(f, value)

    def request(self, invocation: Invocation) -> dict[str, Any]:
        """Return the text as a message."""
        return {"type": "echo", "echo": invocation.value}

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:  # noqa: ARG002 (the check compares)
        """Return what came back, right or wrong."""
        if reply["type"] != "echo_ok":
            raise ValueError(f"the answer to echo is echo_ok, not {reply['type']}")
        if "echo" not in reply:
            raise ValueError("an echo_ok without `echo`")
        return Outcome("ok", reply["echo"])

    def final(self) -> list[Invocation]:
        """Return nothing: an echo leaves nothing that could be read."""
        return []
