"""The verdict on a run beside what the experiment expects, and the exit code that follows."""

import msgspec
import pytest
from stories import Story

from chaosctl import checkers
from chaosctl.checkers.check import Verdict
from chaosctl.checkers.verdict import judge
from chaosctl.experiment.model import Expect, Threshold

GOOD = "n1 became_leader term=1; n1 voted term=1 candidate=n1; n2 voted term=1 candidate=n1"
TWO = "n1 became_leader term=1; n2 became_leader term=1; n1 voted term=1 candidate=n1"
SAFE, VOTE, BACKED = "election-safety", "one-vote-a-term", "quorum-backed"


def _story(events: str) -> Story:
    return Story(events).call("who-leads", 0, 10, result={"leader": "n1", "term": 1})


@pytest.mark.parametrize(
    ("events", "expected", "violates", "verdict", "exit_code"),
    [
        (GOOD, "pass", [], "pass", 0),
        (TWO, "pass", [], "fail", 1),
        ("n1 voted term=1 candidate=n1", "pass", [], "unknown", 4),  # a check lacks what it needs
        (TWO, "fail", [SAFE], "fail", 0),
        (TWO, "fail", [SAFE, BACKED], "fail", 0),
        (TWO, "fail", [SAFE, VOTE], "fail", 1),  # one of two was not convicted
        (TWO, "fail", [VOTE], "fail", 1),
        (GOOD, "fail", [SAFE], "pass", 1),
        ("n1 voted term=1 candidate=n1", "fail", [SAFE], "unknown", 4),
        ("n1 voted term=1 candidate=n1", "unknown", [], "unknown", 0),
        (GOOD, "unknown", [], "pass", 1),
        (TWO, "unknown", [], "fail", 1),
    ],
)
def test_a_run_is_as_expected_or_the_exit_code_says_why_not(events, expected, violates, verdict, exit_code):
    found = judge(_story(events).recording(), Expect(verdict=expected, violates=violates), [SAFE], {})
    assert (found.verdict, found.exit_code, found.as_expected) == (verdict, exit_code, exit_code == 0)


def test_a_conviction_outranks_what_makes_a_run_prove_nothing():
    recording = Story(TWO).fault(1000, 2000, touched=0).recording()
    found = judge(recording, Expect(verdict="fail", violates=[SAFE]), [SAFE, "one-effective-leader"], {})
    assert (found.verdict, found.exit_code) == ("fail", 0)
    assert len(found.reasons) == 3  # no operation finished, the fault touched nothing, not steady


def test_a_pass_does_not_outrank_what_makes_a_run_prove_nothing():
    found = judge(_story(GOOD).fault_row("never", why="nobody led").recording(), Expect(), [SAFE], {})
    assert (found.verdict, found.exit_code) == ("unknown", 4)
    assert found.why == 'the fault "split" never happened: nobody led'


def test_a_demonstration_says_which_unnamed_checks_failed_as_well():
    found = judge(_story(TWO).recording(), Expect(verdict="fail", violates=[SAFE]), [SAFE, BACKED], {})
    assert found.exit_code == 0
    assert found.why.endswith("not named, but failed as well: quorum-backed")


def test_a_run_in_which_nothing_is_checked_proves_nothing():
    found = judge(_story(GOOD).recording(), Expect(), [], {})
    assert (found.verdict, found.exit_code) == ("unknown", 4)


def test_checks_that_the_file_adds_are_judged_too():
    found = judge(_story(GOOD).recording(), Expect(checks=[VOTE]), [SAFE], {})
    assert list(found.checks) == [SAFE, VOTE]


def _metric(value: float | None, samples: int = 10, **slice_) -> dict:
    return {"unit": "share", "better": "higher", "values": [{"value": value, "samples": samples} | slice_]}


TYPED = {
    "unit": "",
    "values": [
        {"value": 0.5, "samples": 1},
        *({"value": v, "samples": 1, "extra": {"type": t}} for v, t in ((0, "a"), (1, "b"))),
    ],
}
"""A figure of several types: of the whole, and of each."""


