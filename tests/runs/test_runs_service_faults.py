"""Faults between nodes and the services that they ask: roles of ours in both runtimes, a partition seen and healed."""

import json
import sys

import pytest

from chaosctl.catalogue import catalogue
from chaosctl.errors import BadInput
from chaosctl.experiment.load import load
from tests.runs import asks_service

EXPERIMENT = """
name = "asks-service"
duration = "1500ms"
grace = "400ms"
seed = 3
[system]
pattern = "asks-service"
nodes = 3
[workload]
kind = "key-value"
clients = 6
rate = 60
timeout = "250ms"
options = { keys = 2 }
[[faults]]
at = "500ms"
duration = "500ms"
"""
EXPECT = '[expect]\nchecks = ["linearizable"]\n'
ALONE = 'kind = "partition"\nshape = "isolate"\ntarget = "lin-kv"\n'
RUNTIMES = ["simulate", pytest.param("on_processes", marks=[pytest.mark.processes, pytest.mark.slow])]


@pytest.fixture(autouse=True)
def _pattern(install):
    install("asks-service", "tests.runs.asks_service:ASKS_SERVICE")


@pytest.fixture(params=RUNTIMES)
def run(request):
    """Run an experiment in either runtime."""
    runtime = request.getfixturevalue(request.param)
    command = f"command = {json.dumps([sys.executable, asks_service.__file__])}"
    by = 'pattern = "asks-service"' if request.param == "simulate" else command
    return lambda text: runtime(text.replace('pattern = "asks-service"', by) + EXPECT)


def test_who_asks_a_service_that_is_cut_off_is_not_answered_until_it_is_healed(run):
    seen = run(EXPERIMENT + ALONE)
    assert seen.verdict == "pass"
    assert seen.figure("availability", phase="before") > 0.9
    assert seen.figure("availability", phase="faults") < 0.3
    assert seen.figure("availability", phase="after") > 0.8


@pytest.mark.parametrize(
    "fault",
    [
        'kind = "partition"\nshape = "one-way"\nfrom = "lin-kv"\nto = "n1"\n',
        'kind = "partition"\ngroups = [["n1", "n2", "n3"], ["lin-kv", "n2", "n3"]]\n',
        'kind = "loss"\nprobability = 1.0\nfrom = "n1"\nto = "lin-kv"\n',
        'kind = "delay"\nlatency = { distribution = "constant", mean = "300ms" }\nfrom = "lin-kv"\nto = "n1"\n',
    ],
)
def test_one_node_may_be_kept_from_a_service_while_the_others_are_served(run, fault):
    seen = run(EXPERIMENT + fault)
    assert seen.verdict == "pass"
    assert seen.figure("availability", phase="faults", node="n1") < 0.3
    assert seen.figure("availability", phase="faults", node="n2") > 0.8


def test_a_partition_of_nodes_that_names_no_service_cuts_nobody_off_from_it(simulate):
    seen = simulate(EXPERIMENT + 'kind = "partition"\ngroups = [["n1"], ["rest"]]\n')
    assert seen.verdict == "unknown"  # The nodes never talk to each other: it touched nothing.
    assert seen.figure("availability", phase="faults") > 0.9


def test_a_service_beside_nodes_in_a_group_is_on_their_side(simulate):
    seen = simulate(EXPERIMENT + 'kind = "partition"\ngroups = [["n1", "lin-kv"], ["rest"]]\n')
    assert seen.figure("availability", phase="faults", node="n1") > 0.9
    assert seen.figure("availability", phase="faults", node="n3") < 0.3


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ('kind = "partition"\ngroups = [["lin-kvv"], ["rest"]]\n', 'did you mean "lin-kv"'),
        ('kind = "partition"\nshape = "isolate"\ntarget = "seq-kw"\n', 'did you mean "seq-kv"'),
        ('kind = "loss"\nprobability = 1.0\nto = "lin-tos"\n', 'did you mean "lin-tso"'),
        ('kind = "crash"\ntarget = "lin-kv"\n', '"lin-kv" is a service'),
        ('kind = "pause"\ntarget = "lww-kv"\n', '"lww-kv" is a service'),
    ],
)
def test_a_service_that_is_misspelt_or_can_not_be_hurt_so_is_refused(fault, complaint):
    with pytest.raises(BadInput, match=complaint):
        load(EXPERIMENT + fault, catalogue())
