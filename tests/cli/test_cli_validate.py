"""`chaosctl validate`, run as the program runs it: output, exit codes, JSON, and what it must not import."""

import json
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from chaosctl.cli.validate import validate

GOOD = """\
name = "good"
duration = "10s"
[system]
pattern = "raft-election"
[[faults]]
kind = "crash"
target = "leader"
at = "2s"
restart_after = "1s"
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.toml").write_text(GOOD)
    (tmp_path / "bad.toml").write_text(GOOD.replace("crash", "crahs").replace("2s", "20s"))
    app = typer.Typer()
    app.command()(validate)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_a_right_file_is_drawn_and_exits_0(run):
    result = run("good.toml")
    assert result.exit_code == 0
    assert result.stdout.startswith("good.toml: valid")
    assert "crash: " in result.stdout


def test_a_wrong_file_exits_2_with_its_mistakes_on_stderr(run):
    result = run("bad.toml")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "bad.toml:6:8: faults[0].kind" in result.stderr
    assert "bad.toml:8:6: faults[0].at" in result.stderr


def test_of_several_files_each_is_checked_and_the_worst_counts(run):
    result = run("bad.toml", "good.toml", "absent.toml")
    assert result.exit_code == 2
    assert "good.toml: valid" in result.stdout
    assert "absent.toml: is no file" in result.stderr


def test_an_override_can_mend_a_file(run):
    assert run("bad.toml", "--set", "faults[0].kind=crash", "--set", "faults[0].at=2s").exit_code == 0


def test_an_override_can_spoil_a_file(run):
    result = run("good.toml", "--set", "system.nodes=zero")
    assert result.exit_code == 2
    assert "--set system.nodes=zero: system.nodes: must be" in result.stderr


def test_json_is_one_object_an_experiment(run):
    result = run("good.toml", "bad.toml", "--json")
    good, bad = (json.loads(line) for line in result.stdout.splitlines())
    assert result.exit_code == 2
    assert (good["valid"], bad["valid"]) == (True, False)
    assert [(mistake["path"], mistake["line"]) for mistake in bad["mistakes"]] == [
        ("faults[0].kind", 6),
        ("faults[0].at", 8),
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("run")
def test_validating_imports_no_runtime_no_terminal_and_no_other_pattern():
    code = """
import sys
from chaosctl.catalogue import catalogue
from chaosctl.experiment.load import load_file
load_file("good.toml", catalogue())
patterns = [name for name in sys.modules if name.startswith("chaosctl.patterns.")]
print([name for name in sys.modules if name.partition(".")[0] in ("trio", "rich", "typer")])
print([name for name in patterns if not name.startswith("chaosctl.patterns.election")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "[]"]
