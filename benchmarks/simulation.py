"""How fast virtual time is: messages a second, an empty run, and chaos on Paxos, against the same on trio's MockClock.

Ping-pong goes the whole way of a message: node API, router, network, message log (kept in memory). The peer runs the
same nodes and the same router over a runtime on `trio.testing.MockClock(autojump_threshold=0)`, where an event to come
is a task that sleeps: what one writes with trio's public parts alone. Seconds are of this process's CPU.
"""

import cProfile
import gc
import pstats
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import trio
import trio.testing
from measuring import Row, conclude, interleave, median_row, options, ratios
from ping_pong import Player

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.experiment.load import load
from chaosctl.experiment.model import Network as NetworkModel
from chaosctl.history.recorder import Recorder
from chaosctl.network.network import Network
from chaosctl.node.node import Node
from chaosctl.node.pattern import Pattern
from chaosctl.node.seeds import stream
from chaosctl.node.settings import Settings
from chaosctl.runtimes.conductor import Conductor
from chaosctl.runtimes.journal import Journal
from chaosctl.runtimes.members import Blueprint, Members
from chaosctl.runtimes.plan import make_plan
from chaosctl.runtimes.router import Router
from chaosctl.runtimes.runtime import Launch
from chaosctl.runtimes.simulation import run_simulated

NODES = ("n1", "n2")
PING_PONG = Pattern("ping-pong", "For this benchmark.", {"player": Player}, (), ())
MESSAGES = 20_000
SEEDS = range(3)

CHAOS = """
name = "paxos-under-faults"
duration = "60s"
[system]
pattern = "paxos"
nodes = 5
[network]
latency = { distribution = "exponential", mean = "2ms" }
loss = 0.01
[disk]
sync = "1ms"
[workload]
clients = 5
rate = 20
timeout = "500ms"
[[faults]]
kind = "crash"
target = "random"
at = "2s"
every = "5s"
restart_after = "1s"
[[faults]]
kind = "partition"
groups = [["minority"], ["rest"]]
at = "4s"
every = "7s"
duration = "2s"
"""


class MockRuntime:
    """Implements runtimes.runtime.Runtime over trio's public parts: a task for each event to come."""

    name = "mock"
    on_line: Callable[[str, bytes], None]
    on_exit: Callable[[str, int, int], None]

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self._nodes: dict[str, Node] = {}

    def now_ns(self) -> int:
        """Return the nanoseconds since the run began."""
        return round(trio.current_time() * 1e9)

    def call_at(self, time_ns: int, action: Callable[[], object], _rank: int = 0) -> Any:
        """Run an action at that time: a task sleeps until then. Those of one instant come as trio's chance has it."""
        scope = trio.CancelScope()
        self._nursery.start_soon(self._run_at, time_ns, action, scope)
        return scope

    async def sleep_until(self, time_ns: int) -> None:
        """Wait for a time."""
        await trio.sleep_until(time_ns / 1e9)

    def start(self, launch: Launch) -> None:
        """Start a node."""
        node = self._nodes[launch.node] = Node(MockHost(self, launch.node), PING_PONG, launch.settings)
        self._nursery.start_soon(node.run)

    def deliver(self, node: str, line: bytes) -> bool:
        """Hand a line to a node."""
        self._nodes[node].receive(line)
        return True

    async def _run_at(self, time_ns: int, action: Callable[[], object], scope: trio.CancelScope) -> None:
        with scope:
            await trio.sleep_until(time_ns / 1e9)
            action()


class MockHost:
    """What a node that only plays ping-pong needs of its host."""

    park = staticmethod(trio.lowlevel.wait_task_rescheduled)

    def __init__(self, runtime: MockRuntime, node: str) -> None:
        self.disk, self.now_ns, self.sleep, self.nursery = self, runtime.now_ns, trio.sleep, trio.open_nursery
        self._runtime, self._node = runtime, node

    def load(self, _lost: int) -> dict[str, bytes]:
        """Return what the disk kept: nothing."""
        return {}

    def recall_points(self) -> dict[str, int]:
        """Return which armed points were passed: none."""
        return {}

    def is_drained(self) -> bool:
        """Return that no crash can lose a line."""
        return True

    def transmit(self, line: bytes) -> None:
        """Write a line."""
        self._runtime.call_at(0, lambda: self._runtime.on_line(self._node, line))


