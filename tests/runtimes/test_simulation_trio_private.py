"""The canary: what runtimes/_trio_private.py uses of trio's private parts is still there and still does that.

When one of these fails after an upgrade of trio, read that version's `_core/_run.py`: how `unrolled_run` orders its
batch, how it steps a task, when it asks the clock. Mend `_trio_private.py`, run tests/runtimes, then move
`OLDEST` or `NEWEST` and the range in pyproject.toml. Until then pin trio below that version.
"""

import inspect

import msgspec
import pytest
import trio
import trio._core._run as trio_run

from chaosctl.catalogue import catalogue
from chaosctl.experiment.dump import dump
from chaosctl.experiment.library import find
from chaosctl.experiment.load import load_file
from chaosctl.runtimes import _trio_private
from chaosctl.runtimes._trio_private import NEWEST, OLDEST, PrivatePartsMoved, check_version, run_deterministically
from chaosctl.runtimes.run import run_in_simulation
from chaosctl.runtimes.simulation import Simulation, run_simulated
from chaosctl.search.trial import Trial, plan_of

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


def rows_of(name: str) -> bytes:
    trial = Trial(dump(load_file(find(name), catalogue())), seed=3)
    seen = run_in_simulation(plan_of(trial), None).recording
    return msgspec.json.encode([seen.operations, seen.events, seen.faults, list(seen.messages())])


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


def test_the_tasks_of_one_instant_are_ordered_by_our_seed_alone() -> None:
    assert [order_of_tasks(seed) for seed in range(8)] == [order_of_tasks(seed) for seed in range(8)], READ_THIS
    assert len({order_of_tasks(seed) for seed in range(8)}) > 4, READ_THIS


@pytest.mark.parametrize("name", ["two-phase-commit/explore", "raft-election/leader-crash", "eventual/crash"])
def test_trios_own_loop_runs_the_same_to_the_byte(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = rows_of(name)
    monkeypatch.setattr(trio_run, "_ALLOW_DETERMINISTIC_SCHEDULING", True)
    monkeypatch.setattr(_trio_private, "_seeded_loop", trio_run.unrolled_run)
    assert rows_of(name) == ours, READ_THIS


def test_the_clock_is_asked_its_clock_exactly_when_no_task_is_runnable() -> None:
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
    assert hasattr(trio_run._r, "shuffle"), READ_THIS
    assert "unrolled_run(runner, async_fn, args)" in inspect.getsource(trio_run.run), READ_THIS
    of_runner = {field.name for field in trio_run.Runner.__attrs_attrs__} | set(vars(trio_run.Runner))
    assert {"runq", "tasks", "deadlines", "entry_queue", "io_manager", "spawn_impl", "task_exited"} <= of_runner, (
        READ_THIS
    )
    of_task = {field.name for field in trio_run.Task.__attrs_attrs__}
    assert {"_counter", "_next_send", "_next_send_fn", "_abort_func", "_cancel_points"} <= of_task, READ_THIS
    assert hasattr(trio_run.EntryQueue, "size"), READ_THIS


def test_a_run_leaves_trio_as_it_was() -> None:
    before = trio_run.unrolled_run
    order_of_tasks(1)
    assert trio_run.unrolled_run is before


@pytest.mark.parametrize("version", ["0.29.0", "0.36.0", "1.0"])
def test_a_trio_that_was_not_read_is_refused_with_what_to_do(version: str) -> None:
    with pytest.raises(PrivatePartsMoved, match=rf"{version}.*_trio_private\.py"):
        check_version(version)


@pytest.mark.parametrize("version", ["0.30.0", "0.35.0", "0.35.0+dev"])
def test_a_trio_that_was_read_is_taken(version: str) -> None:
    check_version(version)
    assert OLDEST < NEWEST
