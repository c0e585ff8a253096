"""The runtime in which time is virtual: all nodes are tasks of one trio run, seeded, with disks in memory.

A run is a pure function of (experiment, seed, code). What a node writes goes through a queue of this runtime's own, so
that `on_line` is never called from inside `deliver`, `kill` or a node's `send`.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from functools import partial
from typing import TypeVar

from outcome import Error, capture

from chaosctl.errors import RunBroke
from chaosctl.node.seeds import Later, stream
from chaosctl.runtimes.guard import guarded, inside_node, watched
from chaosctl.runtimes.loop import end_all_but_this, run_deterministically
from chaosctl.runtimes.memory_disk import MemoryDisk
from chaosctl.runtimes.runtime import Launch
from chaosctl.runtimes.scopes import Nursery
from chaosctl.runtimes.simulated_node import KILLED, Machine, Program, SimulatedHost
from chaosctl.runtimes.stderr_edges import edge_lines
from chaosctl.runtimes.virtual_clock import VirtualClock

T = TypeVar("T")

Start = Callable[[Launch, SimulatedHost], Program]
"""How a node's program is made; tests have programs of their own."""


def run_simulated(seed: int, main: Callable[["Simulation"], Awaitable[T]], start: Start | None = None) -> T:
    """Run `main` over a simulation and return what it returns; the same for the same seed.

    Raises LimitReached where the simulation deadlocked, ran away or never waited: `main` was cancelled then.
    """
    clock = VirtualClock(Later(seed, "instants"))
    results: list[T] = []

    async def everything() -> None:
        try:
            with clock.scope:
                async with Nursery() as nursery:
                    simulation = Simulation(seed, clock, nursery, start or _refuse)
                    try:
                        results.append(await main(simulation))
                    finally:
                        simulation.end()
                        end_all_but_this()
        finally:
            clock.is_over = True

    with guarded(), watched(clock):
        outcome = capture(run_deterministically, everything, clock, stream(seed, "scheduler").getrandbits(64))
    if isinstance(outcome, Error) and isinstance(outcome.error, KeyboardInterrupt):
        raise outcome.error
    if clock.failure is not None:
        raise clock.failure
    if isinstance(outcome, Error):
        raise _innermost(outcome.error)
    return results[0]


class Simulation:
    """Implements runtimes.runtime.Runtime."""

    name = "simulation"

    def __init__(self, seed: int, clock: VirtualClock, nursery: Nursery, start: Start) -> None:
        self.on_line: Callable[[str, bytes], None] = _ignore
        self.on_exit: Callable[[str, int, int], None] = _ignore
        self.on_problem: Callable[[str, str, bytes], None] = _ignore  # A simulated node writes whole lines alone.
        self.call_at = clock.call_at
        self.sleep_until = clock.sleep_until
        self._seed, self._clock, self._nursery, self._start = seed, clock, nursery, start
        self._machines: dict[str, Machine] = {}
        self._hosts: dict[str, SimulatedHost] = {}
        self._lines: deque[tuple[str, bytes]] = deque()

    def now_ns(self) -> int:
        """Return nanoseconds since the run began."""
        return self._clock.now_ns

    def random_seed(self) -> int:
        """Return the run's seed."""
        return self._seed

    def start(self, launch: Launch) -> None:
        """Start an incarnation of one of our patterns; any other program needs real processes."""
        if launch.command is not None:
            raise RunBroke(f"{launch.node}: simulation runs patterns of chaosctl alone; a command needs processes")
        machine = self._machine(launch.node)
        if launch.wipe:
            machine.disk.wipe()
        host = SimulatedHost(
            machine,
            self._clock,
            partial(self._wrote, launch.node),
            partial(self._exited, launch.node, launch.incarnation),
        )
        self._hosts[launch.node] = host
        context = copy_context()
        context.run(inside_node.set, launch.node)
        context.run(partial(self._nursery.start_soon, host.live, partial(self._start, launch)))

    def kill(self, node: str) -> None:
        """End the node's incarnation in this instant; nothing where it has ended."""
        self._hosts[node].end(KILLED)

    def pause(self, node: str) -> None:
        """Let nothing of the node run until it is resumed."""
        self._hosts[node].pause()

    def resume(self, node: str) -> None:
        """Let the node go on, with all that came meanwhile."""
        self._hosts[node].resume()

    def deliver(self, node: str, line: bytes) -> bool:
        """Hand a line to the node's inbox; False where it is full."""
        return self._hosts[node].deliver(line)

    def inbox_left(self, node: str) -> int:
        """Return how many delivered lines the node's last incarnation left unread."""
        return len(self._hosts[node].inbox)

    def stderr_edges(self, node: str) -> list[str]:
        """Return the first and the last line that the node's last incarnation wrote to stderr."""
        return edge_lines("".join(self._machine(node).stderr[self._hosts[node].said_before :]))

    def stderr(self, node: str) -> str:
        """Return all that the node wrote to stderr, over all its incarnations."""
        return "".join(self._machine(node).stderr)

    def end(self) -> None:
        """End every node, and with them the run."""
        self.on_exit = _ignore
        for node in self._hosts:
            self.kill(node)
        self._clock.forget_all()

    def _machine(self, node: str) -> Machine:
        if node not in self._machines:
            self._machines[node] = Machine(node, MemoryDisk(Later(self._seed, f"disk/{node}")))
        return self._machines[node]

    def _wrote(self, node: str, line: bytes) -> None:
        self._lines.append((node, line))
        if len(self._lines) == 1:
            self._clock.call_at(self._clock.now_ns, self._pass_on)

    def _pass_on(self) -> None:
        lines, self._lines = self._lines, deque()
        for node, line in lines:
            self.on_line(node, line)

    def _exited(self, node: str, incarnation: int, status: int) -> None:
        """Tell of an exit after all that was written before it."""
        self._clock.call_at(self._clock.now_ns, lambda: self.on_exit(node, incarnation, status))


def _refuse(launch: Launch, _host: SimulatedHost) -> Program:
    raise RunBroke(f"{launch.node}: this simulation was made without nodes")


def _ignore(*_told: object) -> None:
    """Take no notice: nobody listens yet, or any more."""


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
