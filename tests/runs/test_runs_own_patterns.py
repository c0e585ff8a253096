"""Our own nodes as a user's command, in Maelstrom's protocol: they pass the same workloads, though they crash."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from whole_program import Program

SERVED = (
    ("multi-paxos", "key-value", "linearizable"),
    ("raft", "key-value", "linearizable"),
    ("g-set", "g-set", "set-full"),
    ("pn-counter", "g-counter", "counter-sums"),
    ("pn-counter", "pn-counter", "counter-sums"),
    ("broadcast", "broadcast", "set-full"),
)

AT_ONCE = 3
UNKNOWN = 4
"""Nothing was proven, as on a machine too busy to be steady: such a run is made again, alone."""


def experiment(pattern, workload, check):
    """Return an experiment whose nodes all crash, and then one of them alone."""
    command = json.dumps([sys.executable, "-m", "chaosctl.node", pattern])
    return f"""
        name = "{pattern}-{workload}"
        duration = "4s"
        grace = "1500ms"
        settle = "700ms"
        seed = 1
        [system]
        command = {command}
        nodes = 3
        [workload]
        kind = "{workload}"
        rate = 30
        clients = 3
        timeout = "1s"
        [[faults]]
        kind = "crash"
        target = "all"
        at = "1500ms"
        restart_after = "50ms"
        [[faults]]
        kind = "crash"
        target = "n2"
        at = "3s"
        restart_after = "50ms"
        [expect]
        checks = ["{check}"]
    """


@pytest.mark.processes
@pytest.mark.slow
def test_our_own_nodes_pass_maelstroms_workloads_as_external_commands_though_they_crash(tmp_path):
    files = {}
    for served in SERVED:
        files[served] = tmp_path / f"{'-'.join(served)}.toml"
        files[served].write_text(experiment(*served))
    run = Program(tmp_path).run
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = dict(zip(SERVED, pool.map(lambda served: run("run", str(files[served])), SERVED), strict=True))
    runs |= {served: run("run", str(files[served])) for served, done in runs.items() if done.returncode == UNKNOWN}
    assert {served: done.stdout + done.stderr for served, done in runs.items() if done.returncode} == {}
