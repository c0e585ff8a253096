"""Real time as a runtime keeps it: one heap of what is due, and one task that wakes for the first of it.

epoll counts whole milliseconds and rounds up, so an action runs up to 1 ms late; the router logs when it really ran.
"""

import heapq
import itertools
import math
import time
from collections.abc import Callable

import trio

TURN = 500
"""So many due actions run before everybody else has a turn."""


class DueAction:
    """An action on the heap; cancelled ones stay there until they would have been due."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], object]) -> None:
        self.action: Callable[[], object] | None = action

    def cancel(self) -> None:
        """Forget it; nothing happens where it has already run."""
        self.action = None


class Timers:
    """Counts nanoseconds from its making (`origin_ns` on CLOCK_MONOTONIC) and runs actions in order of time."""

    def __init__(self) -> None:
        self.origin_ns = time.monotonic_ns()
        self._heap: list[tuple[int, int, DueAction]] = []
        self._number = itertools.count()
        self._asleep: trio.CancelScope | None = None

    def now_ns(self) -> int:
        """Return nanoseconds since the making."""
        return time.monotonic_ns() - self.origin_ns

    def call_at(self, time_ns: int, action: Callable[[], object]) -> DueAction:
        """Have `run` call the action at that time; those of one instant in the order they were asked for."""
        due = DueAction(action)
        heapq.heappush(self._heap, (time_ns, next(self._number), due))
        if self._asleep is not None and self._heap[0][2] is due:
            self._asleep.deadline = self._next_deadline()
        return due

    async def sleep_until(self, time_ns: int) -> None:
        """Wait for a time; a time that has passed is a checkpoint."""
        await trio.lowlevel.checkpoint()
        while (left_ns := time_ns - self.now_ns()) > 0:  # noqa: ASYNC110 - trio's float may wake us a bit early.
            await trio.sleep(left_ns / 1e9)

    async def run(self) -> None:
        """Run what is due when it is due, until cancelled."""
        while True:
            with trio.CancelScope(deadline=self._next_deadline()) as self._asleep:
                await trio.sleep_forever()
            self._asleep = None
            self._run_due()

    def _run_due(self) -> None:
        now_ns = self.now_ns()
        for _ in range(TURN):
            if not self._heap or self._heap[0][0] > now_ns:
                return
            action = heapq.heappop(self._heap)[2].action
            if action is not None:
                action()

    def _next_deadline(self) -> float:
        if not self._heap:
            return math.inf
        return trio.current_time() + (self._heap[0][0] - self.now_ns()) / 1e9
