"""What a runtime gives to a node: time, a way out for lines, and a disk. Patterns never see it.

`processes` implements it with stdin, stdout and SQLite (node/stdio.py), `simulation` with the event heap and memory.
"""

from collections.abc import Mapping
from typing import Protocol


class Disk(Protocol):
    """Where a node's store survives a crash. All values are bytes."""

    def load(self) -> dict[str, bytes]:
        """Return everything that completed syncs left; called once an incarnation, before init is answered."""

    async def commit(self, writes: Mapping[str, bytes | None]) -> None:
        """Make the writes durable, all or none (None deletes); returns when they are. Raises OSError if it failed."""


class Host(Protocol):
    """The runtime's side of one incarnation of one node."""

    disk: Disk

    def now_ns(self) -> int:
        """Return the run's true time in nanoseconds; the node applies its own clock's rate and offset."""

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds of true time."""

    def transmit(self, line: bytes) -> None:
        """Write one line (a JSON object, no newline) to the node's stdout, in order."""

    async def die(self, why: str) -> None:
        """Drain stdout, then end this incarnation at once, as a crash does. Does not return."""
