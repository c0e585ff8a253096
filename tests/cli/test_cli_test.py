"""`chaosctl test`: Maelstrom's command line stands for a file, which runs as any file does."""

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chaosctl.catalogue import catalogue
from chaosctl.cli.app import app
from chaosctl.errors import BadInput
from chaosctl.experiment.load import load
from chaosctl.experiment.maelstrom import CHECKS

EXAMPLES = Path(__file__).parents[2] / "examples"


def printed(*words):
    """Return the experiment that the words stand for, loaded, and its text."""
    done = CliRunner().invoke(app, ["test", "--print", "--bin", "./node.py", *words])
    assert done.exit_code == 0, done.output
    return load(done.output, catalogue()), tomllib.loads(done.output)


@pytest.mark.parametrize("workload", CHECKS)
def test_every_workload_of_maelstrom_stands_for_a_file_that_loads(workload):
    experiment, _ = printed("-w", workload, "--nemesis", "partition,kill,pause")
    assert experiment.expect.checks
    assert experiment.system.node_names() == ["n1", "n2", "n3", "n4", "n5"]


def test_options_mean_what_they_mean_there():
    words = "-w broadcast --node-count 3 --concurrency 2n --time-limit 20 --rate 100 --latency 50ms --topology tree4"
    _, table = printed(*words.split(), "--availability", "total", "--", "--fast")
    assert table["system"] == {"command": ["./node.py", "--fast"], "nodes": ["n0", "n1", "n2"]}
    assert table["network"]["latency"] == {"distribution": "constant", "mean": "50ms"}
    assert [rule["latency"]["mean"] for rule in table["network"]["links"]] == ["0s", "0s"]  # Clients are near.
    assert (table["workload"]["clients"], table["workload"]["rate"], table["duration"]) == (6, 100.0, "20s")
    assert table["workload"]["options"] == {"topology": "tree4"}
    assert table["expect"]["thresholds"] == [{"metric": "availability", "min": 1.0}]


@pytest.mark.parametrize("workload", ["txn-list-append", "txn-rw-register"])
def test_transactions_have_maelstroms_options_and_are_judged_by_each_model_that_is_named(workload):
    words = "--key-count 3 --max-txn-length 2 --max-writes-per-key 4 --consistency-models"
    experiment, table = printed("-w", workload, *words.split(), "read-committed, snapshot-isolation")
    assert table["workload"]["options"] == {"keys": 3, "longest": 2, "writes_a_key": 4}
    assert experiment.expect.checks == ["read-committed", "snapshot-isolation"]
    assert printed("-w", workload)[0].expect.checks == ["strict-serializable"]


def test_each_kind_of_fault_has_a_window_of_its_own_within_the_time_limit():
    _, table = printed("--nemesis", "partition,kill,pause", "--time-limit", "24")
    windows = [(fault["at"], fault.get("duration")) for fault in table["faults"] if fault["kind"] != "crash"]
    length = {"random": ["1.4s", "2s"]}
    assert windows == [(at, length) for at in ("2s", "6s", "10s", "22s")]
    assert {fault["every"] for fault in table["faults"]} == {"24s"}


@pytest.mark.parametrize(
    ("words", "timeout"),
    [
        ("-w broadcast", "5s"),
        ("-w broadcast --nemesis partition --time-limit 60", "5s"),
        ("-w broadcast --nemesis partition,kill,pause --time-limit 24", "2s"),
        ("-w broadcast --nemesis partition,kill,pause --time-limit 6", "1s"),
        ("-w broadcast --nemesis partition,kill,pause --time-limit 6 --latency 150ms", "1.5s"),
        ("-w lin-kv --nemesis partition --time-limit 60", "1s"),
    ],
)
def test_a_client_whose_request_was_lost_by_one_fault_asks_again_before_the_next(words, timeout):
    assert printed(*words.split())[1]["workload"]["timeout"] == timeout


def test_two_clients_share_a_node_so_that_it_must_tell_them_apart():
    assert printed("--node-count", "3")[1]["workload"]["clients"] == 6


def test_kill_restarts_at_once_at_growing_distances_and_then_takes_away_for_long():
    experiment, _ = printed("--nemesis", "kill", "--time-limit", "20")
    begins = [fault.at.low for fault in experiment.faults if (fault.name or "").startswith("all-killed")]
    absences = [fault.restart_after for fault in experiment.faults if (fault.name or "").startswith("all-killed")]
    assert begins == [15, 15.25, 15.75, 16.75, 17.75]
    assert [absence.high for absence in absences] == [0.1, 0.1, 0.1, 0.1, 2.25]
    assert absences[-1].low > 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["-w", "brodcast"], 'did you mean "broadcast"'),
        (["--nemesis", "kil"], 'did you mean "kill"'),
        (["--nemesis", "kill", "--nemesis-interval", "10", "--time-limit", "15"], "need --time-limit 40"),
        (["--concurrency", "n2"], "--concurrency"),
        (["--latency", "fast"], "--latency"),
        (["--latency-dist", "zipf"], "--latency-dist"),
        (["--availability", "most"], "--availability"),
        (["--node-count", "3", "--nodes", "a,b"], "choose one"),
        (["-w", "broadcast", "--topology", "star"], "topology"),
        (["-w", "txn-list-append", "--consistency-models", "serialisable"], 'did you mean "serializable"'),
        (["-w", "echo", "--key-count", "3"], "keys"),
    ],
)
def test_what_it_can_not_mean_is_refused(words, complaint):
    done = CliRunner().invoke(app, ["test", "--bin", "./node.py", *words])
    assert isinstance(done.exception, BadInput)
    assert complaint in str(done.exception)


@pytest.mark.processes
@pytest.mark.slow
def test_a_broadcast_without_retries_is_convicted_and_the_file_it_stands_for_is_kept(tmp_path):
    words = [
        "-w",
        "broadcast",
        "--node-count",
        "3",
        "--time-limit",
        "2",
        "--rate",
        "100",
        "--nemesis",
        "partition",
        "--seed",
        "1",
        "--json",
    ]
    node = str(EXAMPLES / "broadcast" / "once.py")
    settings = ["--settle", "500ms", "--bin", node, "--results", str(tmp_path)]
    done = CliRunner().invoke(app, ["test", *words, *settings])
    assert done.exit_code == 1
    kept = (tmp_path / "test-broadcast" / "latest" / "experiment.toml").read_text()
    assert load(kept, catalogue()).system.command == [node]
