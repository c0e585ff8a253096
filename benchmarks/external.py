"""Nodes of somebody else's: what the runner adds to examples/echo.js, how soon it begins, and a broadcast to 25 nodes.

The peer of a round trip is the same program on bare pipes, one request after another. Broadcast is counted as Maelstrom
counts it: messages between nodes for each operation invoked, reads included, and how long until no read lacks an
element (Gossip Glomers asks for 30 messages, 400 ms and 600 ms at most of 25 nodes at 100 ms; then for 20, 1 s, 2 s).
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import Row, conclude, interleave, median_row, options, ratios

from chaosctl.catalogue import catalogue, load_workload
from chaosctl.checkers.calls import calls_of
from chaosctl.experiment.load import load
from chaosctl.experiment.maelstrom import Options, experiment_text
from chaosctl.runtimes.plan import make_plan
from chaosctl.runtimes.run import Finished, run_on_processes

EXAMPLES = Path(__file__).parent.parent / "examples"
ECHO = EXAMPLES / "echo.js"
REQUESTS = 2_000
LOAD_S = 3
PRELOADED = """
const fs = require("node:fs");
let seen = false;
process.stdin.on("data", (data) => {
  if (!seen && data.includes('"echo"')) { seen = true; fs.appendFileSync(%s, Date.now() + "\\n"); }
});
"""
"""Loaded before the program: notes when the first operation came."""


def run(text: str, folder: str) -> Finished:
    """Return a finished run of an experiment on processes, its results in a folder."""
    plan = make_plan(load(text, catalogue()), 1, None, load_workload)
    return run_on_processes(plan, Path(folder))


def echo_text(nodes: int, clients: int, duration: str = f"{LOAD_S}s", command: tuple[str, ...] = ("node",)) -> str:
    """Return the experiment of an echo, closed loop."""
    words = json.dumps([*command, str(ECHO)])
    return (
        f'name = "external"\nduration = "{duration}"\ngrace = "0s"\n[system]\ncommand = {words}\nnodes = {nodes}\n'
        '[network]\nlatency = { distribution = "constant", mean = "0s" }\n'
        f'[workload]\nkind = "echo"\nclients = {clients}\n'
    )


def echo(nodes: int, clients: int) -> tuple[float, float]:
    """Return messages a second (requests and answers), and the median round trip in microseconds."""
    with tempfile.TemporaryDirectory() as folder:
        answered = [call for call in calls_of(run(echo_text(nodes, clients), folder).recording) if call.outcome == "ok"]
    trips = [(call.last.time - call.invoked.time) / 1e3 for call in answered]
    return 2 * len(trips) / LOAD_S, statistics.median(trips)


def bare() -> float:
    """Return the median round trip in microseconds of the same program on bare pipes."""
    process = subprocess.Popen(["node", str(ECHO)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    trips = []
    for number in range(REQUESTS):
        body = {"type": "echo", "msg_id": number, "echo": f"Please echo {number % 128}"}
        begun = time.perf_counter()
        process.stdin.write(json.dumps({"src": "c1", "dest": "n1", "body": body}).encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        trips.append((time.perf_counter() - begun) * 1e6)
    process.kill()
    process.communicate()
    return statistics.median(trips)


def first_operation() -> float:
    """Return the milliseconds from the command line to the first operation at a node, of five."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "first.js").write_text(PRELOADED % json.dumps(str(folder / "times")), encoding="utf-8")
        command = ("node", "-r", str(folder / "first.js"))
        (folder / "echo.toml").write_text(echo_text(5, 5, "300ms", command), encoding="utf-8")
        begun = time.time()
        words = [sys.executable, "-m", "chaosctl", "run", "echo.toml"]
        subprocess.run(words, cwd=folder, capture_output=True, check=False)
        return min(map(int, (folder / "times").read_text(encoding="utf-8").split())) - begun * 1e3


def broadcast(program: str) -> list[Row]:
    """Return what Maelstrom would say of 25 nodes in a tree at 100 operations a second and 100 ms."""
    text = experiment_text(
        Options(
            workload="broadcast",
            command=["node", str(EXAMPLES / "broadcast" / program)],
            nodes=[f"n{number}" for number in range(25)],
            time_limit=20.0,
            rate=100.0,
            latency=0.1,
            distribution="constant",
            nemeses=[],
            interval=None,
            clients=25,
            availability=None,
            settle=2.0,
            models=[],
            workload_options={"topology": "tree4"},
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        finished = run(text, folder)
        recording = finished.recording
        nodes = set(recording.declared.nodes)
        invoked = sum(row.type == "invoke" for row in recording.operations)
        ends = {row.id: {row.process, row.dest} for row in recording.messages() if row.fate == "sent"}
        sent = sum(end <= nodes for end in ends.values())
    check = finished.verdict.checks["set-full"]
    what = f"broadcast, {program}"
    print(f"{what}: {check.valid}, {invoked} operations, {check.counts['lost']} lost")
    stable = [Row(f"{what}: stable, {part}", float(check.counts[f"stable_ms_{part}"]), "ms") for part in ("p50", "max")]
    return [Row(f"{what}: messages an operation", sent / invoked), *stable]


def main() -> None:
    """Measure, print, and hold the bound."""
    chosen = options(__doc__ or "", rounds=3)
    if shutil.which("node") is None:
        print("skipped: examples/echo.js needs node")
        return
    pipes, five, twenty_five, first = interleave(
        chosen.rounds, bare, lambda: echo(5, 1)[1], lambda: echo(25, 1)[1], first_operation
    )
    rates = interleave(chosen.rounds, lambda: echo(5, 10)[0], lambda: echo(25, 50)[0])
    conclude(
        [
            median_row("round trip: bare pipes", pipes, "us"),
            median_row("round trip: runner, 5 nodes", five, "us"),
            median_row("round trip: runner, 25 nodes", twenty_five, "us"),
            Row("runner / bare pipes, 5 nodes", ratios(five, pipes), at_most=6),
            Row("runner / bare pipes, 25 nodes", ratios(twenty_five, pipes), at_most=6),
            median_row("messages a second, 5 nodes, 10 clients", rates[0], "/s"),
            median_row("messages a second, 25 nodes, 50 clients", rates[1], "/s"),
            median_row("command to first operation, 5 nodes", first, "ms"),
            *broadcast("once.js"),
            *broadcast("retries.js"),
        ],
        check=chosen.check,
    )


if __name__ == "__main__":
    main()