@pytest.mark.parametrize(
    ("limits", "measured", "valid"),
    [
        ({"min": 0.9}, _metric(0.9), "pass"),
        ({"min": 0.9}, _metric(0.89), "fail"),
        ({"max": 0.5}, _metric(0.5), "pass"),
        ({"max": 0.5}, _metric(0.51), "fail"),
        ({"min": 0.1, "max": 0.5}, _metric(0.6), "fail"),
        ({"min": 0.9}, _metric(None, 0), "unknown"),
        ({"min": 0.9}, _metric(1.0, 0), "unknown"),
        ({"min": 0.9}, _metric(float("nan")), "fail"),
        ({"min": 0.9, "phase": "faults"}, _metric(1.0), "unknown"),
        ({"min": 0.9, "phase": "faults", "side": "majority"}, _metric(1.0, phase="faults", side="majority"), "pass"),
        ({"min": 0.9, "phase": "faults", "side": "majority"}, _metric(1.0, phase="faults", side="minority"), "unknown"),
        ({"min": 0.9, "side": "n2"}, _metric(1.0, node="n2"), "pass"),
        ({"min": 0.9, "side": "n2"}, _metric(1.0, node="n1"), "unknown"),
        ({"min": 0.9, "f": "read"}, _metric(1.0, f="read"), "pass"),
        ({"min": 0.9}, _metric(1.0, f="read"), "unknown"),
        (
            {"min": 0.9},
            {"unit": "", "values": [{"value": 1, "samples": 1, "extra": {"type": t}} for t in "ab"]},
            "unknown",
        ),
        ({"min": 0.9, "type": "b"}, TYPED, "pass"),
        ({"min": 0.9, "type": "a"}, TYPED, "fail"),
        ({"min": 0.9, "type": "c"}, TYPED, "unknown"),
        ({"max": 0.5}, TYPED, "pass"),  # of the whole
    ],
)
def test_a_limit_is_held_against_the_one_value_of_its_slice(limits, measured, valid):
    expect = Expect(thresholds=[Threshold(metric="availability", **limits)])
    found = judge(_story(GOOD).recording(), expect, [SAFE], {"availability": measured})
    assert found.thresholds[0].valid == valid
    assert (found.verdict, found.exit_code) == (valid, {"pass": 0, "fail": 1, "unknown": 4}[valid])


def test_a_limit_on_a_figure_that_was_not_measured_proves_nothing():
    expect = Expect(thresholds=[Threshold(metric="takeover-time", max=1.0)])
    assert judge(_story(GOOD).recording(), expect, [SAFE], {}).verdict == "unknown"


def test_a_limit_on_a_type_that_was_not_seen_says_which_were():
    expect = Expect(thresholds=[Threshold(metric="availability", type="c", min=0.9)])
    found = judge(_story(GOOD).recording(), expect, [SAFE], {"availability": TYPED})
    assert found.thresholds[0].why == "there was no sample of c, only of a and b"


@pytest.mark.parametrize(
    ("limits", "valid"),
    [({"max": 1.0}, "fail"), ({"max": 3.0}, "unknown"), ({"min": 1.0}, "pass"), ({"min": 3.0}, "unknown")],
)
def test_a_figure_that_never_came_to_pass_is_no_less_than_what_was_seen(limits, valid):
    metric = {"unit": "s", "values": [{"value": 2.0, "samples": 1, "extra": {"at_least": True}}]}
    expect = Expect(thresholds=[Threshold(metric="takeover-time", **limits)])
    found = judge(_story(GOOD).recording(), expect, [SAFE], {"takeover-time": metric})
    assert found.thresholds[0].valid == valid


def test_latency_limits_alone_are_unknown_where_messages_came_late():
    story = _story(GOOD).events("!runner delays_off median_ns=3000000 configured_mean_ns=1000000")
    expect = Expect(thresholds=[Threshold(metric="latency-p99", max=9.0), Threshold(metric="availability", min=0.5)])
    found = judge(story.recording(), expect, [SAFE], {"latency-p99": _metric(1.0), "availability": _metric(1.0)})
    assert [limit.valid for limit in found.thresholds] == ["unknown", "pass"]


@pytest.mark.parametrize(("value", "exit_code"), [(1.0, 0), (0.1, 1), (None, 4)])
def test_a_demonstration_must_keep_its_limits_too(value, exit_code):
    expect = Expect(verdict="fail", violates=[SAFE], thresholds=[Threshold(metric="availability", min=0.5)])
    found = judge(_story(TWO).recording(), expect, [SAFE], {"availability": _metric(value)})
    assert (found.verdict, found.exit_code) == ("fail", exit_code)


def test_the_verdict_is_written_with_evidence_as_it_is_read_again():
    found = judge(_story(TWO).recording(), Expect(), [SAFE], {})
    written = msgspec.json.decode(msgspec.json.encode(found))
    assert written["checks"][SAFE]["valid"] == "fail"
    assert written["checks"][SAFE]["evidence"][0]["events"] == ["n1/0/1"]
    assert {"verdict", "expected", "as_expected", "exit_code", "why", "reasons", "thresholds"} <= written.keys()


@pytest.mark.parametrize("name", list(checkers.CHECKS))
def test_every_check_says_unknown_of_an_empty_recording_and_what_it_is_in_words(name):
    found = judge(Story().recording(), Expect(), [name], {})
    assert found.checks[name].valid == Verdict.UNKNOWN
    assert "broke" not in found.checks[name].why
    assert type(checkers.load(name)).__doc__


def test_adoption_alone_wants_the_message_log():
    assert [name for name in checkers.CHECKS if checkers.wants_messages(name)] == ["adoption"]
