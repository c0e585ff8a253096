"""Nodes that ask the services which the runner has: over the network, and with faults between."""

import json
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.processes, pytest.mark.slow]
NODE = Path(__file__).parents[2] / "examples" / "services" / "proxy.py"


def experiment(service, fault=""):
    command = json.dumps([sys.executable, "-S", str(NODE), service])
    return f"""
        name = "by-{service}"
        duration = "700ms"
        grace = "100ms"
        seed = 1
        [system]
        command = {command}
        nodes = 3
        [workload]
        kind = "key-value"
        rate = 200
        clients = 6
        timeout = "200ms"
        options = {{ keys = 1, cas = 0.2 }}
        {fault}
        [expect]
        checks = ["linearizable"]
    """


def test_a_node_before_lin_kv_is_linearizable(on_processes):
    assert on_processes(experiment("lin-kv")).verdict == "pass"


def test_a_node_before_seq_kv_is_convicted_of_stale_reads(on_processes):
    run = on_processes(experiment("seq-kv"))
    assert (run.verdict, run.violated) == ("fail", {"linearizable"})


def test_a_fault_may_be_aimed_between_a_node_and_a_service(on_processes):
    fault = (
        '[[faults]]\nkind = "loss"\nprobability = 1.0\nfrom = "n1"\nto = "lin-kv"\nat = "300ms"\nduration = "200ms"\n'
    )
    run = on_processes(experiment("lin-kv", fault))
    assert run.verdict == "pass"
    assert "fail" in run.outcomes("read") or "info" in run.outcomes("write")
