"""The handles of a running system that faults pull: crash, cut, tell; each takes effect in the instant of the call."""

from collections.abc import Callable
from random import Random
from typing import Any

import msgspec

from chaosctl.network.effects import Effect
from chaosctl.node.settings import ArmedPoint
from chaosctl.runtimes.journal import Journal
from chaosctl.runtimes.members import Members
from chaosctl.runtimes.router import Router
from chaosctl.runtimes.runtime import Runtime
from chaosctl.runtimes.servers import Servers


class Handles:
    """Implements faults.control.Control over a runtime."""

    def __init__(  # noqa: PLR0913 - here meets all that a fault may pull.
        self,
        runtime: Runtime,
        journal: Journal,
        members: Members,
        router: Router,
        *,
        servers: Servers,
        placement: dict[str, tuple[str, ...]],
        random: Random,
    ) -> None:
        self.nodes = members.names
        self.servers = servers.names
        self._servers = servers
        self.placement = placement
        self.random = random
        self._runtime, self._journal, self._members, self._router = runtime, journal, members, router

    def now_ns(self) -> int:
        """Return the run's time."""
        return self._journal.now_ns()

    def call_at(self, time_ns: int, action: Callable[[], object]) -> Any:
        """Run an action at that time of the run."""
        return self._runtime.call_at(time_ns + (self._journal.zero_ns or 0), action)

    def leaders(self) -> list[str]:
        """Return the live nodes that lead, the highest term first."""
        return self._members.leaders()

    def live(self) -> list[str]:
        """Return the nodes that are up, paused ones included."""
        return [*self._members.live(), *self._servers.live()]

    def crash(self, node: str) -> None:
        """Kill a node now."""
        self._owner(node).kill(node)

    def restart(self, node: str, disk: str = "keep", lost: int = 1) -> None:
        """Start a killed node again once it is gone, over what its disk is said to have kept."""
        if node in self.servers:
            self._servers.restart(node)
        else:
            self._members.restart(node, lost=lost if disk == "lose-tail" else 0, wipe=disk == "wipe")

    def pause(self, node: str) -> None:
        """Stop a node in its tracks."""
        self._owner(node).pause(node)

    def resume(self, node: str) -> None:
        """Let a paused node go on."""
        self._owner(node).resume(node)

    def fill(self, server: str) -> None:
        """Leave no room on a server's disk."""
        self._servers.fill(server)

    def free(self, server: str) -> None:
        """Give a server's disk its room again."""
        self._servers.free(server)

    def tell(self, node: str, body: dict[str, Any]) -> None:
        """Send a body from the runner to a node; a failing disk makes the node's death the fault's."""
        if body.get("fsync_error") or body.get("full"):
            self._members.condemn(node)
        elif body["type"] == "disk" and body.get("heal"):
            self._members.mend(node)
        self._members.tell(node, body)

    def arm(self, node: str, point: str, nth: int, action: str, stall: float) -> None:
        """Arm a named point on a node, for this and later incarnations."""
        self._members.arm(
            node, msgspec.convert({"name": point, "nth": nth, "action": action, "stall": stall}, ArmedPoint)
        )

    def add_effect(self, effect: Effect) -> int:
        """Put an effect on links."""
        return self._router.network.add_effect(effect)

    def remove_effect(self, handle: int) -> Effect:
        """Take an effect off again; what it held goes on its way."""
        effect, released = self._router.network.remove_effect(handle, self._runtime.now_ns())
        self._router.release(released)
        return effect

    def home(self, name: str) -> str | None:
        """Return the node on whose side a node or client is."""
        return self._router.home(name)

    def _owner(self, name: str) -> Members | Servers:
        return self._servers if name in self.servers else self._members
