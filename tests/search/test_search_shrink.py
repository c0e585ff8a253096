"""Shrink keeps what makes a run fail, and nothing else."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chaosctl.catalogue import catalogue
from chaosctl.cli.app import app
from chaosctl.errors import BadInput
from chaosctl.experiment.load import load, load_file
from chaosctl.experiment.model import Experiment
from chaosctl.search.shrink import Budget, Shrunk, shrink, write_file

PLANTED = """
name = "planted"
duration = "1500ms"
seed = 2
[system]
pattern = "two-phase-commit"
nodes = 5
broken = "log-after-send"
options = { accounts = 30, balance = 1000 }
[[network.links]]
from = "resource-manager"
to = "transaction-manager"
latency = { distribution = "exponential", mean = "3ms" }
[workload]
clients = 10
rate = 40
timeout = "500ms"
options = { accounts = 30 }
[[faults]]
name = "doubled"
kind = "duplicate"
probability = 0.1
at = "300ms"
duration = "500ms"
from = "transaction-manager"
to = "resource-manager"
[[faults]]
name = "guilty"
kind = "crash"
when = { point = "n1/transaction-manager.send.commit:post", nth = 31 }
restart_after = "600ms"
[[faults]]
name = "cut"
kind = "partition"
groups = [["n5"], ["rest"]]
at = "1200ms"
duration = "100ms"
[[faults]]
name = "late"
kind = "delay"
after = "cut"
from = "n2"
to = "n1"
amount = "20ms"
duration = "50ms"
"""


def planted(*overrides: str) -> Experiment:
    return load(PLANTED, catalogue(), overrides=overrides)


@pytest.fixture(scope="module")
def shrunk() -> Shrunk:
    return shrink(planted(), 2, Budget())


@pytest.mark.slow
def test_shrink_takes_out_the_faults_that_do_not_matter(shrunk: Shrunk) -> None:
    assert [fault.name for fault in shrunk.experiment.faults] == ["guilty"]
    assert len(shrunk.removed["faults"]) == 3
    assert len(shrunk.removed["links"]) == 1


@pytest.mark.slow
def test_shrink_leaves_less_load_fewer_clients_operations_and_nodes(shrunk: Shrunk) -> None:
    left = shrunk.experiment
    assert left.duration < planted().duration / 2
    assert left.workload.clients <= 2
    assert left.system.nodes == 3
    assert 1 <= len(left.workload.script) <= 3


@pytest.mark.slow
def test_what_shrink_leaves_is_a_file_that_fails_as_before(shrunk: Shrunk, tmp_path: Path) -> None:
    again = load_file(write_file(shrunk, tmp_path), catalogue())
    assert again.seed == 2
    assert shrunk.violated == {"atomic-commit", "conservation"} == shrink(again, 2, Budget(runs=1)).violated


@pytest.mark.slow
def test_shrink_stops_when_its_budget_is_spent_and_says_so() -> None:
    found = shrink(planted(), 2, Budget(runs=4))
    assert (found.runs, found.is_cut_short) == (4, True)
    assert len(found.experiment.faults) < 4


def test_a_run_that_does_not_fail_is_not_shrunk() -> None:
    with pytest.raises(BadInput, match="nothing fails in simulation"):
        shrink(planted("system.nodes=3", "duration=50ms", "faults=[]"), 1, Budget())


@pytest.mark.slow
def test_the_command_takes_a_run_and_names_the_file_that_is_left(tmp_path: Path) -> None:
    file = tmp_path / "planted.toml"
    file.write_text(PLANTED, encoding="utf-8")
    run = CliRunner().invoke(app, ["run", "--simulate", "--quiet", str(file), "--results", str(tmp_path)])
    assert run.exit_code == 1
    command = ["shrink", "planted", "--tries", "20", "--results", str(tmp_path), "--json"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["violates"] == ["atomic-commit", "conservation"]
    assert load_file(document["file"], catalogue()).duration <= 1.5
