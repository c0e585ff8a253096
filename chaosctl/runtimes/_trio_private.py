"""All that chaosctl uses of trio's private parts, in one place: seeded scheduling and an I/O manager that never waits.

trio has no public way to a deterministic scheduler (python-trio/trio#2675). These are the parts used; each was read in
trio 0.30 and 0.35, and tests/runtimes/test_simulation_trio_private.py fails, with instructions, where one has moved:

- `trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING`: batches of runnable tasks are sorted, then shuffled by `_r`;
- `trio._core._run._r`: the generator of that shuffle, seeded before every run;
- `trio._core._run.TheIOManager`: the class of the I/O manager that a run makes;
- `trio._core._run.GLOBAL_RUN_CONTEXT.runner.runq`: is any task runnable?
- `trio._core._run.GLOBAL_RUN_CONTEXT.runner.entry_queue.size()`: has anybody outside of the run queued a call?
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import trio
import trio._core._run as trio_run

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
    before = private._ALLOW_DETERMINISTIC_SCHEDULING, private.TheIOManager
    private._r.seed(seed)
    private._ALLOW_DETERMINISTIC_SCHEDULING, private.TheIOManager = True, _NEVER_WAITS
    try:
        return trio.run(main, clock=clock)
    finally:
        private._ALLOW_DETERMINISTIC_SCHEDULING, private.TheIOManager = before


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


def calls_are_queued() -> bool:
    """Return whether a call from outside of the current run waits to be made in it."""
    return bool(trio_run.GLOBAL_RUN_CONTEXT.runner.entry_queue.size())


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _never_waits(manager: Any) -> Any:
    """Return trio's own I/O manager for this platform, with a poll that is rare and never blocks."""

    class NeverWaits(manager):  # type: ignore[misc]
        """Nothing in a simulation waits for a file descriptor; only words from outside still come through one."""

        def get_events(self, timeout: float) -> Any:  # noqa: ARG002  # The virtual clock has no use for real waits.
            """Return no events, but where somebody (Ctrl-C, trio itself at its end) has queued a call.

            Any signal makes that descriptor readable, the timer of `guard.watched` too. An event for nothing would be
            a runnable task more, another shuffle, and so another run for the same seed.
            """
            return super().get_events(0) if calls_are_queued() else ()

    return NeverWaits


_NEVER_WAITS = _never_waits(vars(trio_run)["TheIOManager"])
