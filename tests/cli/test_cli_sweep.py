"""`chaosctl sweep` as a user runs it: Ctrl-C and on again, JSON, exit codes, options that are wrong."""

import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.processes]

COMMAND = [sys.executable, "-m", "chaosctl", "sweep", "paxos/lossy", "--workers", "2"]


def run(*arguments, **options):
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False, **options)


def test_an_interrupted_sweep_says_what_it_saw_leaves_no_process_and_goes_on(tmp_path):
    process = subprocess.Popen(
        [*COMMAND, "--seeds", "5000", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    log = tmp_path / "results" / "paxos-lossy" / "sweep" / "seeds.jsonl"
    await_lines(log, 5)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    first = json.loads(out)
    assert (process.returncode, err) == (130, "")
    assert first["is_interrupted"]
    assert first["seeds"] >= 4
    assert is_left_alone(process.pid)
    again = json.loads(run("--seeds", str(first["seeds"] + 3), "--json", cwd=tmp_path).stdout)
    assert again["earlier"] + 3 >= again["seeds"] - 3
    assert again["earlier"] > 0
    assert not again["is_interrupted"]


def test_the_text_begins_with_the_verdict_and_what_it_proves(tmp_path):
    result = run("--seeds", "3", cwd=tmp_path)
    lines = result.stdout.splitlines()
    assert result.returncode == 0
    assert "PASS  paxos-lossy: 0 of 3 seeds failed" in lines[0]
    assert lines[1].strip() == "0 of 3 seeds: rate of failures below 63 %, 95 % confidence"
    assert result.stderr == ""


def test_progress_is_shown_on_a_terminal_alone(tmp_path):
    ours, theirs = pty.openpty()
    subprocess.run(
        [*COMMAND, "--seeds", "12"], cwd=tmp_path, stderr=theirs, capture_output=False, timeout=60, check=True
    )
    os.close(theirs)
    assert b"seeds/s" in os.read(ours, 10_000)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--time", "soon"], "--time: must be a duration"),
        (["--dask", "tcp://127.0.0.1:9"], "--dask"),
        (["--set", "duration=x"], "duration"),
    ],
)
def test_a_wrong_option_is_the_users_mistake(arguments, complaint, tmp_path):
    result = run(*arguments, "--seeds", "1", cwd=tmp_path)
    assert result.returncode == 2
    assert complaint in result.stderr
    assert "Traceback" not in result.stderr


def test_a_check_of_determinism_says_how_many_seeds_gave_the_same(tmp_path):
    result = run("--seeds", "2", "--check-determinism", "--json", cwd=tmp_path)
    assert result.returncode == 0
    assert json.loads(result.stdout) == {"schema": 1, "experiment": "paxos-lossy", "seeds": 2, "differ": []}


def await_lines(path, count):
    end = time.monotonic() + 30
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert time.monotonic() < end, "the sweep gives no results"
        time.sleep(0.05)


def is_left_alone(group):
    """Return whether a group of processes ends soon: the server that workers are forked from sees that we have."""
    for _ in range(100):
        if not subprocess.run(["ps", "-o", "pid=", "-g", str(group)], capture_output=True, check=False).stdout:
            return True
        time.sleep(0.05)
    return False
