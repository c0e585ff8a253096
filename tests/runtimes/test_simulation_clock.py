"""What the virtual clock promises: order, time that only moves when nobody can run, and stated ends."""

import gc

import pytest
import trio

from chaosctl.runtimes.simulation import Simulation, run_simulated
from chaosctl.runtimes.virtual_clock import LimitReached

MS = 1_000_000


def test_events_happen_in_the_order_of_their_times_and_at_one_instant_in_the_order_of_asking() -> None:
    async def main(simulation: Simulation) -> list[str]:
        happened: list[str] = []
        for time_ms, name in [(3, "late"), (1, "first"), (1, "second"), (2, "middle"), (1, "third")]:
            simulation.call_at(time_ms * MS, lambda name=name: happened.append(name))
        await simulation.sleep_until(5 * MS)
        return happened

    assert run_simulated(1, main) == ["first", "second", "third", "middle", "late"]


def test_at_one_instant_the_lower_rank_comes_first_whatever_was_asked_before() -> None:
    async def main(simulation: Simulation) -> list[int]:
        happened: list[int] = []
        for rank in (1, 0, -1, 0):
            simulation.call_at(MS, lambda rank=rank: happened.append(rank), rank)
        await simulation.sleep_until(2 * MS)
        return happened

    assert run_simulated(1, main) == [-1, 0, 0, 1]


def test_an_event_that_is_cancelled_never_happens() -> None:
    async def main(simulation: Simulation) -> list[str]:
        happened: list[str] = []
        simulation.call_at(MS, lambda: happened.append("cancelled")).cancel()
        await simulation.sleep_until(2 * MS)
        return happened

    assert run_simulated(1, main) == []


def test_an_event_asked_for_in_the_past_happens_now() -> None:
    async def main(simulation: Simulation) -> list[int]:
        times: list[int] = []
        await simulation.sleep_until(5 * MS)
        simulation.call_at(2 * MS, lambda: times.append(simulation.now_ns()))
        await simulation.sleep_until(6 * MS)
        return times

    assert run_simulated(1, main) == [5 * MS]


def test_a_task_that_an_event_wakes_runs_before_the_next_event_of_that_instant() -> None:
    async def main(simulation: Simulation) -> list[str]:
        happened: list[str] = []
        woken = trio.Event()

        async def wait() -> None:
            await woken.wait()
            happened.append("task")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            simulation.call_at(MS, woken.set)
            simulation.call_at(MS, lambda: happened.append("next event"))
        await simulation.sleep_until(2 * MS)
        return happened

    assert run_simulated(1, main) == ["task", "next event"]


def test_a_long_time_passes_to_the_nanosecond() -> None:
    async def main(simulation: Simulation) -> int:
        await simulation.sleep_until(86_400 * 365 * 10**9 + 1)
        return simulation.now_ns()

    assert run_simulated(1, main) == 86_400 * 365 * 10**9 + 1


@pytest.mark.parametrize("seconds", [0.001, 0.3, 1.001, 0.1 + 0.2, 12345.678901234])
def test_trio_deadlines_pass_in_virtual_time_between_events(seconds: float) -> None:
    async def main(simulation: Simulation) -> tuple[int, list[int]]:
        times: list[int] = []
        for offset in (-MS, MS):
            time_ns = round(seconds * 1e9) + offset
            simulation.call_at(time_ns, lambda: times.append(simulation.now_ns()))
        with trio.move_on_after(seconds) as scope:
            await trio.sleep_forever()
        assert scope.cancelled_caught
        return simulation.now_ns(), times

    left_ns, times = run_simulated(1, main)
    assert abs(left_ns - round(seconds * 1e9)) <= 1
    assert len(times) == 1


def test_an_event_and_a_deadline_of_one_instant_come_in_either_order_as_the_seed_says() -> None:
    async def main(simulation: Simulation) -> str:
        first: list[str] = []
        simulation.call_at(MS, lambda: first.append("event"))
        with trio.move_on_after(0.001):
            await trio.sleep_forever()
        return first[0] if first else "deadline"

    orders = {seed: run_simulated(seed, main) for seed in range(20)}
    assert set(orders.values()) == {"event", "deadline"}
    assert orders == {seed: run_simulated(seed, main) for seed in range(20)}


def test_a_run_in_which_all_wait_for_nothing_ends_as_a_deadlock() -> None:
    cleaned: list[int] = []

    async def main(simulation: Simulation) -> None:
        try:
            await simulation.sleep_until(3 * MS)
            await trio.sleep_forever()
        finally:
            cleaned.append(simulation.now_ns())

    with pytest.raises(LimitReached, match=r"deadlock at 0\.003000 s"):
        run_simulated(1, main)
    assert cleaned == [3 * MS], "the main task is cancelled, so that what was recorded can be written down"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # trio's own, of what can't be ended.
def test_a_task_that_shields_itself_and_waits_for_nothing_does_not_hang_the_run() -> None:
    async def main(_: Simulation) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep_forever()

    with pytest.raises(LimitReached, match="deadlock"):
        run_simulated(1, main)
    gc.collect()


def test_an_event_that_asks_for_itself_again_at_one_instant_is_ended_by_a_limit() -> None:
    async def main(simulation: Simulation) -> None:
        simulation._clock.steps_at_most = 1_000

        def again() -> None:
            simulation.call_at(simulation.now_ns(), again)

        again()
        await simulation.sleep_until(MS)

    with pytest.raises(LimitReached, match=r"1,000 steps at 0\.000000 s.*never waits"):
        run_simulated(1, main)


def test_a_task_that_only_yields_is_ended_by_a_limit() -> None:
    async def main(simulation: Simulation) -> None:
        simulation._clock.steps_at_most = 1_000
        while True:
            await trio.lowlevel.checkpoint()

    with pytest.raises(LimitReached, match="never waits"):
        run_simulated(1, main)


def test_messages_that_beget_messages_are_ended_by_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chaosctl.runtimes.virtual_clock.EVENTS_WAITING", 1_000)

    async def main(simulation: Simulation) -> None:
        def double() -> None:
            for _ in range(2):
                simulation.call_at(simulation.now_ns() + MS, double)

        double()
        await simulation.sleep_until(1_000 * MS)

    with pytest.raises(LimitReached, match="messages beget messages"):
        run_simulated(1, main)


def test_what_an_event_raises_comes_out_of_the_run_as_it_is() -> None:
    async def main(simulation: Simulation) -> None:
        simulation.call_at(MS, lambda: 1 // 0)
        await simulation.sleep_until(2 * MS)

    with pytest.raises(ZeroDivisionError):
        run_simulated(1, main)


def test_what_main_raises_comes_out_of_the_run_as_it_is() -> None:
    async def main(_: Simulation) -> None:
        async with trio.open_nursery():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_simulated(1, main)


def test_events_to_come_end_with_the_run() -> None:
    happened: list[str] = []

    async def main(simulation: Simulation) -> None:
        simulation.call_at(MS, lambda: happened.append("after the end"))

    run_simulated(1, main)
    assert happened == []
