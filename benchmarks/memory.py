"""Private memory of node processes and of the runner, while one long run goes on (Linux: /proc/PID/smaps_rollup).

Five nodes of our own, forked, under load; the runner is this process, with every import that it made for the run. The
runner's memory must not follow the run's length, so it is read at 2,000 operations and again at nine times as many.
An executed node that was told nothing but init is the peer of a forked one.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import trio
from measuring import Row, conclude, options
from processes_start import NODES, PATTERN, init

from chaosctl.cli.running import load_plan
from chaosctl.runtimes.conductor import Conductor
from chaosctl.runtimes.run import run_on_processes

EXPERIMENT = Path(__file__).parent.parent / "experiments" / PATTERN / "no-fault.toml"
MARKS = (2_000, 10_000, 18_000)
OVERRIDES = ("workload.rate=1000", "workload.clients=64", "workload.timeout=2s", "duration=60s", "grace=10ms")


def private_mib(pid: int) -> float:
    """Return what no other process shares with this one, in MiB."""
    lines = Path("/proc", str(pid), "smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def children(parent: int) -> list[int]:
    """Return the ids of a process's children."""
    fields = {
        path.parent.name: path.read_text().rpartition(")")[2].split() for path in Path("/proc").glob("[0-9]*/stat")
    }
    return [int(pid) for pid, words in fields.items() if int(words[1]) == parent]


class Watch:
    """Reads memory when the run has come to each mark, and ends it after the last one."""

    def __init__(self) -> None:
        self.runner: dict[int, float] = {}
        self.nodes: dict[int, float] = {}

    async def __call__(self, conductor: Conductor) -> None:
        """Watch; what `run_on_processes` calls."""
        for mark in MARKS:
            while conductor.clients.tally.invoked < mark:  # noqa: ASYNC110 - nothing there tells of it.
                await trio.sleep(0.02)
            (supervisor,) = children(os.getpid())
            nodes = [private_mib(pid) for pid in children(supervisor)]
            self.runner[mark] = private_mib(os.getpid())
            self.nodes[mark] = sum(nodes) / len(nodes)
        os.kill(os.getpid(), 2)  # As Ctrl-C does: the run ends in order.


def executed_node_mib() -> float:
    """Return the private memory of an executed node that has answered init."""
    command = [sys.executable, "-m", "chaosctl.node", PATTERN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(init(NODES[0]) + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        size = private_mib(process.pid)
        process.kill()
    return size


def main() -> None:
    """Measure, print, and hold the bounds."""
    chosen = options(__doc__ or "", rounds=1)
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder:
        plan = load_plan(EXPERIMENT, seed=1, overrides=OVERRIDES, simulate=False)
        run_on_processes(plan, Path(folder), watch)
    first, middle, last = MARKS
    executed = executed_node_mib()
    conclude(
        [
            *(Row(f"a forked node at {mark:,} operations (mean of five)", watch.nodes[mark], "MiB") for mark in MARKS),
            Row("an executed node, after init", executed, "MiB"),
            *(Row(f"the runner at {mark:,} operations", watch.runner[mark], "MiB") for mark in MARKS),
            Row("a forked node / an executed one", watch.nodes[middle] / executed, at_most=1.0),
            Row(f"the runner, {last:,} / {first:,} operations", watch.runner[last] / watch.runner[first], at_most=1.1),
        ],
        check=chosen.check,
    )


if __name__ == "__main__":
    main()
