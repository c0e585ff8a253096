"""Echo: an answer counts, and only an answer; whoever gets another's payload has evidence."""

import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ({"a": "a", "b": "b"}, "pass"),
        ({"a": "a", "b": "B"}, "fail"),
        ({"a": "b", "b": "a"}, "fail"),  # each payload came back, and to the wrong one
        ({"a": "a", "b": None}, "fail"),
        ({1: 1, 2: "2"}, "fail"),  # a number is not its digits
        ({}, "unknown"),
    ],
)
def test_every_answer_must_be_the_payload_of_its_own_request(answers, verdict):
    story = Story()
    for number, (sent, came) in enumerate(answers.items()):
        story.call("echo", number, number + 5, value=sent, result=came)
    assert judge_check("echo", story.recording()).valid == verdict


def test_an_echo_without_an_answer_accuses_nobody():
    story = Story().call("echo", 0, 5, value="a", result="a").call("echo", 1, 6, "fail:net-timeout", value="b")
    assert judge_check("echo", story.recording()).valid == "pass"


def test_the_evidence_says_which_node_answered_what():
    story = Story().call("echo", 0, 5, value="a", result="b", node="n2")
    (evidence,) = judge_check("echo", story.recording()).evidence
    assert evidence.operations == (1,)
    assert 'n2 was sent "a" and answered "b"' in evidence.text
