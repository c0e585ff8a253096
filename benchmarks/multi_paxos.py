"""Multi-Paxos and Raft by the number of nodes: operations a second on processes, and simulated seconds a second.

    python benchmarks/multi_paxos.py --rounds 3

Eight clients in a closed loop over eight keys, no faults, no delay but the machine's own; on processes every accept is
a SQLite sync. Operations are those that were ok, over the load's time. Raft beside it is the peer: the same store and
clients in the same round. Simulated seconds are of this process's CPU, 50 operations a second.
"""

import statistics
import tempfile
import time
from pathlib import Path

from measuring import Row, conclude, interleave, median_row, options

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.experiment.load import load
from chaosctl.runtimes.plan import Plan, make_plan
from chaosctl.runtimes.run import run_in_simulation, run_on_processes

NODES = (1, 3, 5, 7)
SECONDS = 3
FILE = """
name = "by-nodes"
duration = "{seconds}s"
grace = "100ms"
[system]
pattern = "{pattern}"
nodes = {nodes}
[workload]
clients = 8
timeout = "2s"
{rate}
[workload.options]
keys = 8
"""


def plan(pattern: str, nodes: int, rate: str = "") -> Plan:
    """Return a run without faults."""
    text = FILE.format(pattern=pattern, nodes=nodes, seconds=SECONDS, rate=rate)
    return make_plan(load(text, catalogue()), 1, load_pattern(pattern), load_workload)


def operations_a_second(pattern: str, nodes: int) -> float:
    """Return how many operations a second were ok on processes."""
    with tempfile.TemporaryDirectory() as folder:
        finished = run_on_processes(plan(pattern, nodes), Path(folder))
    assert finished.verdict.verdict == "pass", finished.verdict.why
    done = [row for row in finished.recording.operations if row.type == "ok" and row.time <= SECONDS * 1e9]
    return len(done) / SECONDS


def simulated_seconds_a_second(nodes: int) -> float:
    """Return how much virtual time a second of CPU makes, judging included."""
    made = plan("multi-paxos", nodes, "rate = 50")
    begun = time.process_time()
    run_in_simulation(made, None)
    return SECONDS / (time.process_time() - begun)


def main() -> None:
    """Measure each number of nodes, and how both grow from three to seven."""
    arguments = options(__doc__ or "", rounds=3)
    rows = []
    medians = {}
    for nodes in NODES:
        ours, peer, simulated = interleave(
            arguments.rounds,
            lambda nodes=nodes: operations_a_second("multi-paxos", nodes),
            lambda nodes=nodes: operations_a_second("raft", nodes),
            lambda nodes=nodes: simulated_seconds_a_second(nodes),
        )
        medians[nodes] = (statistics.median(ours), statistics.median(simulated))
        rows.append(median_row(f"multi-paxos, {nodes} nodes, processes", ours, "op/s"))
        rows.append(median_row(f"raft, {nodes} nodes, processes", peer, "op/s"))
        rows.append(median_row(f"multi-paxos, {nodes} nodes, simulation", simulated, "s/s"))
    rows.append(Row("operations a second, 7 nodes / 3 nodes", medians[7][0] / medians[3][0]))
    rows.append(Row("simulated seconds a second, 7 nodes / 3 nodes", medians[7][1] / medians[3][1]))
    conclude(rows, check=arguments.check)


if __name__ == "__main__":
    main()
