"""What a leader, its standby and its workers cost and promise, in whole runs."""

from collections import Counter

import pytest

from benchmarks.leader_bottleneck import served

ONE_TASK = """name = "one-task"
duration = "1100ms"
grace = "1ms"
seed = 1
[system]
pattern = "leader-workers"
nodes = 4
options = { heartbeat = "400ms", suspect = "900ms", retry = "400ms", standby = "STANDBY" }
[network]
latency = { distribution = "uniform", min = "1ms", max = "3ms" }
[workload]
clients = 1
script = [{ at = "900ms", node = "n4", f = "task", value = 1 }]
"""

OF_A_TASK = {"submit", "accept", "assign", "done", "release", "append", "append_ok", "submit_ok"}


@pytest.mark.parametrize(
    ("standby", "appends", "released"),
    [("none", 0, 1), ("hot", 2, 1), ("cold", 0, 0)],
    ids=["none", "hot", "cold"],
)
def test_a_task_without_faults_costs_exactly_what_its_steps_say(standby, appends, released, simulate):
    run = simulate(ONE_TASK.replace("STANDBY", standby))
    rows = [row for row in run.finished.recording.messages() if row.fate == "sent" and row.time < 1_100_000_000]
    assert (
        Counter(row.type for row in rows if row.type in OF_A_TASK)
        == Counter(
            {
                "submit": 1,  # A client to its arbiter,
                "accept": 1,  # the arbiter to the leader,
                "assign": 1,  # the leader to a worker, once a hot standby has the assignment,
                "done": 1,  # the worker to the leader,
                "append": appends,  # the leader to a hot standby: the assignment, and then the run that counts,
                "append_ok": appends,
                "submit_ok": 2,  # and the answer back, over the arbiter.
                "release": released,  # A worker keeps it until a cold standby's checkpoint has the run.
            }
        )
        - Counter()
    )


def test_a_cold_standby_asks_back_what_a_hot_one_has(simulate):
    runs = {
        standby: simulate("leader-workers/leader-crash", overrides=[f'system.options.standby="{standby}"'])
        for standby in ("none", "cold", "hot")
    }
    assert [run.verdict for run in runs.values()] == ["pass"] * 3
    assert runs["hot"].figure("tasks-recovered") == 0 < runs["cold"].figure("tasks-recovered")
    assert runs["hot"].figure("first-served-time") < runs["none"].figure("first-served-time") / 2
    assert [run.figure("tasks-lost") for run in runs.values()] == [0, 0, 0]


def test_the_leaders_own_speed_ends_the_growth_until_it_assigns_several_tasks_at_once():
    eighteen, cheap = "system.nodes=18", 'system.options.work="80ms"'  # 16 workers: 200 tasks a second at most.
    slow = 'system.options.assign_cost="10ms"'  # 100 assignments a second.
    alone, _ = served(eighteen, cheap, slow)
    batched, _ = served(eighteen, cheap, slow, "system.options.batch=4")
    assert alone == pytest.approx(100, rel=0.05)
    assert batched == pytest.approx(200, rel=0.05)
