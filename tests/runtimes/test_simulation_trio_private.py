"""The canary: what a simulation takes of trio's private parts is still there, and its loop still does as trio's own.

When one of these fails after an upgrade of trio, read that version's `_core/_run.py`: how `unrolled_run` orders its
batch and steps a task, when it asks the clock; what CancelScope, CancelStatus and Nursery ask of a task and of a run.
Mend `_trio_private.py`, `loop.py`, `tasks.py` and `scopes.py`, run tests/runtimes, then move `OLDEST` or `NEWEST` and
the range in pyproject.toml. Until then pin trio below that version.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
import trio
import trio._core._run as trio_run

from chaosctl.catalogue import catalogue
from chaosctl.experiment.dump import dump
from chaosctl.experiment.library import find
from chaosctl.experiment.load import load_file
from chaosctl.runtimes._trio_private import CHECKPOINT, CONTEXT, NEWEST, OLDEST, PrivatePartsMoved, check_version
from chaosctl.runtimes.loop import run_deterministically
from chaosctl.runtimes.run import run_in_simulation
from chaosctl.runtimes.scopes import Nursery, Scope
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
        self.runnable.append(len(CONTEXT.runner.runq))
        while self.wake:
            trio.lowlevel.reschedule(self.wake.pop())
        return 0


def rows_of(name: str, seed: int) -> bytes:
    trial = Trial(dump(load_file(find(name), catalogue())), seed)
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


def run_by_trio(main: Callable[[], Awaitable[Any]], clock: trio.abc.Clock, seed: int) -> Any:
    trio_run._r.seed(seed)
    return trio.run(main, clock=clock)


@pytest.mark.parametrize("seed", [3, 4])
@pytest.mark.parametrize(
    "name",
    [
        "two-phase-commit/explore",
        "two-phase-commit/manager-crash",
        "raft-election/leader-crash",
        "eventual/crash",
        "saga/explore",
    ],
)
def test_trios_own_loop_scopes_and_nurseries_run_the_same_to_the_byte(
    name: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = rows_of(name, seed)
    monkeypatch.setattr(
        "chaosctl.runtimes.guard.WATCH_S", 3600.0
    )  # Any signal wakes a task of trio's own loop, and that
    monkeypatch.setattr(
        "chaosctl.runtimes.guard.BUSY_S", 3600.0
    )  # draws from its chance: on a slow machine, by the watch.
    monkeypatch.setattr(trio_run, "_ALLOW_DETERMINISTIC_SCHEDULING", True)
    monkeypatch.setattr("chaosctl.runtimes.simulation.run_deterministically", run_by_trio)
    monkeypatch.setattr("chaosctl.runtimes.simulation.end_all_but_this", lambda: None)
    monkeypatch.setattr("chaosctl.runtimes.simulation.Nursery", trio.open_nursery)
    monkeypatch.setattr("chaosctl.runtimes.simulated_node.Nursery", trio.open_nursery)
    monkeypatch.setattr("chaosctl.runtimes.simulated_node.Scope", trio.CancelScope)
    assert rows_of(name, seed) == ours, READ_THIS


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


@pytest.mark.parametrize("inner", [Scope, trio.CancelScope])
@pytest.mark.parametrize("outer", [Scope, trio.CancelScope])
@pytest.mark.parametrize("cancels", ["inner", "outer"])
def test_our_scopes_and_trios_may_be_nested_in_each_other(outer: Any, inner: Any, cancels: str) -> None:
    async def main(simulation: Simulation) -> tuple[bool, bool]:
        with outer() as around:
            with inner() as within:
                simulation.call_at(1, {"inner": within, "outer": around}[cancels].cancel)
                await trio.sleep_forever()
            await trio.lowlevel.checkpoint()
        await trio.lowlevel.checkpoint()
        return around.cancelled_caught, within.cancelled_caught

    assert run_simulated(1, main) == (cancels == "outer", cancels == "inner"), READ_THIS


@pytest.mark.parametrize("inner", [Nursery, trio.open_nursery])
@pytest.mark.parametrize("outer", [Nursery, trio.open_nursery])
def test_our_nurseries_and_trios_may_be_nested_in_each_other(outer: Any, inner: Any) -> None:
    ended: list[str] = []

    async def wait(name: str) -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.append(name)

    async def fail() -> None:
        await trio.lowlevel.checkpoint()
        raise ZeroDivisionError("a bug")

    async def main(_: Simulation) -> None:
        async with outer() as around:
            around.start_soon(wait, "around")
            async with inner() as within:
                within.start_soon(wait, "within")
                within.start_soon(fail)

    with pytest.raises(ZeroDivisionError, match="a bug"):
        run_simulated(1, main)
    assert sorted(ended) == ["around", "within"], READ_THIS


def test_trio_still_has_every_private_part_that_is_used() -> None:
    assert "next_send is _NO_SEND" in inspect.getsource(trio_run.Runner.reschedule), READ_THIS
    assert {"next_deadline", "expire", "add", "remove"} <= set(vars(trio_run.Deadlines)), READ_THIS
    assert CHECKPOINT is trio_run.CancelShieldedCheckpoint, READ_THIS
    of_task = {field.name for field in trio_run.Task.__attrs_attrs__} | set(vars(trio_run.Task))
    asked_of_task = {"_abort_func", "_cancel_points", "_cancel_status", "_child_nurseries", "_parent_nursery"}
    assert asked_of_task | {"_activate_cancel_status", "_attempt_delivery_of_any_pending_cancel"} <= of_task, READ_THIS
    of_status = {field.name for field in trio_run.CancelStatus.__attrs_attrs__}
    assert {"_scope", "_parent", "_children", "_tasks", "effectively_cancelled"} <= of_status, READ_THIS


def test_a_run_leaves_trio_as_it_was() -> None:
    order_of_tasks(1)
    assert not vars(CONTEXT), READ_THIS
    assert trio.run(trio.sleep, 0) is None


@pytest.mark.parametrize("version", ["0.29.0", "0.36.0", "1.0"])
def test_a_trio_that_was_not_read_is_refused_with_what_to_do(version: str) -> None:
    with pytest.raises(PrivatePartsMoved, match=rf"{version}.*_trio_private\.py"):
        check_version(version)


@pytest.mark.parametrize("version", ["0.30.0", "0.35.0", "0.35.0+dev"])
def test_a_trio_that_was_read_is_taken(version: str) -> None:
    check_version(version)
    assert OLDEST < NEWEST
