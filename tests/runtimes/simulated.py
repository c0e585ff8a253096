"""Small programs and a driver for tests of the simulation: what a node does is a function of its host and its lines."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import trio
from outcome import Value

from chaosctl.node.settings import Settings
from chaosctl.runtimes.runtime import Launch
from chaosctl.runtimes.simulated_node import Program, SimulatedHost
from chaosctl.runtimes.simulation import Simulation, run_simulated

MS = 1_000_000


class Scripted:
    """A program that runs one async function, and answers no line."""

    def __init__(self, host: SimulatedHost, body: Callable[[SimulatedHost], Awaitable[None]]) -> None:
        self.host, self.body = host, body

    async def run(self) -> None:
        await self.body(self.host)
        await trio.sleep_forever()

    def receive(self, line: bytes) -> None:
        self.host.transmit(b"ignored " + line)


class Echo:
    """A program that writes every line back, from a task of its own, with the time at which it did."""

    def __init__(self, host: SimulatedHost) -> None:
        self.host = host
        self.task: trio.lowlevel.Task | None = None
        self.waiting: list[bytes] = []

    async def run(self) -> None:
        def leave(_: object) -> trio.lowlevel.Abort:
            self.task = None
            return trio.lowlevel.Abort.SUCCEEDED

        while True:
            self.task = trio.lowlevel.current_task()
            line = await trio.lowlevel.wait_task_rescheduled(leave)
            self.host.transmit(b"%s at %d" % (line, self.host.now_ns() // MS))

    def receive(self, line: bytes) -> None:
        assert self.task is not None, "a line came while the last one was not yet read"
        task, self.task = self.task, None
        trio.lowlevel.reschedule(task, Value(line))


@dataclass
class Seen:
    """What a run told its conductor, in order."""

    lines: list[tuple[str, bytes]] = field(default_factory=list)
    exits: list[tuple[str, int, int]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def texts(self) -> list[str]:
        return [line.decode() for _, line in self.lines]


def launch(node: str = "n1", incarnation: int = 0, *, wipe: bool = False, **settings: Any) -> Launch:
    """Return how an incarnation is started."""
    return Launch(node, incarnation, None, Settings(incarnation=incarnation, **settings), wipe)


def simulate(
    conduct: Callable[[Simulation, Seen], Awaitable[None]],
    program: Callable[[SimulatedHost], Program] = Echo,
    seed: int = 1,
) -> Seen:
    """Run a conductor over programs of one kind; returns what it was told."""
    seen = Seen()

    async def main(simulation: Simulation) -> None:
        simulation.on_line = lambda node, line: (seen.lines.append((node, line)), seen.told.append(line.decode()))
        simulation.on_exit = lambda *gone: (seen.exits.append(gone), seen.told.append(f"exit {gone[2]}"))
        await conduct(simulation, seen)

    run_simulated(seed, main, lambda _, host: program(host))
    return seen


def body(function: Callable[[SimulatedHost], Awaitable[None]]) -> Callable[[SimulatedHost], Program]:
    """Return the program that runs this function."""
    return lambda host: Scripted(host, function)
