"""A disk that fails while its node is paused: what a node reads late must not keep it down for good."""

import pytest

PAUSED = """
name = "paused-disk"
duration = "700ms"
grace = "600ms"
[system]
pattern = "quorum-register"
nodes = 3
[workload]
rate = 100
clients = 3
timeout = "200ms"
[[faults]]
name = "failing"
kind = "disk"
target = "n2"
mode = "fsync-error"
at = "300ms"
duration = "100ms"
[[faults]]
name = "frozen"
kind = "pause"
target = "n2"
at = "300ms"
duration = "300ms"
[expect]
verdict = "pass"
"""
WITHIN = 'faults[0].at="350ms"'
"""The disk's fault then begins and ends while the node is paused."""


def lives(run):
    return [
        row.event for row in run.finished.recording.events if row.node == "n2" and row.event in ("started", "exited")
    ]


@pytest.mark.slow
def test_a_node_that_dies_late_of_a_disk_that_was_mended_meanwhile_starts_again(simulate):
    run = simulate(PAUSED, seed=1)
    assert lives(run) == ["started", "exited", "started"]
    assert run.verdict == "pass"


SLOW = """
[[faults]]
name = "crawling"
kind = "disk"
target = "n2"
mode = "slow"
sync = "30ms"
at = "250ms"
"""


@pytest.mark.slow
def test_a_node_that_starts_again_after_a_late_death_still_has_the_slow_disk_of_its_machine(simulate):
    run = simulate(PAUSED.replace("[expect]", SLOW + "[expect]"), seed=1)
    rows = [row for row in run.finished.recording.events if row.node == "n2"]
    restarted, load_end = [row.time for row in rows if row.event == "started"][-1], 700_000_000
    syncs = [row for row in rows if row.event == "synced" and restarted < row.time < load_end]
    assert syncs
    assert min(row.fields["duration_ns"] for row in syncs) >= 30_000_000


@pytest.mark.slow
def test_a_disk_that_failed_only_while_its_node_was_paused_kills_nobody_and_proves_nothing(simulate):
    run = simulate(PAUSED, seed=1, overrides=[WITHIN])
    assert lives(run) == ["started"]
    assert run.verdict == "unknown"
    assert "failing" in run.why


@pytest.mark.slow
@pytest.mark.processes
def test_on_processes_too_it_is_up_in_the_end(on_processes):
    run = on_processes(PAUSED, seed=1)
    assert lives(run)[-1] == "started"
    assert run.verdict == "pass"
