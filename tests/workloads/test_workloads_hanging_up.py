"""Clients that hang up: a killed node is asked again as soon as it is back, not when a timeout has passed."""

import pytest

EXPERIMENT = """
name = "hangs-up"
duration = "3s"
grace = "500ms"
seed = 4
[system]
pattern = "single"
nodes = 1
[workload]
kind = "key-value"
clients = 2
rate = 200
timeout = "2s"
hang_up = {hang_up}
[[faults]]
kind = "crash"
target = "n1"
at = "1s"
restart_after = "200ms"
"""


def ended_by_timeout(run):
    return [row for row in run.finished.recording.operations if row.error == ["net-timeout"]]


def answered_soon_after_the_restart(run):
    rows = run.finished.recording.operations
    return [row for row in rows if row.type == "ok" and 1.2e9 < row.time < 1.5e9]


def test_clients_that_hang_up_ask_a_node_as_soon_as_it_is_back(simulate):
    run = simulate(EXPERIMENT.format(hang_up="true"))
    assert run.verdict == "pass"
    assert not ended_by_timeout(run)
    assert answered_soon_after_the_restart(run)


def test_clients_that_do_not_wait_for_their_timeouts(simulate):
    run = simulate(EXPERIMENT.format(hang_up="false"))
    assert ended_by_timeout(run)
    assert not answered_soon_after_the_restart(run)


@pytest.mark.parametrize("hang_up", ["true", "false"])
def test_what_a_dead_node_was_asked_may_have_happened(simulate, hang_up):
    run = simulate(EXPERIMENT.format(hang_up=hang_up))
    broken = [row for row in run.finished.recording.operations if (row.error or [""])[0].startswith(("conn", "net"))]
    assert broken
    assert {row.type for row in broken if row.f == "write"} <= {"info"}
