"""What a runtime gives to a node: time, a way out for lines, a disk, and an end. Patterns never see it.

`processes` implements it with stdin, stdout and SQLite (node/stdio.py), `simulation` with the event heap and memory.
What both must do alike is done above this line, in the node: its clock, disk faults that raise, the order of syncs.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Protocol

from trio.lowlevel import Abort

Park = Callable[[Callable[[Any], Abort]], Awaitable[None]]
"""trio.lowlevel.wait_task_rescheduled: waits until `trio.lowlevel.reschedule`, or calls that when it is cancelled."""


class Disk(Protocol):
    """Where a node's store survives a crash. All values are bytes; a commit is one completed sync."""

    def load(self, lost: int) -> dict[str, bytes]:
        """Return what completed syncs left, once an incarnation, before init is answered.

        `lost` is the fault lose-tail: first forget, for good, that many of the last syncs, each whole.
        """

    async def commit(self, writes: Mapping[str, bytes | None], seconds: float) -> None:
        """Make the writes durable, all or none (None deletes); returns when they are. Raises OSError if it failed.

        Never called twice at once, never with no writes. `seconds` is what `[disk] sync` and the fault `slow` ask of
        this commit: how long it takes in the simulation, how much longer in processes. A crash meanwhile leaves all
        of it or none.
        """


class Host(Protocol):
    """The runtime's side of one incarnation of one node."""

    disk: Disk

    @property
    def park(self) -> Park:
        """How one of the node's tasks waits until another lets it go on."""

    def now_ns(self) -> int:
        """Return the run's true time in nanoseconds; the node applies its own clock's rate and offset."""

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds of true time; may be cancelled."""

    def timeout(self, seconds: float) -> AbstractContextManager[Any]:
        """Return a trio cancel scope that is left after so many seconds of true time (a pause holds it back)."""

    def nursery(self) -> AbstractAsyncContextManager[Any]:
        """Return a nursery as trio's, where the node's tasks live."""

    def transmit(self, line: bytes) -> None:
        """Write one line (a JSON object, no newline) to the node's stdout, in order; nothing once this has ended."""

    def is_drained(self) -> bool:
        """Return whether no crash can lose a line transmitted so far (durable events are kept until then)."""

    async def die(self, why: str) -> None:
        """Drain stdout, say why on stderr, then end this incarnation at once, as a crash does. Does not return.

        Called from one of the node's own tasks, which is cancelled here where there is no process to kill.
        """

    def recall_points(self) -> Mapping[str, int]:
        """Return how often each armed point was passed in earlier incarnations (what `record_point` kept)."""

    def record_point(self, name: str, count: int) -> None:
        """Keep an armed point's count over all incarnations where no crash can lose it; cheap, and never waits."""
