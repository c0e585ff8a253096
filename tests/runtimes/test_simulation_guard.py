"""What a node may not ask the machine for while it is simulated, and what the guard leaves alone."""

import os
import random
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from simulated import MS, Seen, body, launch, simulate

from chaosctl.runtimes import guard
from chaosctl.runtimes.simulated_node import SimulatedHost
from chaosctl.runtimes.simulation import Simulation
from chaosctl.runtimes.virtual_clock import LimitReached

# Lambdas, for the name has to be looked up while the guard is there.
FORBIDDEN: dict[str, Callable[[], object]] = {
    "time.time": lambda: time.time(),  # noqa: PLW0108
    "time.monotonic": lambda: time.monotonic(),  # noqa: PLW0108
    "time.sleep": lambda: time.sleep(0),
    "random.random": lambda: random.random(),  # noqa: PLW0108
    "random.shuffle": lambda: random.shuffle([1, 2]),
    "os.urandom": lambda: os.urandom(8),
    "uuid.uuid4": lambda: uuid.uuid4(),  # noqa: PLW0108
    "socket": lambda: socket.socket(),  # noqa: PLW0108
    "open": lambda: open(__file__),  # noqa: SIM115
    "Thread.start": lambda: threading.Thread(target=print).start(),
}


async def conduct_one(simulation: Simulation, _: Seen) -> None:
    simulation.start(launch())
    await simulation.sleep_until(10 * MS)


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_node_that_asks_the_machine_is_told_where_and_what_to_call_instead(name: str) -> None:
    refusals: list[str] = []

    async def ask(_: SimulatedHost) -> None:
        with pytest.raises(guard.NotInSimulationError) as refusal:
            FORBIDDEN[name]()
        refusals.append(str(refusal.value))

    simulate(conduct_one, body(ask))
    assert f"{name} would differ from run to run of a seed; use " in refusals[0]
    assert Path(__file__).name in refusals[0]


def test_a_task_that_a_node_spawns_is_refused_as_well() -> None:
    async def ask(host: SimulatedHost) -> None:
        import trio  # noqa: PLC0415

        async def later() -> None:
            await host.sleep(0.001)
            time.time()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(later)

    assert simulate(conduct_one, body(ask)).exits == [("n1", 0, 1)]


def test_the_runner_itself_may_look_at_the_clock_and_write_files(tmp_path: Path) -> None:
    async def conduct(simulation: Simulation, _: Seen) -> None:
        assert time.time() > 0
        (tmp_path / "history.jsonl").write_text("{}\n")
        simulation.call_at(MS, lambda: (tmp_path / "events.jsonl").write_text("{}\n"))
        await simulation.sleep_until(2 * MS)

    simulate(conduct)
    assert (tmp_path / "events.jsonl").exists()


def test_code_that_must_be_a_function_of_the_seed_is_refused_outside_of_nodes_too() -> None:
    workload: dict[str, object] = {"__name__": "chaosctl.workloads.mine", "random": random}
    exec("def next_value(): return random.random()", workload)  # noqa: S102 - a module of that name, for the test.

    async def conduct(_simulation: Simulation, _: Seen) -> None:
        workload["next_value"]()  # type: ignore[operator]

    with pytest.raises(guard.NotInSimulationError, match="random"):
        simulate(conduct)


def test_a_run_leaves_the_machine_as_it_was() -> None:
    simulate(conduct_one)
    assert not [
        name for owner, refusing in guard._REFUSING for name in refusing if getattr(owner, name) is refusing[name]
    ]


def test_a_node_that_computes_for_ever_is_ended_by_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BUSY_S", 0.05)

    async def spin(_: SimulatedHost) -> None:
        while True:
            with suppress(Exception):  # What a pattern catches does not keep it alive.
                sum(range(100))

    with pytest.raises(LimitReached, match=r"n1 computed for 0\.05 s of CPU time and never waited"):
        simulate(conduct_one, body(spin))


def test_a_node_that_computes_much_but_waits_now_and_then_is_left_in_peace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BUSY_S", 0.03)
    monkeypatch.setattr(guard, "WATCH_S", 0.005)

    async def work(host: SimulatedHost) -> None:
        for _ in range(40):
            sum(range(200_000))
            await host.sleep(0.0001)
        host.transmit(b"done")

    assert simulate(conduct_one, body(work)).texts() == ["done"]


def test_a_runner_that_computes_for_long_is_left_in_peace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BUSY_S", 0.02)

    async def conduct(_simulation: Simulation, _: Seen) -> None:
        began = time.process_time()
        while time.process_time() - began < 0.1:
            sum(range(100))

    simulate(conduct)


def test_a_simulation_in_another_thread_runs_unwatched() -> None:
    seen: list[Seen] = []
    thread = threading.Thread(target=lambda: seen.append(simulate(conduct_one)))
    thread.start()
    thread.join()
    assert seen[0].exits == []


@pytest.mark.slow
def test_ctrl_c_ends_a_simulation_in_which_all_time_is_virtual() -> None:
    program = """
import os, signal, sys, threading
from chaosctl.runtimes.simulation import run_simulated
async def main(simulation):
    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        while True:
            await simulation.sleep_until(simulation.now_ns() + 1_000_000)
    finally:
        print("cleaned up", flush=True)
try:
    run_simulated(1, main)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=False)
    assert done.stdout.split("\n")[:2] == ["cleaned up", "interrupted"], done.stderr
