"""Exclusive locks on the rows of one database: first come, first served, and nobody waits longer than the timeout."""

from collections.abc import Iterable

from chaosctl.node.clock import NodeClock
from chaosctl.node.host import Park
from chaosctl.node.role import LockTimeout
from chaosctl.node.waiters import Waiters


class RowLocks:
    """Who waits for which row; a row that is not here is free."""

    def __init__(self, park: Park, clock: NodeClock, timeout: float) -> None:
        self._park, self._clock, self._timeout = park, clock, timeout
        self._lines: dict[str, Waiters] = {}

    async def take(self, key: str) -> None:
        """Lock a row, waiting in line; raises LockTimeout when that takes longer than the lock timeout."""
        line = self._lines.get(key)
        if line is None:
            self._lines[key] = Waiters(self._park)
            return
        with self._clock.timeout(self._timeout):
            await line.wait()
            return  # The lock was handed over: the line was never without an owner.
        raise LockTimeout(f"the row {key} stayed locked for {self._timeout:g} s")

    def take_again(self, keys: Iterable[str]) -> None:
        """Lock the rows of a prepared transaction after a restart, when nobody else can hold them."""
        for key in keys:
            assert key not in self._lines, f"two prepared transactions hold {key}"
            self._lines[key] = Waiters(self._park)

    def release(self, keys: Iterable[str]) -> None:
        """Give each row to the next in line, or set it free."""
        for key in keys:
            if not self._lines[key].wake():
                del self._lines[key]
