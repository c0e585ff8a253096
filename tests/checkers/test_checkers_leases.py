"""Leases: what one-effective-leader and leases-disjoint must pass and what they must convict."""

import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"


def worked(*done: tuple[int, int]) -> Story:
    """Return a run in which clients were told of work: (position, token)."""
    story = Story()
    for number, (position, token) in enumerate(done):
        result = {"holder": "n1", "token": token, "position": position}
        story.call("work", 10 * number, 10 * number + 5, result=result)
    return story


@pytest.mark.parametrize(
    ("done", "verdict"),
    [
        ([(1, 5), (2, 5), (3, 9)], PASS),
        ([(1, 5), (3, 9), (2, 5)], PASS),  # told late, done in order
        ([(1, 5), (2, 9), (3, 5)], FAIL),
        ([(2, 9), (7, 5)], FAIL),  # whatever was between
        ([], UNKNOWN),
    ],
)
def test_work_is_done_in_the_order_of_the_tokens(done, verdict):
    assert judge_check("one-effective-leader", worked(*done).recording()).valid == verdict


def test_work_that_no_client_was_told_of_counts_by_what_the_resource_says():
    story = worked((1, 5), (3, 9)).events("n6 written token=12 holder=n2 position=2")
    judgement = judge_check("one-effective-leader", story.recording())
    assert judgement.valid == FAIL
    assert [one.text.partition(",")[0] for one in judgement.evidence] == [
        "n2 did work 2 under token 12",
        "n1 did work 3 under token 9",
    ]


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("@100 n1 became_leader term=5 at_most=0.4; @600 n2 became_leader term=6 at_most=0.4", PASS),
        ("@100 n1 became_leader term=5 at_most=0.4; @300 n2 became_leader term=6 at_most=0.4", FAIL),
        # Stopped early, so another may begin:
        (
            "@100 n1 became_leader term=5 at_most=0.4; @200 n1 stepped_down term=5;"
            "@300 n2 became_leader term=6 at_most=0.4",
            PASS,
        ),
        # A stopped process says late that its time is over; it was over all the same:
        (
            "@100 n1 became_leader term=5 at_most=0.4; @600 n2 became_leader term=6 at_most=0.4;"
            "@900 n1 stepped_down term=5",
            PASS,
        ),
        # Renewed:
        (
            "@100 n1 became_leader term=5 at_most=0.4; @400 n1 renewed term=10 at_most=0.4;"
            "@600 n2 became_leader term=6 at_most=0.4",
            FAIL,
        ),
        ("@100 n1 became_leader term=5 at_most=0.4; @300 n1/1 became_leader term=10 at_most=0.4", PASS),
        # A dead holder holds nothing, whenever its last word is read:
        (
            "@100 n1 became_leader term=5 at_most=0.4; @150 !n1 killed incarnation=0;"
            "@300 n2 became_leader term=6 at_most=0.4",
            PASS,
        ),
        (
            "@100 !n1 killed incarnation=0; @101 n1 became_leader term=5 at_most=0.4;"
            "@300 n2 became_leader term=6 at_most=0.4",
            PASS,
        ),
        ("@100 n1 stepped_down term=5", UNKNOWN),
    ],
)
def test_no_two_nodes_hold_the_lease_at_a_time(events, verdict):
    assert judge_check("leases-disjoint", Story(events).recording()).valid == verdict
