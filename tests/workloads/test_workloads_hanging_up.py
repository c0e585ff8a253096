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
[disk]
sync = "6ms"
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


SHORT = EXPERIMENT.replace("3s", "1300ms").replace('timeout = "2s"', 'timeout = "250ms"')
DUPLICATES = """
[[faults]]
kind = "duplicate"
probability = 1.0
"""


@pytest.mark.parametrize(
    ("hang_up", "more", "outcomes"),
    [
        ("true", "", {"connection-broken": "info", "connection-refused": "fail"}),
        ("true", DUPLICATES, {"connection-broken": "info", "net-timeout": "info"}),  # A copy may have come alive.
        ("false", "", {"net-timeout": "info"}),
    ],
)
def test_what_was_asked_may_have_happened_unless_it_came_to_a_dead_node_alone(simulate, hang_up, more, outcomes):
    seen = {}
    for seed in range(5):
        for row in simulate(SHORT.format(hang_up=hang_up) + more, seed).finished.recording.operations:
            if row.f == "write" and (row.error or [""])[0].startswith(("conn", "net")):
                seen.setdefault(row.error[0], set()).add(row.type)
    assert seen == {error: {outcome} for error, outcome in outcomes.items()}
