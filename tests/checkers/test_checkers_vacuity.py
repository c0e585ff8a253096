"""Nothing passes vacuously: what makes a run prove nothing, and what does not."""

import pytest
from stories import MS, Story

from chaosctl.checkers.vacuity import latency_is_unknown, missing_need, reasons_for_unknown
from chaosctl.history.records import MessageRow

LEADS = {"leader_event": "became_leader", "stepped_down_event": "stepped_down"}


def _served(*, from_ms: int = 0, until_ms: int = 3000, bad_from_ms: int = 10_000, **declared) -> Story:
    """Tell a run whose operations are ok up to some time."""
    story = Story(**declared)
    for begin in range(from_ms, until_ms, 50):
        story.call("propose", begin, begin + 10, "ok" if begin < bad_from_ms else "fail:net-timeout", result=1)
    return story


def test_a_run_that_served_before_and_had_its_faults_may_prove_something():
    assert reasons_for_unknown(_served().fault(1000, 2000).recording()) == []
    assert reasons_for_unknown(_served().recording()) == []


@pytest.mark.parametrize(
    ("story", "reason"),
    [
        (Story, "no operation finished"),
        (lambda: Story().call("propose", 0, None).call("propose", 0, 9, "info"), "no operation finished"),
        (
            lambda: _served(bad_from_ms=800).fault(1000, 2000),
            "not steady: 6 of 10 operations were ok in the last 500 ms",
        ),
        (lambda: _served(until_ms=400).fault(1000, 2000), "not steady: no operation ended in the last 500 ms"),
        (lambda: _served().fault(1000, 2000, touched=0), '"split" touched nothing'),
        (lambda: _served().fault(1000, None), '"split" touched nothing'),  # not known to have touched anything
        (
            lambda: _served().fault(1000, 2000).fault_row("never", name="crash", why="its trigger never fired"),
            '"crash" never happened: its trigger never fired',
        ),
        (lambda: _served().fault_row("armed", name="crash"), '"crash" never happened'),
        (lambda: _served().events("@700 !n2 exited expected=false status=1"), "n2 died at 0.700 s (status 1)"),
        (lambda: _served().events("@-0.4 !n2 exited expected=false status=1"), "n2 died at 0.000 s (status 1)"),
        (lambda: _served().events("@700 !n2 inbox-full"), "n2: its inbox overflowed"),
        (lambda: _served().events("@700 !n2 no-init-ok"), "n2: it did not answer init"),
    ],
)
def test_a_run_proves_nothing_with_the_reason(story, reason):
    reasons = reasons_for_unknown(story().recording())
    assert len(reasons) == 1
    assert reason in reasons[0]


def test_an_incomplete_recording_proves_nothing_and_says_what_is_missing():
    recording = _served().recording()
    recording.complete, recording.notes = False, ["history.jsonl was cut short"]
    assert reasons_for_unknown(recording) == ["the recording is incomplete; history.jsonl was cut short"]


def test_one_in_ten_may_fail_before_the_first_fault_but_not_two():
    for failures, steady in ((1, True), (2, False)):
        story = Story()
        for number in range(10):
            story.call("propose", 600 + number, 610 + number, "fail:net-timeout" if number < failures else "ok")
        assert (reasons_for_unknown(story.fault(1000, 2000).recording()) == []) is steady


def test_refusals_by_the_systems_own_rules_say_nothing_about_steadiness():
    story = Story().call("transfer", 600, 610)
    for _ in range(5):
        story.call("transfer", 600, 610, "fail:abort")
    assert reasons_for_unknown(story.fault(1000, 2000).recording()) == []


@pytest.mark.parametrize(
    ("events", "is_steady"),
    [
        ("@100 n1 became_leader term=1", True),
        ("@999 n1 became_leader term=1", True),
        ("@1000 n1 became_leader term=1", False),
        ("@100 n1 became_leader term=1; @200 n1 stepped_down term=1", False),
        ("@100 n1 became_leader term=1; @800 n1 stepped_down term=1", True),  # led within the window
        ("", False),
    ],
)
def test_steady_means_that_there_was_a_leader_where_there_is_one(events, is_steady):
    story = _served(**LEADS).events(events).fault(1000, 2000)
    assert (reasons_for_unknown(story.recording()) == []) is is_steady


def test_a_fault_from_the_start_asks_that_the_system_worked_at_some_time():
    assert reasons_for_unknown(_served().fault(0, 2000).recording()) == []
    assert reasons_for_unknown(_served().fault(0.4, 2000).recording()) == []  # in real time it takes a moment
    never = Story().call("propose", 600, 610, "fail:net-timeout").fault(0, 2000)
    assert reasons_for_unknown(never.recording()) == ["the system never worked: no operation was ok in the whole run"]
    leaderless = _served(**LEADS).fault(0, 2000)
    assert reasons_for_unknown(leaderless.recording()) == ["the system never worked: nobody led in the whole run"]


def test_a_fault_aimed_at_an_early_point_asks_that_the_system_worked_at_some_time():
    story = _served(from_ms=100).fault_row("armed", occurrence=0).fault(30, 2000, occurrence=0)
    assert reasons_for_unknown(story.recording()) == []
    assert reasons_for_unknown(_served(from_ms=100).fault(30, 2000).recording()) != []  # not so by the clock


def test_a_fault_that_comes_again_is_idle_only_if_it_always_was():
    assert reasons_for_unknown(_served().fault(1000, 1100, touched=0).fault(1200, 1300).recording()) == []


def test_deaths_by_faults_and_tolerated_ones_are_no_accidents():
    assert reasons_for_unknown(_served().events("@700 !n2 exited expected=true").recording()) == []
    story = _served(tolerates_exits=True).events(
        "@0 !n2 ready incarnation=0; @700 !n2 exited expected=false incarnation=0"
    )
    assert reasons_for_unknown(story.recording()) == []


def test_who_may_end_by_itself_must_have_answered_init_before():
    ends = (
        "@700 !n2 exited expected=false incarnation=0 status=1; @800 !n2 exited expected=false incarnation=1 status=1"
    )
    [reason] = reasons_for_unknown(_served(tolerates_exits=True).events(ends).recording())
    assert reason.startswith("n2 died 2 times, first at 0.700 s (status 1) before it answered init")


@pytest.mark.parametrize(
    ("need", "missing"),
    [
        ("operations", "there were no operations"),
        ("f:propose", "there was no propose"),
        ("ok:propose", "no propose was ok"),
        ("events:learned", "no node emitted learned"),
        ("messages", "the run kept no messages"),
        ("quorum", "the experiment declares no quorum"),
    ],
)
def test_what_a_check_needs_is_named_where_it_is_missing(need, missing):
    assert missing_need(Story(quorum=None).recording(), (need,)) == missing


def test_what_a_check_needs_is_found_where_it_is_there():
    story = Story("n1 learned value=1").call("propose", 0, 1, result=1)
    recording = story.recording()
    recording.messages = lambda: iter([MessageRow(time=0, id=0, fate="sent")])
    needs = ("operations", "f:propose", "ok:propose", "events:learned", "messages", "quorum", "complete")
    assert missing_need(recording, needs) == ""


def test_the_runners_own_events_are_not_the_nodes():
    assert missing_need(Story("!n1 learned value=1").recording(), ("events:learned",)) != ""


def test_late_messages_make_latency_unknown_and_nothing_else():
    story = _served().events(f"!runner delays_off median_ns={3 * MS} configured_mean_ns={MS}")
    assert "3.0 ms later" in latency_is_unknown(story.recording())
    assert reasons_for_unknown(story.recording()) == []
    assert latency_is_unknown(_served().recording()) == ""
