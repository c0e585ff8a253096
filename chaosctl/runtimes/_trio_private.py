"""All that chaosctl uses of trio's private parts, in one place: what stands between its primitives and our loop.

trio has no public way to a deterministic scheduler (python-trio/trio#2675), so a simulation brings a loop of its own
(loop.py). These are the parts used; each was read in trio 0.30 and 0.35, and
tests/runtimes/test_simulation_trio_private.py fails, with instructions, where one has moved:

- `trio._core._run.GLOBAL_RUN_CONTEXT`: `runner` is the run, `task` the task whose step it is;
- `trio._core._run.Deadlines`: the heap of deadlines of trio's own cancel scopes;
- `trio._core._traps.WaitTaskRescheduled`, `CancelShieldedCheckpoint`: what a coroutine asks of its loop;
- `trio._core._run._NO_SEND`, what `trio.lowlevel.reschedule` sends where it was given nothing;
- `trio.Cancelled._create`;
- what trio's CancelScope, CancelStatus and Nursery ask of a run, a task and an enclosing status: the names with a
  leading underscore of `Runner` (loop.py), `Task` (tasks.py) and `Scope` (scopes.py).
"""

import re
from collections.abc import Callable, Generator
from functools import lru_cache
from types import coroutine
from typing import Any

import trio
import trio._core._run as trio_run
from trio._core import _traps
from trio.lowlevel import Abort

from chaosctl.errors import RunBroke

OLDEST, NEWEST = (0, 30), (0, 36)
"""The versions of trio whose private parts were read: from the first, up to but without the second."""

CONTEXT: Any = trio_run.GLOBAL_RUN_CONTEXT
Deadlines: Any = trio_run.Deadlines
Wait: Any = _traps.WaitTaskRescheduled
NO_SEND: Any = trio_run._NO_SEND
CHECKPOINT: Any = _traps.CancelShieldedCheckpoint


class PrivatePartsMoved(RunBroke):
    """The private parts of the trio that is installed were never read."""


@lru_cache(maxsize=1)  # Once a process, and not once a run.
def check_version(version: str) -> None:
    """Raise PrivatePartsMoved unless the version's private parts were read."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if not OLDEST <= numbers < NEWEST:
        raise PrivatePartsMoved(
            f"simulation needs trio from {_dotted(OLDEST)} to before {_dotted(NEWEST)}, but this is {version}: "
            f"install one of those, or read runtimes/_trio_private.py against the new one and widen its range"
        )


def cancelled() -> BaseException:
    """Return what a wait raises in a scope that was cancelled."""
    failure: BaseException = trio.Cancelled._create()
    return failure


@coroutine
def wait(abort: Callable[[Any], Abort]) -> Generator[Any, Any, Any]:
    """Wait until this task is rescheduled: trio's wait_task_rescheduled in one step, where it has three."""
    return (yield Wait(abort)).unwrap()


def runnable_tasks() -> Any:
    """Return the queue of the current run's runnable tasks: false where there are none."""
    return CONTEXT.runner.runq


def has_word_from_outside() -> bool:
    """Return whether something, such as Ctrl-C, waits for the next pass of our loop; False outside of a run of ours."""
    return bool(getattr(getattr(CONTEXT, "runner", None), "calls", ()))


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
