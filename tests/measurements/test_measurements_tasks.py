"""Figures of tasks: each test a few events with a number that can be worked out on paper."""

import pytest
from written import Written

from chaosctl.measurements import measure_all


def value(written, name, phase="all"):
    rows = measure_all(written.recording).get(name, {"values": []})["values"]
    return next((row["value"] for row in rows if row["phase"] == phase), None)


@pytest.mark.parametrize(("figure", "event"), [("tasks-repeated", "started"), ("tasks-reassigned", "assigned")])
def test_what_happens_to_a_task_again_counts_and_the_first_time_does_not(figure, event):
    written = Written().fault(1000, 2000)
    for at_ms, task in ((100, 1), (200, 2), (1100, 1), (1200, 1), (2500, 2)):
        written.event(at_ms, "n3", event, epoch=1, task=task)
    assert [value(written, figure, phase) for phase in ("all", "before", "faults", "after")] == [3, 0, 2, 1]


def test_a_task_is_lost_that_one_of_the_final_audits_does_not_list():
    written = Written().event(100, "n1", "accepted", epoch=1, task=1).event(110, "n1", "accepted", epoch=1, task=2)
    written.call(200, 10, f="task").call(9000, 5, f="audit", final=True).call(9100, 5, f="audit", final=True)
    results = iter([{"task": 3, "run": "a"}, {"1": "a", "2": "a", "3": "a"}, {"1": "a", "3": "a"}])
    for row in written.recording.operations:
        if row.type == "ok":
            row.value = next(results)
    assert value(written, "tasks-lost") == 1


def test_what_a_new_leader_had_from_the_workers_is_counted_where_somebody_was_promoted():
    written = Written().event(100, "n2", "recovered", epoch=2, task=1, run="")
    assert value(written, "tasks-recovered") is None
    written.event(110, "n2", "promoted", epoch=2)
    assert value(written, "tasks-recovered") == 1


def test_a_run_without_tasks_has_no_such_figure():
    assert not [name for name in measure_all(Written().call(0, 1).recording) if name.startswith("tasks")]
