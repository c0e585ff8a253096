"""Where a central leader ends the growth: tasks a second by workers, and what it buys to assign several at once.

    python benchmarks/leader_bottleneck.py      # some minutes; the file is experiments/leader-workers/bottleneck.toml

In simulation, where nothing takes time by itself: a task takes its worker 20 ms, an assignment takes the leader 2 ms,
one after the other, both declared. So a leader alone can keep ten workers busy, and the peer, one process that does
all itself, is done with a task after 20 ms. 96 clients hand in a task each and wait for it. Counted is what was
answered from `FROM` to `TO`, when the queues are as long as they become; latency is of the same tasks.
"""

import argparse
from pathlib import Path
from statistics import median

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.experiment.load import load
from chaosctl.runtimes.plan import make_plan
from chaosctl.runtimes.run import judge_in_simulation

FILE = Path(__file__).parent.parent / "experiments" / "leader-workers" / "bottleneck.toml"
WORKERS = (1, 2, 4, 8, 16, 32)
BATCHES = (1, 2, 4, 8, 16)
FROM, TO = 1.0, 3.0
"""Seconds of the run in which is counted."""


def served(*overrides: str) -> tuple[float, float]:
    """Return tasks a second, and half of them took longer than so many ms."""
    loaded = load(FILE.read_text(encoding="utf-8"), catalogue(), overrides=["expect.thresholds=[]", *overrides])
    plan = make_plan(loaded, 1, load_pattern("leader-workers"), load_workload)
    recording = judge_in_simulation(plan, messages_wanted=False)[0]
    began: dict[int, int] = {}
    took_ms = []
    for row in recording.operations:
        if row.type == "invoke":
            began[row.process] = row.time
        elif row.type == "ok" and row.f == "task" and FROM * 1e9 <= row.time < TO * 1e9:
            took_ms.append((row.time - began[row.process]) / 1e6)
    return len(took_ms) / (TO - FROM), median(took_ms)


def main() -> None:
    """Print the table as Markdown: a row for each number of workers, a column for each size of assignment."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    alone, alone_ms = served("system.nodes=1", 'system.options.assign_cost="0ms"')
    print(f"one process that does all itself: {alone:.0f} tasks a second, {alone_ms:.0f} ms\n")
    print("| workers | " + " | ".join(f"batch {batch}" for batch in BATCHES) + " |")
    print("|---:|" + "---:|" * len(BATCHES))
    for workers in WORKERS:
        cells = []
        for batch in BATCHES:
            rate, latency_ms = served(f"system.nodes={workers + 2}", f"system.options.batch={batch}")
            cells.append(f"{rate:.0f}/s, {rate / alone:.1f} times, {latency_ms:.0f} ms")
        print(f"| {workers} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
