"""`pytest --chaos`: an item a seed, red where a run is not as its file expects, with the command that shows it."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

PASSES = """
name = "passes"
duration = "200ms"
grace = "50ms"
seed = 3
[system]
pattern = "paxos"
[workload]
rate = 50
"""
FAILS = PASSES.replace("passes", "fails") + '[[expect.thresholds]]\nmetric = "latency-p50"\nmax = 0.001\n'
COMMAND = 'name = "own"\nduration = "1s"\n[system]\ncommand = ["python3", "x.py"]\n[workload]\nkind = "echo"\n'


@pytest.fixture
def run_pytest(tmp_path):
    """Return a function that runs pytest in a folder with these files."""

    def run(files, *options):
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        command = [sys.executable, "-m", "pytest", "-p", "chaosctl.pytest_plugin", "-p", "no:cacheprovider", *options]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    return run


def test_each_seed_is_an_item_and_a_failure_names_the_command_that_shows_it_again(run_pytest, tmp_path):
    files = {"passes.toml": PASSES, "fails.toml": FAILS, "own.toml": COMMAND, "pyproject.toml": "[project]\n"}
    done = run_pytest(files, "--chaos", "--chaos-seeds", "2", "-rs", ".")
    assert "2 failed, 2 passed, 2 skipped" in done.stdout
    assert f"again: chaosctl run --simulate --seed 1 {tmp_path}/fails.toml" in done.stdout
    assert "latency-p50" in done.stdout
    assert "has no virtual time" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_wrong_file_is_an_error_that_says_where_and_what(run_pytest):
    done = run_pytest({"wrong.toml": PASSES.replace('"paxos"', '"paxoss"')}, "--chaos", "wrong.toml")
    assert done.returncode == 2
    assert 'did you mean "paxos"' in done.stdout


def test_without_the_option_nothing_is_collected(run_pytest):
    assert "no tests ran" in run_pytest({"passes.toml": PASSES}, ".").stdout
