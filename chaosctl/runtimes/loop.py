"""The loop that runs the tasks of a simulation: trio's semantics, without what a simulation never uses.

trio's primitives (Event, ParkingLot, wait_task_rescheduled, its cancel scopes and nurseries too) find their run and
their task in one place, and ask little of either; `Runner` and `Task` (tasks.py) are that little. Left out are waiting
for I/O, instruments, guest mode, `wait_all_tasks_blocked`, system tasks, and what trio keeps for its errors' words.

What is runnable in which pass of the loop is as in trio to the step, and a pass goes through it in an order drawn from
the seed. Words from outside (Ctrl-C) are looked at once a pass: no signal makes another run of the same seed.
"""

import signal
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from operator import attrgetter
from random import Random
from types import FrameType
from typing import Any, TypeVar

import trio
from outcome import Error, Value, capture

from chaosctl.runtimes._trio_private import CHECKPOINT, CONTEXT, NO_SEND, Deadlines, Wait, cancelled, check_version
from chaosctl.runtimes.scopes import Scope
from chaosctl.runtimes.tasks import NOTHING, Nothing, Task

T = TypeVar("T")

Ended = Value[Any] | Error | Nothing
"""How a task ended; most return nothing."""

LAST_WORDS = 1_000
"""So often may a task that is ended wait once more, in its `finally` blocks."""

_age: Callable[[Any], int] = attrgetter("counter")


def run_deterministically(main: Callable[[], Awaitable[T]], clock: trio.abc.Clock, seed: int) -> T:
    """Run `main` under the clock, tasks of one instant in an order drawn from the seed, never waiting for I/O.

    Raises PrivatePartsMoved under a version of trio that was not read.
    """
    check_version(trio.__version__)
    assert not hasattr(CONTEXT, "runner"), "a simulation does not run inside of a run of trio's"
    runner = CONTEXT.runner = Runner(clock, seed)
    try:
        with _interruptible(runner):
            result: T = runner.run(main)
            return result
    finally:
        runner.end_tasks()
        CONTEXT.__dict__.clear()


def end_all_but_this() -> None:
    """End every task of this run but the one that runs: it is over, and they only tidy up."""
    CONTEXT.runner.end_tasks(but=CONTEXT.task)


@contextmanager
def _interruptible(runner: "Runner") -> Iterator[None]:
    """Have Ctrl-C raised by the loop, in no task; a second one, by an impatient person, wherever it comes."""
    default = signal.default_int_handler
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is not default:
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, default)
        runner.run_sync_soon(lambda: default(number, frame))

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, default)


class Runner:
    """One run. `runq` are the tasks that can go on, `tasks` all; further names are what trio asks of its own."""

    is_guest = False
    ki_pending = False
    strict_exception_groups = True
    main_task: Task

    def __init__(self, clock: trio.abc.Clock, seed: int) -> None:
        self.clock = clock
        self.current_time = clock.current_time
        self.runq: deque[Task] = deque()
        self.tasks: dict[Task, None] = {}
        self.deadlines = Deadlines()
        self.calls: deque[Callable[[], object]] = deque()
        self.result: Ended | None = None
        self._random = Random(seed)
        self._spawned = 0

    def reschedule(self, task: Task, sent: Any = NO_SEND) -> None:
        """Let a task that waits go on in the next pass, with what it is sent."""
        assert not task.is_runnable, "a task that does not wait can't be woken"
        task.is_runnable = True
        task.sent = NOTHING if sent is NO_SEND else sent
        task._abort_func = None
        task.custom_sleep_data = None
        self.runq.append(task)

    def spawn_impl(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        nursery: Any,
        _name: object = None,
        **_: Any,
    ) -> Task:
        """Begin a task in a nursery: ours or trio's."""
        if nursery._closed:
            raise RuntimeError("Nursery is closed to new arrivals")
        context = copy_context()
        task = Task(self, context.run(function, *arguments), nursery, context, self._spawned)
        self._spawned += 1
        self.tasks[task] = None
        nursery._children.add(task)
        task._activate_cancel_status(nursery._cancel_status)
        self.runq.append(task)
        return task

    def current_trio_token(self) -> "Runner":
        """Return what takes words from outside: this."""
        return self

    def run_sync_soon(self, call: Callable[[], object]) -> None:
        """Call that in the next pass; signal handlers may."""
        self.calls.append(call)

    def run(self, main: Callable[[], Awaitable[Any]]) -> Any:
        """Run all tasks to their end, and return what `main` returns."""
        self.clock.start_clock()
        self.main_task = self.spawn_impl(main, (), _Root(self))
        self._random.shuffle([0, 1])  # In trio a system task would have begun in the same pass.
        runnable, deadlines, clock, calls = self.runq, self.deadlines, self.clock, self.calls
        while self.result is None:
            if not runnable:
                clock.deadline_to_sleep_time(deadlines.next_deadline())
            while calls:
                calls.popleft()()
            deadlines.expire(clock.current_time())
            if len(runnable) == 1:  # As most often.
                self.step(runnable.popleft())
            else:
                self._step_all()
            del CONTEXT.task
        return self.result.unwrap()

    def _step_all(self) -> None:
        """Let every task that can go on now make its step, in an order drawn from the seed."""
        batch = sorted(self.runq, key=_age)
        self.runq.clear()
        self._random.shuffle(batch)
        while batch:
            self.step(batch.pop())

    def step(self, task: Task) -> None:
        """Let a task run to its next wait or its end."""
        CONTEXT.task = task
        sent, task.sent = task.sent, None
        task.is_runnable = False
        try:
            asked = task.context.run(task.go_on, sent)
        except StopIteration as end:
            self._exited(task, NOTHING if end.value is None else Value(end.value))
        except BaseException as failure:  # Whatever it is: it is the nursery's now.
            self._exited(task, Error(failure))
        else:
            if type(asked) is Wait:
                task._abort_func = asked.abort_func
                if task._cancel_status.effectively_cancelled:
                    task._attempt_delivery_of_any_pending_cancel()
            elif asked is CHECKPOINT:
                self.reschedule(task)
            else:
                why = f"{asked!r} was awaited: what is not trio's can't be awaited here"
                self.reschedule(task, TypeError(why))
                task.go_on = task.throw_once

    def end_tasks(self, but: Task | None = None) -> None:
        """End every task but that one where it waits, the youngest first; the order is nobody's concern any more.

        Each goes through its `finally` blocks, where it may wait LAST_WORDS times: that raises at once.
        """
        for task in reversed(list(self.tasks)):
            if task is not but:
                self._end(task)
        self.runq.clear()
        CONTEXT.task = but

    def _end(self, task: Task) -> None:
        CONTEXT.task = task
        for _ in range(LAST_WORDS):
            ended = capture(task.context.run, task.coro.throw, cancelled())
            if isinstance(ended, Error):
                failure = ended.error
                self._exited(task, Value(failure.value) if isinstance(failure, StopIteration) else ended)
                return
        self._exited(task, Error(AssertionError("a task waits again and again, and does not end")))

    def _exited(self, task: Task, result: Ended) -> None:
        task._activate_cancel_status(None)
        del self.tasks[task]
        task._parent_nursery._child_finished(task, result)


class _Root:
    """What the main task is a child of."""

    _closed = False

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._children: set[Task] = set()
        self._cancel_status = Scope()

    def _child_finished(self, _: Task, result: Ended) -> None:
        self._runner.result = result
