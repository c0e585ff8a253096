"""How fast nodes of our own are ready: forked by the supervisor, against executing the same node.

Ready means that `init_ok` has come. Five are started at once in either way; then one is killed and started again.
The supervisor's own start, once a run, is measured apart.
"""

import json
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import trio
from measuring import Row, conclude, interleave, median_row, options, ratios

from chaosctl.node.settings import Settings
from chaosctl.runtimes.processes import Processes
from chaosctl.runtimes.runtime import Launch
from chaosctl.runtimes.supervisor import Supervisor

PATTERN = "raft-election"
NODES = tuple(f"n{number}" for number in range(1, 6))


def init(node: str) -> bytes:
    """Return the line that makes a process this node."""
    body = {"type": "init", "msg_id": 1, "node_id": node, "node_ids": [*NODES, "warm"]}
    return json.dumps({"src": "c0", "dest": node, "body": body}).encode()


class Forks:
    """Nodes forked by one supervisor; every round uses new data directories."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.round = 0
        self.restarts: list[float] = []

    def start_five(self) -> float:
        """Return the milliseconds until five are ready; measures a restart too. The supervisor is up by then."""
        self.round += 1
        with Supervisor() as supervisor:
            return trio.run(self._start_five, supervisor)

    async def _start_five(self, supervisor: Supervisor) -> float:
        async with Processes(supervisor, 1) as runtime:
            self.runtime = runtime
            self.ready: set[str] = set()
            self.changed = trio.Event()
            runtime.on_line = self._hear
            runtime.on_exit = lambda node, incarnation, _status: self._start(node, incarnation + 1)
            await self._time_until(["warm"])  # The supervisor's own start, and the pattern's import.
            ready_ms = await self._time_until(list(NODES))
            runtime.kill("n1")
            self.ready.clear()
            self.restarts.append(await self._time_until([], wanted=1))
            return ready_ms

    async def _time_until(self, starting: list[str], wanted: int | None = None) -> float:
        begun = time.perf_counter()
        self.ready.clear()
        for node in starting:
            self._start(node, 0)
        while len(self.ready) < (len(starting) if wanted is None else wanted):
            self.changed = trio.Event()
            await self.changed.wait()
        return (time.perf_counter() - begun) * 1e3

    def _start(self, node: str, incarnation: int) -> None:
        directory = self.folder / str(self.round) / node / "data"
        settings = Settings(pattern=PATTERN, directory=str(directory), incarnation=incarnation)
        self.runtime.start(Launch(node, incarnation, None, settings))
        self.runtime.deliver(node, init(node))

    def _hear(self, node: str, line: bytes) -> None:
        if b'"init_ok"' in line:
            self.ready.add(node)
            self.changed.set()


def execute(count: int) -> float:
    """Return the milliseconds until so many executed nodes are ready; they are ended before that is returned."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "chaosctl.node", PATTERN]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(count)]
    waiting = {}
    for node, process in zip(NODES, processes, strict=False):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(init(node) + b"\n")
        process.stdin.flush()
        waiting[process.stdout.fileno()] = process.stdout
    while waiting:
        for descriptor in select.select(list(waiting), [], [])[0]:
            if b'"init_ok"' in waiting[descriptor].readline():
                del waiting[descriptor]
    taken_ms = (time.perf_counter() - begun) * 1e3
    for process in processes:
        process.kill()
        process.communicate()
    return taken_ms


def start_supervisor() -> float:
    """Return the milliseconds from nothing to a supervisor that has ended again: its imports, most of all."""
    begun = time.perf_counter()
    with Supervisor():
        pass
    return (time.perf_counter() - begun) * 1e3


def main() -> None:
    """Measure, print, and hold the bounds."""
    chosen = options(__doc__ or "", rounds=7)
    with tempfile.TemporaryDirectory() as folder:
        forks = Forks(Path(folder))
        forked, five, one, supervisor = interleave(
            chosen.rounds, forks.start_five, lambda: execute(5), lambda: execute(1), start_supervisor
        )
    conclude(
        [
            median_row("five nodes forked by the supervisor, ready", forked, "ms"),
            median_row("five nodes executed at once, ready", five, "ms"),
            median_row("a forked node, from SIGKILL to ready again", forks.restarts, "ms"),
            median_row("one node executed, ready", one, "ms"),
            median_row("the supervisor itself, start to end", supervisor, "ms"),
            Row("five forked / five executed", ratios(forked, five), at_most=1 / 15),
            Row("restart / one executed", ratios(forks.restarts, one), at_most=1 / 8),
        ],
        check=chosen.check,
    )


if __name__ == "__main__":
    main()
