"""All that chaosctl uses of trio's private parts, in one place: a loop whose order is seeded and that never waits.

trio has no public way to a deterministic scheduler (python-trio/trio#2675). These are the parts used; each was read in
trio 0.30 and 0.35, and tests/runtimes/test_simulation_trio_private.py fails, with instructions, where one has moved:

- `trio._core._run.unrolled_run`: the loop, in whose place `_seeded_loop` stands while a simulation runs;
- `trio._core._run._r`: the generator that shuffles a batch of runnable tasks, seeded before every run;
- `trio._core._run.GLOBAL_RUN_CONTEXT`: `runner` is the run, `task` the task whose step it is;
- of the runner: `runq`, `tasks`, `deadlines`, `entry_queue.size()`, `io_manager`, `spawn_impl`, `task_exited`, `close`;
- of a task: `_counter`, `_next_send`, `_next_send_fn`, and what it notes of its waits.
"""

import re
from collections.abc import Awaitable, Callable
from operator import attrgetter
from typing import Any, TypeVar

import trio
import trio._core._run as trio_run
from outcome import Error, Value, capture
from trio._core import _traps

from chaosctl.errors import RunBroke

T = TypeVar("T")

OLDEST, NEWEST = (0, 30), (0, 36)
"""The versions of trio whose private parts were read: from the first, up to but without the second."""


class PrivatePartsMoved(RunBroke):
    """The private parts of the trio that is installed were never read."""


def run_deterministically(main: Callable[[], Awaitable[T]], clock: trio.abc.Clock, seed: int) -> T:
    """Run `main` under the clock, tasks of one instant in an order drawn from the seed, never waiting for I/O.

    Raises PrivatePartsMoved under a version of trio that was not read.
    """
    check_version(trio.__version__)
    private: Any = trio_run
    before = private.unrolled_run
    private._r.seed(seed)
    private.unrolled_run = _seeded_loop
    try:
        return trio.run(main, clock=clock)
    finally:
        private.unrolled_run = before


def check_version(version: str) -> None:
    """Raise PrivatePartsMoved unless the version's private parts were read."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if not OLDEST <= numbers < NEWEST:
        raise PrivatePartsMoved(
            f"simulation needs trio from {_dotted(OLDEST)} to before {_dotted(NEWEST)}, but this is {version}: "
            f"install one of those, or read runtimes/_trio_private.py against the new one and widen its range"
        )


def runnable_tasks() -> Any:
    """Return the queue of the current run's runnable tasks: false where there are none."""
    return trio_run.GLOBAL_RUN_CONTEXT.runner.runq


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _seeded_loop(runner: Any, main: Any, arguments: Any, **_: Any) -> Any:
    """Run all tasks to their end, as trio's own loop does, without what a simulation pays for and has no use for.

    Left out are instruments, guest mode, `wait_all_tasks_blocked`, and waiting for I/O: nothing in a simulation waits
    for a file descriptor. Only words from outside (Ctrl-C, trio itself at its end) come through one, and are asked for
    where one is queued. Any signal makes that descriptor readable, the timer of `guard.watched` too: an event for
    nothing would be a runnable task more, another shuffle, and so another run for the same seed.
    """
    try:
        runner.clock.start_clock()
        runner.init_task = runner.spawn_impl(runner.init, (main, arguments), None, "<init>", system_task=True)
        runnable, deadlines, clock, calls = runner.runq, runner.deadlines, runner.clock, runner.entry_queue
        while runner.tasks:
            if not runnable:
                clock.deadline_to_sleep_time(deadlines.next_deadline())
            if calls.size():
                runner.io_manager.process_events((yield 0))
            deadlines.expire(clock.current_time())
            batch = list(runnable)
            runnable.clear()
            if len(batch) > 1:
                batch.sort(key=_age)
                trio_run._r.shuffle(batch)
            while batch:
                _step(runner, batch.pop())
    finally:
        runner.close()
        trio_run.GLOBAL_RUN_CONTEXT.__dict__.clear()
        if runner.ki_pending:
            runner.main_task_outcome = Error(KeyboardInterrupt())


def _step(runner: Any, task: Any) -> None:
    """Let a task run to its next wait or its end."""
    context = trio_run.GLOBAL_RUN_CONTEXT
    context.task = task
    go_on, sent = task._next_send_fn, task._next_send
    task._next_send_fn = task._next_send = None
    asked = capture(task.context.run, go_on, sent)
    if isinstance(asked, Error):
        failure = asked.error
        runner.task_exited(task, Value(failure.value) if isinstance(failure, StopIteration) else asked)
    else:
        _wait_for(runner, task, asked.value)
    del context.task


def _wait_for(runner: Any, task: Any, asked: Any) -> None:
    """Let a task wait for what it asked for."""
    task._schedule_points += 1
    if type(asked) is _traps.WaitTaskRescheduled:
        task._cancel_points += 1
        task._abort_func = asked.abort_func
        if runner.ki_pending and task is runner.main_task:
            task._attempt_delivery_of_pending_ki()
        task._attempt_delivery_of_any_pending_cancel()
    elif asked is _traps.CancelShieldedCheckpoint:
        runner.reschedule(task)
    else:
        runner.reschedule(task, TypeError(f"{asked!r} was awaited: what is not trio's can't be awaited here"))
        task._next_send_fn = task.coro.throw


_age: Callable[[Any], int] = attrgetter("_counter")
