"""Named points: before and after each call of a role, counted by name, and what happens at those that are armed.

`voter.vote:pre` is the call `vote` of the role `voter`, before it; which time it is counts over all incarnations of
the node. A crash at a point is exact, not timed: the node says so, drains its stdout and kills itself.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from chaosctl.node.host import Host
from chaosctl.node.settings import ArmedPoint

EVERY_POINT = "*"


class Point(NamedTuple):
    """The two names of one call."""

    pre: str
    post: str

    @staticmethod
    @lru_cache(maxsize=4096)  # A process has some hundred.
    def of(role: str, call: str) -> "Point":
        """Return the names of a role's call."""
        return Point(f"{role}.{call}:pre", f"{role}.{call}:post")


class Points:
    """All points of one incarnation."""

    def __init__(
        self,
        host: Host,
        armed: Iterable[ArmedPoint],
        say: Callable[[dict[str, object]], None],
        die: Callable[[str], Awaitable[None]],
    ) -> None:
        self._host, self._say, self._die = host, say, die
        self._earlier = dict(host.recall_points())
        self._counts: dict[str, int] = {}
        self._armed: dict[str, list[ArmedPoint]] = {}
        for point in armed:
            self.arm(point)

    def disarm(self) -> None:
        """Let every point pass from now on."""
        self._armed.clear()

    def arm(self, armed: ArmedPoint) -> None:
        """Arm a point from now on."""
        self._earlier[armed.name] = max(armed.seen, self._earlier.get(armed.name, 0))
        self._armed.setdefault(armed.name, []).append(armed)
        if passed := self._counts.get(armed.name, 0):  # Before it was armed: later incarnations count that, too.
            self._host.record_point(armed.name, self._earlier[armed.name] + passed)

    def passes(self, name: str) -> bool:
        """Count a point; True where something is armed there, and `act` must be awaited next."""
        self._counts[name] = self._counts.get(name, 0) + 1
        return bool(self._armed) and (name in self._armed or EVERY_POINT in self._armed)

    async def reach(self, name: str) -> None:
        """Pass a point, and do what is armed there; the hottest callers ask `passes` first, without a coroutine."""
        if self.passes(name):
            await self.act(name)

    async def act(self, name: str) -> None:
        """Do what is armed at the point that was just passed."""
        nth = self._earlier.get(name, 0) + self._counts[name]
        self._host.record_point(name, nth)  # First, so that a restart does not crash at the same one for ever.
        for armed in (*self._armed.get(name, ()), *self._armed.get(EVERY_POINT, ())):
            if armed.nth not in (nth, 0):
                continue
            self._say({"type": "point_reached", "point": name, "nth": nth, "action": armed.action})
            if armed.action == "crash":
                await self._die(f"crash at {name}#{nth}")
            elif armed.action == "stall":
                await self._host.sleep(armed.stall)
