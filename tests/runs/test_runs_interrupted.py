"""Ctrl-C and SIGTERM in mid-run: what was measured stays and can be read, faults are healed, nothing is left."""

import json
import signal
import subprocess
import time

import pytest
from leftovers import left_after, marked
from whole_program import experiment

pytestmark = [pytest.mark.processes, pytest.mark.slow]

PAUSE = """
[[faults]]
kind = "pause"
target = "n2"
at = "100ms"
"""


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def wait_for_fault(program):
    """Wait until a fault holds; returns the run's folder."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for path in program.folder.glob("results/*/*Z-*/faults.jsonl"):
            if any(row["phase"] == "applied" for row in rows(path)):
                return path.parent
        time.sleep(0.01)
    raise AssertionError("no fault was applied")


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def interrupted(request, program):
    """Interrupt a run of 30 s while a fault holds; returns its exit code and folder, and what it printed."""
    file = program.write(experiment("", duration="30s", more=PAUSE))
    process = program.start("run", file)
    folder = wait_for_fault(program)
    assert len(marked(program.mark)) >= 4  # chaosctl, its supervisor, two nodes.
    process.send_signal(request.param)
    output, complaints = process.communicate(timeout=10)
    assert left_after(program.mark, patience=0) == []
    return process.returncode, folder, output, complaints


def test_an_interrupted_run_keeps_what_it_saw_and_says_so(interrupted, program):
    code, folder, output, complaints = interrupted
    assert (code, complaints) == (130, "")
    assert "the recording is incomplete" in output
    about = json.loads((folder / "run.json").read_text())
    assert (about["complete"], about["interrupted"]) == (False, True)
    assert [row["phase"] for row in rows(folder / "faults.jsonl")][-2:] == ["applied", "healed"]
    assert any(row["type"] == "ok" for row in rows(folder / "history.jsonl"))
    shown = program.run("report", str(folder))
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "did not end in order" in shown.stdout
    judged = program.run("check", str(folder))
    assert (judged.returncode, judged.stderr) == (4, "")


def test_a_run_that_was_killed_outright_can_be_read_as_far_as_it_came(program):
    process = program.start("run", program.write(experiment("", duration="30s", more=PAUSE)))
    folder = wait_for_fault(program)
    process.kill()
    process.communicate(timeout=10)
    assert left_after(program.mark, patience=3) == []
    shown = program.run("report", str(folder))
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "BROKEN" in shown.stdout.splitlines()[0]


def test_of_several_experiments_those_after_an_interrupt_are_not_run(program):
    first = program.write(experiment("first", duration="30s", more=PAUSE), "first.toml")
    second = program.write(experiment("second", more=""), "second.toml")
    process = program.start("run", first, second)
    wait_for_fault(program)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 130
    assert not (program.folder / "results" / "second").exists()


def test_an_impatient_second_ctrl_c_does_no_harm(program):
    process = program.start("run", program.write(experiment("", duration="30s", more=PAUSE)))
    folder = wait_for_fault(program)
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        time.sleep(0.005)
    _, complaints = process.communicate(timeout=10)
    assert (process.returncode, complaints) in {(130, ""), (-signal.SIGINT, "")}  # To a shell both are 130.
    assert left_after(program.mark, patience=1) == []
    assert [row["phase"] for row in rows(folder / "faults.jsonl")][-1] == "healed"
    assert program.run("report", str(folder)).returncode == 0


def test_a_simulation_can_be_interrupted(program):
    process = program.start("run", "--simulate", "raft-election/no-fault", "--set", "duration=100m")
    deadline = time.monotonic() + 10
    while not list(program.folder.glob("results/*/*/run.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)  # A while into the simulation itself.
    process.send_signal(signal.SIGINT)
    try:
        _, complaints = process.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert (process.returncode, complaints) == (130, "")
    assert program.run("report").returncode == 0
