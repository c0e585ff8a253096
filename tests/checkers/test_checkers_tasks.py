import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check


def told(events: str = "", answered: str = "", audits: str = "", **declared) -> Story:
    """Answers as `1:n3/1.1` (task 1 was done by that run), audits as `1:n3/1.1,2:n4/1.1` one a node, between spaces."""
    story = Story(events, **declared)
    for at, answer in enumerate(answered.split()):
        task, _, run = answer.partition(":")
        result = {"task": int(task), "run": run}
        story.call("task", 100 * at + 100, 100 * at + 150, "ok" if run else "info", value=int(task), result=result)
    for audit in audits.split():
        runs = dict(part.split(":") for part in audit.strip("-").split(",") if part)
        story.call("audit", 10_000, 10_005, result=runs, final=True)
    return story


@pytest.mark.parametrize(
    ("events", "answered", "audits", "verdict"),
    [
        ("", "1:n3/1.1", "1:n3/1.1", "pass"),
        ("n1 accepted epoch=1 task=1", "1:n3/1.1", "1:n3/1.1", "pass"),
        ("", "1:n3/1.1", "-", "fail"),  # Answered, and forgotten.
        ("", "1:n3/1.1", "1:n3/1.1 -", "fail"),  # One audit has it, another not.
        ("n1 accepted epoch=1 task=1", "1", "-", "fail"),  # Accepted, never done.
        ("", "1", "-", "pass"),  # A task that no leader took on may come to nothing.
        ("n1 accepted epoch=1 task=1; @9000 !n1 killed", "1", "-", "unknown"),  # Who is down may have it.
        ("@9000 !n1 killed", "1:n3/1.1", "-", "fail"),  # What was answered must outlive whoever is down.
        ("", "1:n3/1.1", "", "unknown"),  # No audit.
    ],
)
def test_no_task_is_lost_only_if_all_that_was_taken_on_is_done_in_the_end(events, answered, audits, verdict):
    assert judge_check("no-task-lost", told(events, answered, audits).recording()).valid == verdict


@pytest.mark.parametrize(
    ("events", "answered", "audits", "verdict"),
    [
        (
            "n3 started epoch=1 task=1; n4 started epoch=1 task=1",
            "1:n3/1.1",
            "1:n3/1.1",
            "pass",
        ),  # Done twice, harmless.
        ('n1 finished epoch=1 task=1 run="a"; n2 finished epoch=2 task=1 run="a"', "1", "", "pass"),
        ('n1 finished epoch=1 task=1 run="a"; n2 finished epoch=2 task=1 run="b"', "1", "", "fail"),
        ("", "1:n3/1.1", "1:n4/2.1", "fail"),  # Another run than the client was told of.
        ("", "1:n3/1.1", "1:n3/1.1 1:n4/2.1", "fail"),
        ("", "1", "", "unknown"),
    ],
)
def test_a_task_has_one_effect_only_if_everybody_names_the_same_run(events, answered, audits, verdict):
    assert judge_check("one-effect-a-task", told(events, answered, audits).recording()).valid == verdict


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("n3 started epoch=1 task=1; n3 obeyed epoch=2; n3 started epoch=2 task=2", "pass"),
        ("n3 obeyed epoch=2; n3 started epoch=1 task=1", "fail"),
        ("n3 obeyed epoch=2; n3/1 started epoch=1 task=1", "fail"),  # A crash is no excuse.
        ("n3 obeyed epoch=2; n4 started epoch=1 task=1", "pass"),  # The other has not heard of it.
        ("n3 obeyed epoch=2", "unknown"),
    ],
)
def test_a_worker_is_obedient_only_if_it_begins_nothing_for_an_older_epoch(events, verdict):
    assert judge_check("obedience", told(events, "1").recording()).valid == verdict


@pytest.mark.parametrize(
    ("switch", "orders", "events", "verdict"),
    [
        ("manual", [("n2", 100)], "@200 n2 promoted epoch=2", "pass"),
        ("manual", [], "@200 n2 promoted epoch=2", "fail"),
        ("manual", [("n2", 300)], "@200 n2 promoted epoch=2", "fail"),  # The order came after.
        ("manual", [("n1", 100)], "@200 n2 promoted epoch=2", "fail"),  # It was another's.
        ("manual", [("n2", 100)], "@200 n2 promoted epoch=2; @900 n2 promoted epoch=4", "fail"),  # One order, twice.
        ("automatic", [], "@200 n2 promoted epoch=2", "pass"),
    ],
)
def test_manual_means_that_each_promotion_has_an_order_before_it(switch, orders, events, verdict):
    story = told(events, "1", options={"switch": switch})
    for node, at in orders:
        story.fault(at, at, name="person", kind="operator", targets=[node])
    assert judge_check("manual-means-manual", story.recording()).valid == verdict


@pytest.mark.parametrize(
    ("events", "answered", "verdict"),
    [
        ("@90 n1 serving epoch=1 done=0", "1:n3/1.1 2:n3/1.1", "pass"),  # Nobody had been told of anything.
        ("@300 n2 serving epoch=2 done=2", "1:n3/1.1 2:n3/1.1", "pass"),
        ("@300 n2 serving epoch=2 done=3", "1:n3/1.1 2:n3/1.1", "pass"),  # Done, and not answered yet.
        ("@300 n2 serving epoch=2 done=1", "1:n3/1.1 2:n3/1.1", "fail"),
        ("@300 n2 serving epoch=2 done=1", "1:n3/1.1 1:n3/1.1", "pass"),  # One task, handed in twice.
        ("@300 n2 serving epoch=2 done=1", "1:n3/1.1 2", "pass"),  # Of the other nobody was told.
        ("", "1:n3/1.1", "unknown"),
    ],
)
def test_the_recovery_point_is_kept_only_if_a_new_leader_has_all_that_was_answered(events, answered, verdict):
    assert judge_check("recovery-point", told(events, answered).recording()).valid == verdict


@pytest.mark.parametrize(
    ("events", "answered", "verdict"),
    [
        ("@140 n1 finished epoch=1 task=1; @240 n2 finished epoch=2 task=2", "1:a 2:b", "pass"),
        ("@140 n2 finished epoch=2 task=1; @240 n1 finished epoch=1 task=2", "1:a 2:b", "fail"),
        # The deposed leader's table came to the new one later: its answer is no better for that.
        (
            "@140 n2 finished epoch=2 task=1; @240 n1 finished epoch=1 task=2; @900 n2 finished epoch=2 task=2",
            "1:a 2:b",
            "fail",
        ),
        (
            "@140 n1 finished epoch=1 task=1; @141 n2 finished epoch=2 task=1; @240 n2 finished epoch=2 task=2",
            "1:a 2:b",
            "pass",
        ),
        # It was done before the other led, and is only told of again.
        ("@90 n1 finished epoch=1 task=2; @140 n2 finished epoch=2 task=1", "1:a 2:b 2:b", "pass"),
        ("@140 n2 finished epoch=2 task=1", "1:a", "pass"),
        ("", "1:a", "unknown"),
    ],
)
def test_one_leader_serves_only_if_no_deposed_one_does_a_task_handed_in_later(events, answered, verdict):
    assert judge_check("one-leader-serves", told(events, answered).recording()).valid == verdict


def test_a_deposed_leader_may_end_what_was_handed_in_before_its_successor_served():
    story = told("@140 n2 finished epoch=2 task=1; @145 n1 finished epoch=1 task=2", "1:a")
    story.call("task", 120, 155, value=2, result={"task": 2, "run": "b"})
    assert judge_check("one-leader-serves", story.recording()).valid == "pass"