async def play(runtime: Any) -> None:
    """Play until so many messages were sent; one ball, for 64 in flight would share what an instant costs."""
    journal = Journal(runtime, Recorder.in_memory())
    settings = Settings(events=True, pattern="ping-pong")
    blueprint = Blueprint(None, settings, lambda _: "", {}, None, None, restarts_by_itself=False)
    members = Members(NODES, blueprint, runtime, journal)
    network = Network(NetworkModel(), {}, stream(1, "network"))
    router = Router(runtime, network, members, journal)
    runtime.on_line, runtime.on_exit = router.node_wrote, members.exited
    for node in NODES:
        members.start(node)
    while not members.are_settled():
        await runtime.sleep_until(runtime.now_ns() + 1_000_000)
    journal.begin()
    await runtime.sleep_until(runtime.now_ns() + 1_000_000)
    begin(runtime)
    while router.count < MESSAGES:
        await runtime.sleep_until(runtime.now_ns() + 1_000_000_000)
    assert not journal.problems, journal.problems


def begin(runtime: Any) -> None:
    """Bring the ball into play: n1 says it to n2."""
    runtime.deliver("n1", b'{"src":"n2","dest":"n1","body":{"type":"ball","msg_id":1,"number":1}}')


def messages_a_second(run: Callable[[Callable[[Any], Awaitable[None]]], None]) -> float:
    """Return how many messages a second of CPU a runtime carries."""
    began = cpu_now()
    run(play)
    return MESSAGES / (time.process_time() - began)


def cpu_now() -> float:
    """Return this process's CPU seconds, after tidying up: what one measure leaves is not the next one's to pay."""
    gc.collect()
    return time.process_time()


def over_mock_clock(main: Callable[[Any], Awaitable[None]]) -> None:
    """Run over the peer."""

    async def everything() -> None:
        async with trio.open_nursery() as nursery:
            await main(MockRuntime(nursery))
            nursery.cancel_scope.cancel()

    trio.run(everything, clock=trio.testing.MockClock(autojump_threshold=0))


def over_simulation(main: Callable[[Any], Awaitable[None]]) -> None:
    """Run over ours."""
    run_simulated(1, main, lambda launch, host: Node(host, PING_PONG, launch.settings))


def empty_run_ms() -> float:
    """Return the milliseconds that a run takes in which nothing happens."""

    async def main(_: Any) -> None: ...

    began = cpu_now()
    for seed in range(100):
        run_simulated(seed, main)
    return (time.process_time() - began) * 1e3 / 100


def simulated_seconds_a_second(*, messages_wanted: bool) -> float:
    """Return how many seconds of Paxos on five nodes under crashes, cuts and loss a second of CPU simulates."""
    experiment, pattern = load(CHAOS, catalogue()), load_pattern("paxos")
    simulated_ns = 0
    began = cpu_now()
    for seed in SEEDS:
        plan = make_plan(experiment, seed, pattern, load_workload)
        recorder = Recorder.in_memory(messages_wanted=messages_wanted)

        async def main(runtime: Any, plan: Any = plan, recorder: Recorder = recorder) -> int:
            await Conductor(plan, plan.blueprint(lambda _: "", origin_ns=0), runtime, recorder).conduct()
            return int(runtime.now_ns())

        simulated_ns += run_simulated(seed, main, lambda launch, host: Node(host, pattern, launch.settings))
    return simulated_ns / 1e9 / (time.process_time() - began)


def main() -> None:
    """Measure, print, and hold the bounds."""
    chosen = options(__doc__ or "", rounds=5)
    if chosen.profile:
        profile = cProfile.Profile()
        profile.runcall(messages_a_second, over_simulation)
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
        return
    empty_run_ms()  # The first of a process imports.
    ours, mock, empty, logged, unlogged = interleave(
        chosen.rounds,
        lambda: messages_a_second(over_simulation),
        lambda: messages_a_second(over_mock_clock),
        empty_run_ms,
        lambda: simulated_seconds_a_second(messages_wanted=True),
        lambda: simulated_seconds_a_second(messages_wanted=False),
    )
    conclude(
        [
            median_row("ping-pong, our simulation", ours, "/s"),
            median_row("ping-pong, the same on MockClock", mock, "/s"),
            Row("our simulation / MockClock", ratios(ours, mock), at_least=5),
            replace(median_row("an empty run", empty, "ms"), at_most=1),
            replace(median_row("5-node Paxos with faults, simulated s", logged, "/s"), at_least=400),
            median_row("the same without a message log", unlogged, "/s"),
        ],
        check=chosen.check,
    )


if __name__ == "__main__":
    main()
