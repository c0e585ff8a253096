"""The canary: what runtimes/_trio_private.py uses of trio's private parts is still there and still does that.

When one of these fails after an upgrade of trio, read that version's `_core/_run.py`: how `unrolled_run` orders its
batch, what `setup_runner` makes, when it asks the clock. Mend `_trio_private.py`, run tests/runtimes, then move
`OLDEST` or `NEWEST` and the range in pyproject.toml. Until then pin trio below that version.
"""

import inspect

import pytest
import trio
import trio._core._run as trio_run

from chaosctl.runtimes._trio_private import NEWEST, OLDEST, PrivatePartsMoved, check_version, run_deterministically
from chaosctl.runtimes.simulation import Simulation, run_simulated

READ_THIS = f"trio {trio.__version__} moved a private part: the first lines of {__file__} say what to do"


class Counting(trio.abc.Clock):
    """A clock that stands still, and notes whether a task was runnable whenever it is asked how long to sleep."""

    def __init__(self) -> None:
        self.runnable: list[int] = []
        self.wake: list[trio.lowlevel.Task] = []

    def start_clock(self) -> None: ...

    def current_time(self) -> float:
        return 0.0

    def deadline_to_sleep_time(self, deadline: float) -> float:  # noqa: ARG002
        self.runnable.append(trio.lowlevel.current_statistics().tasks_runnable)
        while self.wake:
            trio.lowlevel.reschedule(self.wake.pop())
        return 0


def order_of_tasks(seed: int) -> str:
    order: list[str] = []

    async def write(letter: str) -> None:
        await trio.lowlevel.checkpoint()
        order.append(letter)

    async def main(_: Simulation) -> None:
        async with trio.open_nursery() as nursery:
            for letter in "abcdefgh":
                nursery.start_soon(write, letter)

    run_simulated(seed, main)
    return "".join(order)


def test_trio_orders_the_tasks_of_one_instant_by_our_seed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        trio_run, "_ALLOW_DETERMINISTIC_SCHEDULING", False
    )  # pytest-trio may have set it for Hypothesis.
    assert [order_of_tasks(seed) for seed in range(8)] == [order_of_tasks(seed) for seed in range(8)], READ_THIS
    assert len({order_of_tasks(seed) for seed in range(8)}) > 4, READ_THIS  # Without it forwards and backwards only.


def test_trio_asks_its_clock_exactly_when_no_task_is_runnable() -> None:
    clock = Counting()

    async def main() -> None:
        for _ in range(3):
            await trio.lowlevel.checkpoint()
            clock.wake.append(trio.lowlevel.current_task())
            await trio.lowlevel.wait_task_rescheduled(lambda _: trio.lowlevel.Abort.FAILED)

    run_deterministically(main, clock, 1)
    assert len(clock.runnable) >= 3, READ_THIS
    assert set(clock.runnable) == {0}, READ_THIS


def test_trio_still_has_every_private_part_that_is_used() -> None:
    assert isinstance(trio_run._ALLOW_DETERMINISTIC_SCHEDULING, bool), READ_THIS
    assert hasattr(trio_run._r, "shuffle"), READ_THIS
    assert hasattr(vars(trio_run)["TheIOManager"], "get_events"), READ_THIS
    assert "TheIOManager()" in inspect.getsource(trio_run.setup_runner), READ_THIS
    assert {"runq", "entry_queue"} <= {field.name for field in trio_run.Runner.__attrs_attrs__}, READ_THIS
    assert hasattr(trio_run.EntryQueue, "size"), READ_THIS


def test_a_run_leaves_trio_as_it_was() -> None:
    before = trio_run._ALLOW_DETERMINISTIC_SCHEDULING, vars(trio_run)["TheIOManager"]
    order_of_tasks(1)
    assert (trio_run._ALLOW_DETERMINISTIC_SCHEDULING, vars(trio_run)["TheIOManager"]) == before


@pytest.mark.parametrize("version", ["0.29.0", "0.36.0", "1.0"])
def test_a_trio_that_was_not_read_is_refused_with_what_to_do(version: str) -> None:
    with pytest.raises(PrivatePartsMoved, match=rf"{version}.*_trio_private\.py"):
        check_version(version)


@pytest.mark.parametrize("version", ["0.30.0", "0.35.0", "0.35.0+dev"])
def test_a_trio_that_was_read_is_taken(version: str) -> None:
    check_version(version)
    assert OLDEST < NEWEST
