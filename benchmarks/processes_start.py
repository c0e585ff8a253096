"""How fast nodes of our own are ready: forked by the supervisor, against executing the same node.

Ready means that `init_ok` has come. Five are started at once in either way; then one is killed and started again.
The supervisor's own start, once a run, is measured apart. Beside the time that passes stands the processor time of all
who take part (nodes, supervisor, this process): on a machine that others use, too, it is the calmer of the two.
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
from chaosctl.node.sqlite_disk import SqliteDisk
from chaosctl.runtimes.processes import Processes
from chaosctl.runtimes.runtime import Launch
from chaosctl.runtimes.supervisor import Supervisor

PATTERN = "raft-election"
NODES = tuple(f"n{number}" for number in range(1, 6))


def init(node: str) -> bytes:
    """Return the line that makes a process this node."""
    body = {"type": "init", "msg_id": 1, "node_id": node, "node_ids": [*NODES, "warm"]}
    return json.dumps({"src": "c0", "dest": node, "body": body}).encode()


def processor_ms(pid: int) -> float:
    """Return a living process's processor time so far: clock_getcpuclockid(3), which Python does not offer."""
    return time.clock_gettime_ns(~pid << 3 | 2) / 1e6


class Forks:
    """Nodes forked by one supervisor; every round uses new data directories."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.round = 0
        self.restarts: list[float] = []
        self.processor: list[float] = []
        self.nodes_ms = 0.0

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
            begun_ms = time.process_time() * 1e3 + processor_ms(supervisor.process.pid)
            self.nodes_ms = 0.0
            ready_ms = await self._time_until(list(NODES))
            ended_ms = time.process_time() * 1e3 + processor_ms(supervisor.process.pid)
            self.processor.append(self.nodes_ms + ended_ms - begun_ms)
            await SqliteDisk(self._directory("n1")).commit({"key": b"value"}, 0.0)  # Else there was no file to open.
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
        settings = Settings(pattern=PATTERN, directory=str(self._directory(node)), incarnation=incarnation)
        self.runtime.start(Launch(node, incarnation, None, settings))
        self.runtime.deliver(node, init(node))

    def _directory(self, node: str) -> Path:
        return self.folder / str(self.round) / node / "data"

    def _hear(self, node: str, line: bytes) -> None:
        if b'"init_ok"' in line:
            self.ready.add(node)
            self.nodes_ms += processor_ms(self.runtime._living[node].pid)
            self.changed.set()


def execute(count: int, processor: list[float]) -> float:
    """Return the milliseconds until so many executed nodes are ready; they are ended before that is returned."""
    begun, begun_s, nodes_ms = time.perf_counter(), time.process_time(), 0.0
    command = [sys.executable, "-m", "chaosctl.node", PATTERN]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(count)]
    waiting = {}
    for node, process in zip(NODES, processes, strict=False):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(init(node) + b"\n")
        process.stdin.flush()
        waiting[process.stdout.fileno()] = process
    while waiting:
        for descriptor in select.select(list(waiting), [], [])[0]:
            if b'"init_ok"' in waiting[descriptor].stdout.readline():
                nodes_ms += processor_ms(waiting.pop(descriptor).pid)
    processor.append(nodes_ms + (time.process_time() - begun_s) * 1e3)
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
        processor: list[float] = []
        forked, five, one, supervisor = interleave(
            chosen.rounds, forks.start_five, lambda: execute(5, processor), lambda: execute(1, []), start_supervisor
        )
    conclude(
        [
            median_row("five nodes forked by the supervisor, ready", forked, "ms"),
            median_row("five nodes executed at once, ready", five, "ms"),
            median_row("processor time of five forked nodes", forks.processor, "ms"),
            median_row("processor time of five executed nodes", processor, "ms"),
            median_row("a forked node, from SIGKILL to ready again", forks.restarts, "ms"),
            median_row("one node executed, ready", one, "ms"),
            median_row("the supervisor itself, start to end", supervisor, "ms"),
            Row("five forked / five executed", ratios(forked, five), at_most=1 / 15),
            Row("five forked / five executed, processor time", ratios(forks.processor, processor)),
            Row("restart / one executed", ratios(forks.restarts, one), at_most=1 / 8),
        ],
        check=chosen.check,
    )


if __name__ == "__main__":
    main()
