"""What a fault may do to a run: the conductor implements it, faults call it, and every call takes effect at once.

Nothing here waits: a crash is begun, a link is cut, in the instant of the call; what follows comes back as events.
"""

from collections.abc import Callable
from random import Random
from typing import Any, Protocol

from chaosctl.network.effects import Effect


class Control(Protocol):
    """The handles of a running system."""

    nodes: tuple[str, ...]
    servers: tuple[str, ...]
    placement: dict[str, tuple[str, ...]]
    random: Random

    def now_ns(self) -> int:
        """Return the run's time."""

    def call_at(self, time_ns: int, action: Callable[[], object]) -> Any:
        """Run an action at that time of the run."""

    def leaders(self) -> list[str]:
        """Return the live nodes that lead, the one of the highest term first (the latest of equals)."""

    def live(self) -> list[str]:
        """Return the nodes and servers that are up, paused ones included."""

    def crash(self, node: str) -> None:
        """Kill a node now; what is in flight to it is dropped as it arrives."""

    def restart(self, node: str, disk: str = "keep", lost: int = 1) -> None:
        """Start a killed node again once it is gone: disk "keep", "lose-tail" (the last `lost` syncs) or "wipe"."""

    def pause(self, node: str) -> None:
        """Stop a node in its tracks; its clock goes on, and what arrives waits."""

    def resume(self, node: str) -> None:
        """Let a paused node go on."""

    def fill(self, server: str) -> None:
        """Leave no room on a server's disk."""

    def free(self, server: str) -> None:
        """Give a server's disk its room again."""

    def tell(self, node: str, body: dict[str, Any]) -> None:
        """Send a body from `runner` to a node, past the network."""

    def arm(self, node: str, point: str, nth: int, action: str, stall: float) -> None:
        """Arm a named point (name without node and occurrence) on a node, for this and later incarnations."""

    def add_effect(self, effect: Effect) -> int:
        """Put an effect on links; returns a handle. Its `touched` counts the messages it hurt."""

    def remove_effect(self, handle: int) -> Effect:
        """Take an effect off again and return it."""

    def home(self, name: str) -> str | None:
        """Return the node on whose side a node or client is (itself for a node, node i mod N for client i)."""
