"""Liveness: who must be served again after the last heal, and when nobody can tell."""

import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"


@pytest.mark.parametrize(
    ("calls", "verdict"),
    [
        ("n1 5100-5200 ok, n2 5100-5300 ok", PASS),
        ("n1 5100-5200 ok, n2 5100-5300 fail:temporarily-unavailable, n2 5400-5500 ok", PASS),
        ("n1 5100-5200 ok, n2 5100-6100 info:net-timeout", FAIL),  # n2 serves nobody
        ("n1 5100-5200 ok, n2 5100-5300 fail:temporarily-unavailable", FAIL),
        ("n1 5100-5200 ok, n2 5100- info", FAIL),  # never answered
        ("n1 5100-5200 ok, n2 4900-5100 ok", PASS),  # begun before the heal, served after it
        ("n1 5100-5200 ok, n2 1000-1100 ok", PASS),  # nobody asked n2 after the heal
        ("n1 5100-5200 ok, n2 6900- info", PASS),  # begun too late to tell
        ("n1 5100-5200 ok, n2 5100-5300 fail:net-timeout, n2 7500-7600 ok", FAIL),  # after the grace period
        ("n1 5100-5200 ok, n2 5100-5300 fail:abort", UNKNOWN),  # n2 answers, by its rules
        ("n1 6900- info", UNKNOWN),
        ("n1 1000-1100 ok", UNKNOWN),
    ],
)
def test_every_node_that_is_asked_serves_again_within_the_grace_period(calls, verdict):
    assert judge_check("progress", _told(calls).fault(1500, 5000).recording()).valid == verdict


def test_without_faults_the_whole_run_is_there_to_make_progress():
    assert judge_check("progress", _told("n1 100-1100 info:net-timeout, n1 9000-9100 ok").recording()).valid == PASS
    assert judge_check("progress", _told("n1 100-1100 info:net-timeout").recording()).valid == FAIL


def test_a_client_that_goes_elsewhere_is_served_through_the_node_it_asked_first():
    story = Story().fault(1500, 5000).call("propose", 5100, 5200, node="n2", result=1)
    story._rows[-1].node = "n1"
    assert judge_check("progress", story.recording()).valid == PASS


def test_final_reads_tell_where_there_was_no_load_after_the_heal():
    story = Story().fault(1500, 5000).call("learn", 10_000, 10_010, node="n1", final=True)
    assert judge_check("progress", story.recording()).valid == PASS
    story.call("learn", 10_000, 10_900, "fail:net-timeout", node="n2", final=True)
    assert judge_check("progress", story.recording()).valid == FAIL


def test_no_progress_convicts_nobody_while_a_node_is_dead():
    story = (
        _told("n1 5100-5200 fail:temporarily-unavailable").fault(1500, 5000).events("@6000 !n2 exited expected=false")
    )
    assert judge_check("progress", story.recording()).valid == UNKNOWN


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("@1000 n1 became_leader term=1", PASS),
        ("@1000 n1 became_leader term=1; @2000 n1 stepped_down term=1; @6000 n2 became_leader term=2", PASS),
        ("@1000 n1 became_leader term=1; @2000 n1 stepped_down term=1", FAIL),
        ("", UNKNOWN),
    ],
)
def test_where_nobody_asked_a_leader_must_exist_again(events, verdict):
    story = Story(events, leader_event="became_leader", stepped_down_event="stepped_down").fault(1500, 5000)
    assert judge_check("progress", story.recording()).valid == verdict


def _told(calls: str) -> Story:
    story = Story()
    for call in calls.split(", "):
        node, span, outcome = call.split()
        begin, end = span.split("-")
        story.call("propose", float(begin), float(end) if end else None, outcome, node=node, result=1)
    return story
