"""A node's disk in memory: it survives incarnations, and forgets what was not synced.

A sync is all or nothing, also when a crash comes in the middle of it: then a coin from the seed decides. What each
completed sync replaced is kept, so that lose-tail can undo the last ones, each whole (DESIGN section 3).
"""

from collections import deque
from collections.abc import Callable, Mapping
from random import Random
from typing import TYPE_CHECKING

from chaosctl.runtimes.virtual_clock import Due, to_ns

if TYPE_CHECKING:
    from chaosctl.runtimes.simulated_node import SimulatedHost

UNDO_KEPT = 10_000
"""So many last syncs can be undone; lose-tail of more undoes these."""

Writes = Mapping[str, bytes | None]


class MemoryDisk:
    """What completed syncs left of one node, over all its incarnations."""

    def __init__(self, random: Callable[[], Random]) -> None:
        self._random = random
        self._kept: dict[str, bytes] = {}
        self._undo: deque[Writes] = deque(maxlen=UNDO_KEPT)
        self._in_flight: Writes | None = None

    def load(self, lost: int) -> dict[str, bytes]:
        """Undo the last `lost` completed syncs for good (lose-tail), and return what is left, in order of key."""
        for _ in range(min(lost, len(self._undo))):
            self._apply(self._undo.pop())
        return dict(sorted(self._kept.items()))

    def begin(self, writes: Writes) -> None:
        """Begin a sync; a crash before `finish` leaves all of it or none."""
        assert self._in_flight is None, "the store begins one sync at a time"
        self._in_flight = dict(writes)

    def finish(self) -> None:
        """Make the sync that was begun durable."""
        assert self._in_flight is not None, "only a sync that was begun can finish"
        writes, self._in_flight = self._in_flight, None
        self._undo.append({key: self._kept.get(key) for key in writes})
        self._apply(writes)

    def crash(self) -> None:
        """Lose the power: of a sync in flight all or nothing is there afterwards."""
        if self._in_flight is not None:
            if self._random().getrandbits(1):
                self.finish()
            self._in_flight = None

    def wipe(self) -> None:
        """Forget everything, as a new disk."""
        self._kept.clear()
        self._undo.clear()

    def _apply(self, writes: Writes) -> None:
        for key, value in writes.items():
            if value is None:
                self._kept.pop(key, None)
            else:
                self._kept[key] = value


class SimulatedDisk:
    """The face of a memory disk for one incarnation: a commit takes time, and a crash may come meanwhile."""

    def __init__(self, host: "SimulatedHost", disk: MemoryDisk) -> None:
        self._host = host
        self._disk = disk
        self._finish: Due | None = None

    def load(self, lost: int) -> dict[str, bytes]:
        """Return what completed syncs left, less the last `lost` of them."""
        return self._disk.load(lost)

    async def commit(self, writes: Mapping[str, bytes | None], seconds: float) -> None:
        """Make the writes durable after so many seconds; a pause of the node does not stop its disk."""
        self._host.refuse_the_dead()
        self._disk.begin(writes)
        done_ns = self._host.clock.now_ns + to_ns(seconds)
        self._finish = self._host.clock.call_at(done_ns, self._disk.finish)
        await self._host.wait(done_ns)

    def crash(self) -> None:
        """Lose the power: of a commit in flight all or nothing is kept."""
        if self._finish is not None:
            self._finish.cancel()
        self._disk.crash()
