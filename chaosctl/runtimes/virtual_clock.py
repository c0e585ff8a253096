"""The clock of a simulation: it owns every event to come, and moves time only when no task can run.

trio asks its clock how long to sleep exactly when nothing is runnable. There the next event is taken off the heap, time
is set to its instant, and it is run; tasks that it wakes run to their next wait before the event after it. trio's own
deadlines (cancel scopes) compete with the heap; of one instant a coin decides. Inside, time is int nanoseconds.

Where neither events nor deadlines are left the run can never go on: a deadlock, and the run is ended with that reason.
Nothing is raised inside trio's calls, for that would be a TrioInternalError: the main task is cancelled instead.
"""

import math
from collections.abc import Callable
from heapq import heappop, heappush
from random import Random
from typing import Any

import trio
from trio.lowlevel import Abort, current_task, reschedule

from chaosctl.errors import RunBroke
from chaosctl.runtimes._trio_private import runnable_tasks, wait

SECOND_NS = 1_000_000_000
NEVER_NS = 1 << 62

STEPS_AT_ONE_INSTANT = 1_000_000
"""So many events and scheduler passes without time moving are a loop that never waits."""

STEPS_TO_TIDY_UP = 100_000
"""So many more it has to end in order; then it is ended without."""

EVENTS_IN_A_RUN = 1 << 42
"""More than any run has: rank and number make one int, which a heap compares fastest."""

EVENTS_WAITING = 100_000
"""So many events to come are a run-away, messages that beget messages, and take hundreds of megabytes."""


def to_ns(seconds: float) -> int:
    """Return seconds in whole nanoseconds."""
    return round(seconds * SECOND_NS)


class LimitReached(RunBroke):
    """A simulation was ended by one of its limits: a deadlock, a loop that never waits, a run-away."""


class Due:
    """Something that will happen at an instant, unless it is cancelled before."""

    __slots__ = ("is_off",)

    def __init__(self) -> None:
        self.is_off = False

    def run(self) -> None:
        """Do what is due."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Forget it; nothing happens where it has already run."""
        self.is_off = True

    def abort(self, _raise_cancel: Any) -> Abort:
        """Forget it because the task that waits for it is cancelled."""
        self.is_off = True
        return Abort.SUCCEEDED


class Action(Due):
    """A function that will be called."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[], object]) -> None:
        self.is_off = False
        self._function = function

    def run(self) -> None:
        """Call it."""
        self._function()


class Wakeup(Due):
    """A task that will go on."""

    __slots__ = ("_task",)

    def __init__(self) -> None:
        self.is_off = False
        self._task = current_task()

    def run(self) -> None:
        """Let it go on."""
        reschedule(self._task)


class VirtualClock(trio.abc.Clock):
    """A heap of events in order of time, of rank, then of asking. `now_ns` is read freely and set here alone."""

    def __init__(self, random: Callable[[], Random]) -> None:
        self.now_ns = 0
        self.failure: BaseException | None = None
        self.scope = trio.CancelScope()
        self.is_over = False
        self.steps_at_most = STEPS_AT_ONE_INSTANT
        self._random = random
        self._heap: list[tuple[int, int, Due]] = []
        self._asked = 0
        self.steps = 0

    def call_at(self, time_ns: int, action: Callable[[], object], rank: int = 0) -> Due:
        """Run an action at that time, or at this instant where that is past; those of one instant by rank, in order."""
        due = Action(action)  # As `put` does, without the call: most events come by here.
        self._asked += 1
        order = rank * EVENTS_IN_A_RUN + self._asked
        heappush(self._heap, (time_ns if time_ns > self.now_ns else self.now_ns, order, due))
        if len(self._heap) > EVENTS_WAITING:
            self._run_away()
        return due

    def put(self, time_ns: int, due: Due, rank: int = 0) -> None:
        """Have an event run at that time, as `call_at` does an action."""
        self._asked += 1
        order = rank * EVENTS_IN_A_RUN + self._asked
        heappush(self._heap, (time_ns if time_ns > self.now_ns else self.now_ns, order, due))
        if len(self._heap) > EVENTS_WAITING:
            self._run_away()

    async def sleep_until(self, time_ns: int) -> None:
        """Wait for a time; where it is past, for all that was asked for at this instant before."""
        wakeup = Wakeup()
        self.put(time_ns, wakeup)
        await wait(wakeup.abort)

    def forget_all(self) -> None:
        """Forget every event to come: the run is at its end, and what is left of it only tidies up."""
        self._heap.clear()

    def end(self, failure: BaseException) -> None:
        """End the run: the main task is cancelled, and the first failure is what is raised in its place."""
        if self.failure is None:
            self.failure = failure
        self.scope.cancel()

    def end_by_limit(self, what: str) -> None:
        """End the run with LimitReached."""
        self.end(LimitReached(f"the simulation was ended: {what}"))

    def start_clock(self) -> None:
        """Begin a run; trio calls it."""
        self._runnable = runnable_tasks()

    def current_time(self) -> float:
        """Return the time in seconds; trio calls it once a pass, so passes are counted here."""
        self.steps += 1
        if self.steps > self.steps_at_most:
            assert self.steps <= self.steps_at_most + STEPS_TO_TIDY_UP, "what never waits shields itself from the end"
            self.end_by_limit(
                f"{self.steps_at_most:,} steps at {self._now()}, without time moving: something never waits"
            )
        return self.now_ns / SECOND_NS

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Run events until a task is runnable or trio's next deadline has come, and return 0: sleep no real time.

        Events do not move trio's deadlines, so that the one given holds for all of them.
        """
        try:
            reached_ns = self._run_events(_deadline_ns(deadline))
        except BaseException as failure:  # Not swallowed: run_simulated raises it outside of trio.
            self.end(failure)
            return 0
        if reached_ns == NEVER_NS and not self.is_over:  # When it is over, trio waits for a word to itself.
            assert not self.scope.cancel_called, "a task shields itself from the end of the run, and waits forever"
            self.end_by_limit(f"deadlock at {self._now()}: every task waits, and nothing is to come")
        return 0

    def _run_events(self, deadline_ns: int) -> int:
        """Run events until a task is runnable or the deadline comes first; returns the time, or NEVER_NS."""
        heap, runnable = self._heap, self._runnable
        while not runnable:
            if not heap or heap[0][0] > deadline_ns or (heap[0][0] == deadline_ns and self._random().getrandbits(1)):
                return self._reach(deadline_ns)
            time_ns, _, due = heappop(heap)
            if not due.is_off:
                if time_ns != self.now_ns:
                    self.now_ns = time_ns
                    self.steps = 0
                self.steps += 1
                if self.steps > self.steps_at_most:
                    break  # current_time, which trio calls next, ends the run.
                due.run()
        return self.now_ns

    def _reach(self, deadline_ns: int) -> int:
        if self.now_ns < deadline_ns < NEVER_NS:
            self.now_ns = deadline_ns
            self.steps = 0
        return deadline_ns

    def _run_away(self) -> None:
        self.end_by_limit(f"{EVENTS_WAITING:,} events to come at {self._now()}: messages beget messages")

    def _now(self) -> str:
        return f"{self.now_ns / SECOND_NS:.6f} s"


def _deadline_ns(deadline: float) -> int:
    """Return the first nanosecond at which trio takes the deadline for reached."""
    if deadline == math.inf:
        return NEVER_NS
    time_ns = round(deadline * SECOND_NS)
    return time_ns if time_ns / SECOND_NS >= deadline else time_ns + 1
