"""`chaosctl check` on histories of anybody's: verdicts as exit codes, evidence, a picture, JSON, clear refusals."""

import json

import pytest
from typer.testing import CliRunner

from chaosctl.cli.app import app
from chaosctl.errors import BadInput

STALE = """{:process 0 :type :invoke :f :write :value 1}
{:process 0 :type :ok :f :write :value 1}
{:process 1 :type :invoke :f :read :value nil}
{:process 1 :type :ok :f :read :value nil}
"""


@pytest.fixture
def check(tmp_path):
    """Run `chaosctl check` on a text as a history."""

    def run(text, *options):
        path = tmp_path / "history.edn"
        path.write_text(text)
        done = CliRunner().invoke(app, ["check", str(path), *options])
        if isinstance(done.exception, BadInput):
            return 2, str(done.exception)
        return done.exit_code, done.output

    return run


def test_a_history_that_nothing_explains_is_exit_1_with_the_order_that_worked(check):
    code, output = check(STALE)
    assert code == 1
    assert output.startswith("FAIL    linearizable: the register: nothing explains read, answered null")
    assert "process 0    write 1                  leaves 1" in output


def test_a_history_that_has_an_order_is_exit_0(check):
    assert check(STALE.replace(":value nil", ":value 1"))[0] == 0


def test_a_register_may_hold_something_at_first(check):
    read = "{:process 0 :type :invoke :f :read}\n{:process 0 :type :ok :f :read :value 0}\n"
    assert check(read)[0] == 1
    assert check(read, "--initial", "0")[0] == 0


def test_a_history_without_an_ok_proves_nothing(check):
    code, output = check(STALE.replace(":ok", ":info"))
    assert (code, output.split()[0]) == (4, "UNKNOWN")


def test_the_contradiction_is_drawn_into_a_file(check, tmp_path):
    assert check(STALE, "--svg", str(tmp_path / "why.svg"))[0] == 1
    assert (tmp_path / "why.svg").read_text().startswith("<svg ")


def test_where_nothing_is_wrong_nothing_is_drawn_and_that_is_said(check, tmp_path):
    code, output = check(STALE.replace(":value nil", ":value 1"), "--svg", str(tmp_path / "why.svg"))
    assert (code, (tmp_path / "why.svg").exists()) == (0, False)
    assert "not drawn" in output


def test_json_has_the_contradiction_as_data(check):
    document = json.loads(check(STALE, "--json")[1])
    assert document["model"] == "register"
    contradiction = document["checks"]["linearizable"]["contradiction"]
    assert (contradiction["stuck"], contradiction["until"]) == (2, 3)
    assert contradiction["order"] == [{"operation": 0, "state": "1"}]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--model", "quue"), 'no model is called "quue"; did you mean "queue"?'),
        (("--model", "queue"), 'the history read, write; did you mean "register"?'),
        (("--check", "linearisable"), 'did you mean "linearizable"?'),
        (("--initial", "{"), "--initial: not JSON"),
    ],
)
def test_what_does_not_fit_the_history_is_refused(check, options, what):
    code, output = check(STALE, *options)
    assert code == 2
    assert what in output


def test_operations_of_no_model_are_refused_with_all_there_are(check):
    code, output = check(STALE.replace(":write", ":transfer"))
    assert code == 2
    assert "no model has the operations read, transfer: register has cas, read, write;" in output


def test_options_of_histories_are_refused_for_runs(tmp_path):
    done = CliRunner().invoke(app, ["check", str(tmp_path), "--model", "kv"])
    assert isinstance(done.exception, BadInput)


SKEW = """; two transactions that each miss what the other appends
{:process 0 :type :invoke :f :txn :value [[:r 1 nil] [:append 2 1]]}
{:process 1 :type :invoke :f :txn :value [[:r 2 nil] [:append 1 1]]}
{:process 0 :type :ok :f :txn :value [[:r 1 nil] [:append 2 1]]}
{:process 1 :type :ok :f :txn :value [[:r 2 []] [:append 1 1]]}
"""


def test_transactions_that_append_are_judged_by_the_isolation_that_is_asked_for(check):
    code, output = check(SKEW, "--model", "list-append", "--check", "snapshot-isolation")
    assert (code, output.split()[:2]) == (0, ["PASS", "snapshot-isolation:"])
    code, output = check(SKEW, "--check", "serializable")
    assert code == 1
    assert output.startswith("FAIL    serializable: G2-item: write skew")
    assert "T1 < T2 (rw): T1 read key 2 as [], without the 1 that T2 appended" in output


def test_of_transactions_that_append_the_strongest_isolation_is_asked_where_none_is_named(check):
    assert check(SKEW)[1].startswith("FAIL    strict-serializable: G2-item")


def test_a_cycle_is_drawn_into_a_file_and_is_in_the_json(check, tmp_path):
    code, output = check(SKEW, "--check", "serializable", "--json", "--svg", str(tmp_path / "why.svg"))
    assert code == 1
    cycle = json.loads(output)["checks"]["serializable"]["cycle"]
    assert (cycle["name"], [step["kind"] for step in cycle["steps"]]) == ("G2-item", ["rw", "rw"])
    assert "and back: rw: T2 read key 1 as []" in (tmp_path / "why.svg").read_text()


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--model", "rw-register"], 'did you mean the model "list-append"?'),
        (["--check", "serialisable"], 'did you mean "serializable"?'),
        (["--check", "linearizable"], "linearizable is not for transactions"),
        (["--model", "list-append", "--check", "linearizable"], "linearizable is not for transactions"),
        (["--model", "list-append", "--initial", "0"], "--initial: a list begins empty"),
        (["--model", "register", "--check", "serializable"], "did you mean"),
    ],
)
def test_what_does_not_fit_transactions_is_refused_with_what_would(check, options, what):
    code, output = check(SKEW, *options)
    assert code == 2
    assert what in output
