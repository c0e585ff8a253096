"""What `--json` prints is what docs/commands.schema.json says, but for commands that print a run's report."""

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from chaosctl.cli.app import app
from tests.conftest import ASK

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "commands.schema.json").read_text(encoding="utf-8"))
REPORTS = {"run", "report", "test"}
"""Commands whose document is a run's, in report.schema.json; `check` has that of a run, and its own of a history."""

PRINTS_NONE = {"node"}
"""It speaks Maelstrom's protocol on stdout."""


@pytest.fixture
def printed(tmp_path, monkeypatch):
    """Return a function that carries out a command on a small experiment and returns the last object it printed."""
    monkeypatch.chdir(tmp_path)
    Path("ask.toml").write_text(ASK)

    def carried_out(*words):
        done = CliRunner().invoke(app, list(words))
        return json.loads(done.stdout.splitlines()[-1])

    return carried_out


def wrong_in(name, document):
    validator = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})
    return [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(document)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sweep", "sweep ask.toml --seeds 2 --workers 1 --json"),
        ("determinism", "sweep ask.toml --check-determinism --seeds 1 --json"),
        ("compare", "compare ask.toml --vary system.nodes=3,5 --seeds 5 --json"),
        ("explore", "explore ask.toml --limit 3 --workers 1 --json"),
        ("list", "list --json"),
        ("new", "new mine --pattern paxos --json"),
        ("validate", "validate ask.toml --json"),
        ("validate", "validate nothing-is-called-so.toml --json"),
    ],
)
def test_a_command_prints_what_its_schema_says(name, words, printed):
    assert wrong_in(name, printed(*words.split())) == []


@pytest.mark.slow
def test_replay_shrink_and_check_print_what_their_schemas_say(printed):
    printed("run", "--simulate", "paxos/as-the-notes-say", "--json")
    run = "paxos-as-the-notes-say"
    assert wrong_in("replay", printed("replay", run, "--json")) == []
    assert wrong_in("shrink", printed("shrink", run, "--json")) == []
    Path("h.edn").write_text(
        "{:process 0, :type :invoke, :f :write, :value 1}\n{:process 0, :type :ok, :f :write, :value 1}\n"
    )
    assert wrong_in("check", printed("check", "h.edn", "--json")) == []


@pytest.mark.slow
def test_a_baseline_prints_what_its_schema_says_of_what_changed(printed):
    CliRunner().invoke(app, ["report", "--save-baseline", "ask.toml"])
    file = Path("ask.baseline.json")
    content = json.loads(file.read_text())
    for seed in content["seeds"].values():
        seed["figures"]["latency-p50/all"] /= 2
    file.write_text(json.dumps(content))
    document = printed("run", "--simulate", "ask.toml", "--baseline", "--json")
    assert document["baseline"]["worse"] == 1
    assert wrong_in("baseline", document) == []


def test_a_schema_refuses_what_is_not_in_it():
    right = {"schema": 1, "file": "x.toml"}
    assert wrong_in("new", right) == []
    assert wrong_in("new", right | {"more": 1})
    assert wrong_in("new", {"schema": 2, "file": "x.toml"})


def test_every_command_has_a_schema_or_prints_a_report():
    commands = {command.name or command.callback.__name__.strip("_") for command in app.registered_commands}
    assert commands - REPORTS - PRINTS_NONE <= set(SCHEMA["$defs"])
