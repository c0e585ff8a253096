"""A run that a limit of the simulation ended proves nothing, and says which limit it was."""

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest
import trio
from simulated import MS, launch

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.errors import ExitCode, RunBroke
from chaosctl.experiment.load import load_file
from chaosctl.node.messages import Message
from chaosctl.node.node import Node
from chaosctl.node.pattern import Pattern
from chaosctl.node.role import Role
from chaosctl.node.settings import Settings
from chaosctl.patterns.paxos.acceptor import Acceptor
from chaosctl.runtimes import guard, virtual_clock
from chaosctl.runtimes.guard import NotInSimulationError
from chaosctl.runtimes.plan import make_plan
from chaosctl.runtimes.run import run_in_simulation
from chaosctl.runtimes.runtime import Launch
from chaosctl.runtimes.simulated_node import SimulatedHost
from chaosctl.runtimes.simulation import Simulation, run_simulated
from chaosctl.runtimes.virtual_clock import LimitReached

EXPERIMENT = Path(__file__).parent.parent.parent / "experiments" / "paxos" / "no-fault.toml"
INIT = b'{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}'


class Go(Message):
    """Begin."""


class Restless(Role):
    """Waits for nothing, politely."""

    async def on_go(self, _go: Go) -> None:
        while True:
            await self.sleep(0)


class Tidy(Role):
    """Wants the last word."""

    async def on_go(self, go: Go) -> None:
        await self.send("n1", go)
        try:
            await self.sleep(10)
        finally:
            await self.send("n1", go)


def play(role: type[Role], until_ms: int, kill_ms: int | None = None) -> list[bytes]:
    """Run one node of that role, told to go; returns what it wrote."""
    lines: list[bytes] = []
    pattern = Pattern("test", "For tests.", {"player": role}, (), ())

    async def main(simulation: Simulation) -> None:
        simulation.on_line = lambda _node, line: lines.append(line)
        simulation.start(launch())
        simulation.deliver("n1", INIT)
        await simulation.sleep_until(MS)
        simulation.deliver("n1", b'{"src":"c1","dest":"n1","body":{"type":"go"}}')
        if kill_ms is not None:
            await simulation.sleep_until(kill_ms * MS)
            simulation.kill("n1")
        await simulation.sleep_until(until_ms * MS)

    run_simulated(1, main, lambda start, host: Node(host, pattern, start.settings))
    return lines


def test_a_role_that_sleeps_no_time_for_ever_is_ended_by_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_clock, "STEPS_AT_ONE_INSTANT", 2_000)
    with pytest.raises(LimitReached, match=r"2,000 steps at 0\.001000 s"):
        play(Restless, until_ms=2)


def test_a_roles_last_word_is_not_said_by_a_killed_node() -> None:
    assert len(play(Tidy, until_ms=20, kill_ms=10)) == 2, "its init_ok and its first word"


def test_a_run_that_a_limit_ended_is_unknown_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_clock, "STEPS_AT_ONE_INSTANT", 10)
    experiment = load_file(EXPERIMENT, catalogue())
    plan = make_plan(experiment, 1, load_pattern("paxos"), load_workload)
    finished = run_in_simulation(plan, None)
    assert (finished.verdict.verdict, finished.exit_code) == ("unknown", ExitCode.UNKNOWN)
    assert "10 steps at 0.000000 s" in finished.verdict.why


def test_a_program_of_the_users_own_is_refused_for_virtual_time_is_not_its_time() -> None:
    async def main(simulation: Simulation) -> None:
        simulation.start(Launch("n1", 0, ("node", "my_node.js"), Settings()))

    with pytest.raises(RunBroke, match="n1: simulation runs patterns of chaosctl alone"):
        run_simulated(1, main)


