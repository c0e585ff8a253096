"""What a runtime is: where nodes live, and whose time it is. The conductor (conductor.py) drives either alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from chaosctl.node.settings import Settings


@dataclass(frozen=True)
class Launch:
    """How to start one incarnation of a node: our own pattern, or a user's command (argv), with its settings.

    `wipe` says that the node's disk is empty from now on (settings.lose_tail that it lost its last syncs).
    `leaves_group`: its children lead sessions of their own, as PostgreSQL's do, and are signalled one by one.
    """

    node: str
    incarnation: int
    command: tuple[str, ...] | None
    settings: Settings
    wipe: bool = False
    leaves_group: bool = False


class Timer(Protocol):
    """Something due at a time."""

    def cancel(self) -> None:
        """Forget it; nothing happens where it has already run."""


class Runtime(Protocol):
    """The one face of both runtimes.

    Callbacks are set by the conductor before anything starts; they are never called from inside `deliver`, `kill` or
    `start`, but from the runtime's own loop, in the order of events.

    `on_line(node, line)`: a node wrote a line (without its newline).
    `on_exit(node, incarnation, status)`: that incarnation is gone and all it wrote has been passed on; negative
    statuses are signals.
    `on_problem(node, why, line)`: what a node wrote is no line: "line-too-long" (with its beginning; the rest is
    skipped) or "unfinished-line" (the node ended by itself in the middle of it).
    """

    name: str
    on_line: Callable[[str, bytes], None]
    on_exit: Callable[[str, int, int], None]
    on_problem: Callable[[str, str, bytes], None]

    def now_ns(self) -> int:
        """Return nanoseconds since the runtime began (the conductor subtracts time 0)."""

    def call_at(self, time_ns: int, action: Callable[[], object], rank: int = 0) -> Timer:
        """Run an action at that time; those of one instant by rank, then in the order they were asked for."""

    async def sleep_until(self, time_ns: int) -> None:
        """Wait for a time."""

    def start(self, launch: Launch) -> None:
        """Begin to start an incarnation; its `init_ok` tells that it is ready. Raises RunBroke if it can't be."""

    def kill(self, node: str) -> None:
        """SIGKILL the node's whole group (or the like); `on_exit` follows. No call of this loses lines it wrote."""

    def pause(self, node: str) -> None:
        """SIGSTOP: nothing of the node runs until `resume`."""

    def resume(self, node: str) -> None:
        """SIGCONT."""

    def deliver(self, node: str, line: bytes) -> bool:
        """Hand a line to the node's inbox; False where 10,000 wait there unread already."""

    def inbox_left(self, node: str) -> int:
        """Return how many delivered lines the node's last incarnation left unread when it died."""

    def stderr_edges(self, node: str) -> list[str]:
        """Return the first and the last line that the node's last incarnation wrote to stderr; fewer where it did."""

    def random_seed(self) -> int:
        """Return the run's seed, from which every stream of randomness is derived by name."""
