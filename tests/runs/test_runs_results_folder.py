"""Where results can't be written, or no longer: a message, exit 3, nothing left; what was written stays readable."""

import os
import subprocess
import sys

import pytest
from leftovers import MARK, left_after
from misbehaving import FLOOD, FLOOD_LINE
from whole_program import experiment

pytestmark = [pytest.mark.processes, pytest.mark.slow]

MOUNT = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
CHAOSCTL = f"{sys.executable} -m chaosctl"


@pytest.fixture
def in_mount(program):
    """Run a shell script where `results` is a file system of its own, mounted with options; gone when it ends."""
    (program.folder / "results").mkdir()

    def run(options, script):
        mount = f"mount -t tmpfs -o {options} tmpfs results"
        if subprocess.run([*MOUNT, mount], cwd=program.folder, capture_output=True, check=False).returncode:
            pytest.skip("this machine lets nobody mount a file system of their own")
        environment = os.environ | {MARK: program.mark}
        command = [*MOUNT, f"{mount} && {{ {script}\n}}"]
        done = subprocess.run(
            command, cwd=program.folder, env=environment, capture_output=True, text=True, timeout=20, check=False
        )
        assert left_after(program.mark, patience=0) == []
        return done

    return run


def test_a_read_only_results_folder_is_named_before_anything_starts(program, in_mount):
    file = program.write(experiment(""))
    done = in_mount("ro", f"{CHAOSCTL} run {file}")
    assert done.returncode == 3
    assert done.stderr == "results/polite: the run's folder can't be made: Read-only file system\n"
    assert done.stdout == ""


def test_a_file_in_the_place_of_the_results_folder_is_named(program):
    (program.folder / "results").write_text("not a folder")
    done = program.run("run", program.write(experiment("")))
    assert done.returncode == 3
    assert done.stderr == "results/polite: the run's folder can't be made: Not a directory\n"


def test_a_disk_that_fills_up_ends_the_run_and_what_was_written_can_be_read(program, in_mount):
    file = program.write(experiment("", duration="10s"))
    done = in_mount("size=192k", f"{CHAOSCTL} run {file}; echo exit $?; {CHAOSCTL} report")
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("exit 3\n")
    assert "the run did not end in order" in done.stdout
    assert done.returncode == 0


def test_a_disk_too_full_for_what_nodes_say_to_stderr_ends_the_run_in_order(program, in_mount):
    file = program.write(experiment("talk", duration="10s"))
    done = in_mount("size=192k", f"{CHAOSCTL} run {file}; echo exit $?")
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == "exit 3\n"


def test_a_disk_too_full_for_what_is_printed_is_named_and_no_verdict():
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "chaosctl", "list"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == "what is to be printed: can't be written: No space left on device\n"
    assert done.returncode == 3


def test_a_search_into_a_read_only_folder_names_it_and_is_no_verdict(in_mount):
    done = in_mount("ro", f"{CHAOSCTL} shrink two-phase-commit/no-retry --results results")
    assert "Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 3


def test_the_runners_memory_does_not_grow_with_what_a_node_floods_it_with(program):
    quiet = _peak_bytes(program, experiment("", duration="500ms"))
    flooded = _peak_bytes(program, experiment("flood", "n2", duration="500ms"))
    assert flooded - quiet < FLOOD * len(FLOOD_LINE) / 10


def _peak_bytes(program, text):
    """Return the most memory that any process of a run used."""
    process = program.start("run", "--quiet", program.write(text))
    process.stdout.read()
    process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss * 1024
