"""No process outlives the runner, however and whenever that ends."""

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from leftovers import MARK, left_after, marked

pytestmark = [pytest.mark.processes, pytest.mark.slow]

VICTIM = [sys.executable, str(Path(__file__).with_name("victim.py"))]
MOMENTS = random.Random(2024)


@pytest.fixture
def victim(tmp_path):
    """Start the victim program, in a session of its own as a terminal would have it, under a new mark."""
    started = []

    def start():
        mark = uuid.uuid4().hex
        environment = os.environ | {MARK: mark}
        process = subprocess.Popen(
            [*VICTIM, str(tmp_path)], env=environment, stdout=subprocess.PIPE, start_new_session=True
        )
        started.append(process)
        return process, mark

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize(
    ("number", "delay"),
    [
        (number, round(MOMENTS.uniform(0.05, 0.9), 3))
        for number, times in ((signal.SIGKILL, 20), (signal.SIGTERM, 5), (signal.SIGINT, 5))
        for _ in range(times)
    ],
)
def test_nothing_is_left_when_the_runner_is_ended_at_a_random_moment(victim, number, delay):
    process, mark = victim()
    time.sleep(delay)
    os.killpg(process.pid, number)  # The whole foreground group, as a terminal does.
    process.wait(timeout=10)
    assert left_after(mark, patience=3) == []


def test_the_runner_cleans_up_itself_when_it_gets_ctrl_c(victim):
    process, mark = victim()
    assert process.stdout.readline() == b"up\n"
    assert len(marked(mark)) > 5
    process.send_signal(signal.SIGINT)
    process.wait(timeout=10)
    assert left_after(mark, patience=0) == []  # Not a moment later: the supervisor was waited for.


def test_nodes_and_supervisor_live_on_past_the_end_of_idle_threads(victim):
    """A parent-death signal that a worker thread's end sets off comes after ten seconds."""
    process, mark = victim()
    assert process.stdout.readline() == b"up\n"
    before = {line.split(":")[0] for line in marked(mark)}
    time.sleep(15)
    assert process.poll() is None
    stayed = [line for line in marked(mark) if line.split(":")[0] in before]
    assert any("cat" in line for line in stayed)
    assert any("yes" in line for line in stayed)
    process.kill()
    process.wait()
    assert left_after(mark, patience=3) == []