def test_ctrl_c_ends_a_simulation_in_order_and_leaves_the_signal_as_it_was() -> None:
    before = signal.getsignal(signal.SIGINT)
    tidied: list[int] = []

    async def main(simulation: Simulation) -> None:
        simulation.call_at(MS, lambda: os.kill(os.getpid(), signal.SIGINT))
        try:
            for time_ms in range(1_000):
                await simulation.sleep_until(time_ms * MS)
        finally:
            tidied.append(simulation.now_ns())

    with pytest.raises(KeyboardInterrupt):
        run_simulated(1, main)
    assert tidied
    assert tidied <= [2 * MS], "the run was ended where it stood, and could write down what it saw"
    assert signal.getsignal(signal.SIGINT) is before


class Curious(Role):
    """Asks the machine for what only the seed may give, and says so where it is refused."""

    async def on_go(self, go: Go) -> None:
        try:
            time.time()
        except NotInSimulationError:
            await self.send("n1", go)


def test_the_handlers_of_a_pattern_that_is_not_ours_are_guarded_too() -> None:
    assert len(play(Curious, until_ms=2)) == 2, "its init_ok, and that it was refused"


class Busy(Role):
    """Begins a loop that never waits."""

    async def on_go(self, _go: Go) -> None:
        while True:
            pass


def test_a_role_that_never_waits_is_ended_by_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BUSY_S", 0.05)
    with pytest.raises(LimitReached, match=r"n1 computed for 0\.05 s of CPU time and never waited"):
        play(Busy, until_ms=2)


class Deaf(Role):
    """Computes for ever, while somebody presses Ctrl-C so many times."""

    presses = 1

    async def on_go(self, _go: Go) -> None:
        for _ in range(self.presses):
            os.kill(os.getpid(), signal.SIGINT)
        while True:
            pass


class Impatient(Deaf):
    """The same, pressed twice."""

    presses = 2


@pytest.mark.parametrize("role", [Deaf, Impatient])
def test_ctrl_c_leaves_a_node_that_never_waits(role: type[Role], monkeypatch: pytest.MonkeyPatch) -> None:
    """The first waits for the loop's next pass, which the watch brings about; a second comes through at once."""
    monkeypatch.setattr(guard, "WATCH_S", 0.01)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        play(role, until_ms=2)
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_ends_a_whole_run_whose_node_never_waits_and_what_it_saw_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(guard, "WATCH_S", 0.01)
    monkeypatch.setattr(Acceptor, "on_prepare", Deaf.on_go)
    monkeypatch.setattr(Acceptor, "presses", 1, raising=False)
    plan = make_plan(load_file(EXPERIMENT, catalogue()), 1, load_pattern("paxos"), load_workload)
    finished = run_in_simulation(plan, tmp_path)
    assert finished.exit_code is ExitCode.INTERRUPTED
    assert finished.recording.operations


def test_the_end_of_a_run_is_no_nodes_bug() -> None:
    hosts: list[SimulatedHost] = []

    async def main(simulation: Simulation) -> None:
        simulation.start(launch())
        simulation.deliver("n1", INIT)
        await simulation.sleep_until(MS)

    def start(begun: Launch, host: SimulatedHost) -> Node:
        hosts.append(host)
        return Node(host, Pattern("test", "For tests.", {"player": Tidy}, (), ()), begun.settings)

    run_simulated(1, main, start)
    assert hosts[0]._machine.stderr == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Python's own, of what can't be ended.
def test_a_task_that_will_not_end_does_not_hang_the_end_of_a_run() -> None:
    class Stubborn:
        def __init__(self, host: SimulatedHost) -> None: ...

        def receive(self, line: bytes) -> None: ...

        async def run(self) -> None:
            while True:
                with contextlib.suppress(trio.Cancelled):
                    await trio.sleep_forever()

    async def main(simulation: Simulation) -> None:
        simulation.start(launch())
        await simulation.sleep_until(MS)

    with pytest.raises(AssertionError, match="does not end"):
        run_simulated(1, main, lambda _, host: Stubborn(host))
