"""Tasks that wait in line for one thing; first come, first served.

trio's ParkingLot with what a node asks of it and no more: no owner that breaks it, no counting, no statistics. A run of
milliseconds makes dozens.
"""

from typing import Any

from trio.lowlevel import Abort, Task, current_task, reschedule

from chaosctl.node.host import Park


class Waiters:
    """A line of tasks; a task that is cancelled leaves it."""

    __slots__ = ("_park", "_tasks")

    def __init__(self, park: Park) -> None:
        self._park = park
        self._tasks: dict[Task, None] = {}

    async def wait(self) -> None:
        """Wait until it is this task's turn."""
        task, tasks = current_task(), self._tasks
        tasks[task] = None

        def leave(_raise_cancel: Any) -> Abort:
            del tasks[task]
            return Abort.SUCCEEDED

        await self._park(leave)

    def wake(self) -> bool:
        """Let the first in line go on; False where nobody waits."""
        for task in self._tasks:
            del self._tasks[task]
            reschedule(task)
            return True
        return False

    def wake_all(self) -> None:
        """Let all go on, in their order."""
        while self.wake():
            pass
