"""Consensus: what each check must pass and what it must convict, from events, answers and messages."""

import pytest
from stories import Story, ballot

from chaosctl.checkers.verdict import judge_check

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"
CHOSEN_1 = "n1 accepted ballot=1n1 value=1; n2 accepted ballot=1n1 value=1"


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("n1 learned ballot=1n1 value=1; n2 learned ballot=2n2 value=1", PASS),
        ("n1 learned value=1; n2 learned value=2", FAIL),
        ("n1 learned slot=0 value=1; n2 learned slot=1 value=2", PASS),
        ("n1 learned value=1; n2 chosen_seen value=2", FAIL),
        (CHOSEN_1, PASS),
        # Chosen twice, and nobody looked:
        (f"{CHOSEN_1}; n2/1 accepted ballot=2n3 value=2; n3 accepted ballot=2n3 value=2", FAIL),
        # One value under two ballots is not chosen, so the other may be:
        (
            "n1 accepted ballot=1n1 value=1; n2 accepted ballot=3n1 value=1;"
            "n1 accepted ballot=4n2 value=2; n3 accepted ballot=4n2 value=2",
            PASS,
        ),
        # An acceptance told twice is one acceptor's:
        (f"{CHOSEN_1}; n3 accepted ballot=2n3 value=2; n3/1 accepted ballot=2n3 value=2", PASS),
        (f"{CHOSEN_1}; n3 learned value=2", FAIL),
        ("n1 learned value=null; n2 learned value=0", FAIL),
        ("n1 accepted ballot=1n1 value=1", UNKNOWN),
    ],
)
def test_one_value_is_chosen_learned_and_told(events, verdict):
    assert judge_check("agreement", Story(events).recording()).valid == verdict


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ([("propose", 1, 1), ("propose", 2, 1), ("learn", None, 1), ("learn", None, None)], PASS),
        ([("propose", 1, 1), ("propose", 2, 2)], FAIL),
        ([("propose", 1, 1), ("learn", None, 2)], FAIL),
        ([("learn", None, None)], UNKNOWN),
    ],
)
def test_clients_of_a_single_decree_are_told_one_value(answers, verdict):
    story = Story(workload="consensus")
    for number, (f, value, result) in enumerate(answers):
        story.call(f, number * 10, number * 10 + 5, value=value, result=result)
    assert judge_check("agreement", story.recording()).valid == verdict


def test_disagreement_is_shown_by_the_two_learners_alone():
    events = f"{CHOSEN_1}; n1 learned ballot=1n1 value=1; n2 learned ballot=1n1 value=1; n3 learned ballot=2n3 value=2"
    judgement = judge_check("agreement", Story(events).recording())
    assert judgement.why == "slot 0 has two values: 1 and 2"
    assert [one.text for one in judgement.evidence] == [
        "n1 learned 1 under ballot (1, n1) at 0.003 s",
        "n3 learned 2 under ballot (2, n3) at 0.005 s",
    ]


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("n1 learned value=1", PASS),
        ("n1 learned value=2", PASS),  # whose client never got an answer
        ("n1 learned value=3", FAIL),
        ("n1 learned value=null", FAIL),
        ("n1 accepted ballot=1n1 value=3; n2 accepted ballot=1n1 value=3", FAIL),
        ("n1 accepted ballot=1n1 value=3", UNKNOWN),
    ],
)
def test_only_what_a_client_proposed_is_chosen(events, verdict):
    story = Story(events).call("propose", 0, 1, value=1, result=1).call("propose", 0, None, value=2)
    assert judge_check("validity", story.recording()).valid == verdict


def test_validity_is_unknown_where_nobody_proposed():
    assert judge_check("validity", Story("n1 learned value=1").recording()).valid == UNKNOWN


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("n1 learned value=1; n1/1 learned value=1; n2 learned value=1", PASS),
        ("n1 learned value=1; n2 learned value=2", PASS),  # agreement's affair
        ("n1 learned value=1; n1/1 learned value=2", FAIL),
        ("n1 learned slot=1 value=1; n1 learned slot=2 value=2", PASS),
        ("n1 accepted ballot=1n1 value=1", UNKNOWN),
    ],
)
def test_a_learner_never_changes_its_mind_over_restarts(events, verdict):
    assert judge_check("integrity", Story(events).recording()).valid == verdict


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("n1 promised ballot=1n1; n1 accepted ballot=1n1 value=1", PASS),
        ("n1 promised ballot=2n2; n1 accepted ballot=1n1 value=1", FAIL),
        ("n1 promised ballot=2n2; n1/1 accepted ballot=1n1 value=1", FAIL),  # forgot its promise in a crash
        ("n1 promised ballot=2n2; n2 accepted ballot=1n1 value=1", PASS),  # another acceptor's
        ("n1 accepted ballot=1n1 value=1; n1 promised ballot=2n2", PASS),
        ("n1 promised ballot=2n2; n1 accepted slot=7 ballot=1n1 value=1", FAIL),  # a promise of no slot is for all
        ("n1 promised slot=1 ballot=2n2; n1 accepted slot=7 ballot=1n1 value=1", PASS),  # another slot's
        ("n1 promised ballot=1n2; n1 accepted ballot=1n1 value=1", FAIL),  # equal rounds are ordered by the id
        ("n1 promised ballot=10n1; n1 accepted ballot=9n2 value=1", FAIL),  # numbers, not text
        # A promise below another, without lowering it, is harmless:
        ("n1 promised ballot=3n1; n1 promised ballot=2n2; n1 accepted ballot=3n1 value=1", PASS),
        ("n1 promised ballot=3n1; n1 promised ballot=2n2; n1 accepted ballot=2n2 value=1", FAIL),
        ("n1 promised ballot=3n1", UNKNOWN),
    ],
)
def test_nothing_is_accepted_below_a_promise(events, verdict):
    assert judge_check("promise-kept", Story(events).recording()).valid == verdict


def test_a_promise_that_is_sent_again_after_an_acceptance_was_made_before_it():
    late = Story("n1/1 accepted ballot=3n1 value=1; n1 promised ballot=1n1; n1 accepted ballot=1n1 value=2")
    assert judge_check("promise-kept", late.recording()).valid == PASS


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("n1 proposed ballot=1n1 value=1; n2 proposed ballot=1n2 value=2", PASS),
        ("n1 proposed ballot=1n1 value=1; n1 proposed ballot=1n1 value=1", PASS),  # told twice
        ("n1 proposed ballot=1n1 value=1; n1 proposed ballot=1n1 value=2", FAIL),
        ("n1 proposed ballot=1n1 value=1; n1/1 proposed ballot=1n1 value=1", FAIL),  # a round used over a crash
        ("n1 proposed ballot=1n9 value=1; n2 proposed ballot=1n9 value=1", FAIL),
        ("n1 proposed ballot=1n1 value=1; n2 accepted ballot=1n1 value=2", FAIL),
        ("n1 accepted ballot=1n1 value=1", UNKNOWN),
    ],
)
def test_a_ballot_is_used_by_one_proposer_for_one_value(events, verdict):
    assert judge_check("one-value-a-ballot", Story(events).recording()).valid == verdict


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        (f"{CHOSEN_1}; n3 learned value=1", PASS),
        (f"{CHOSEN_1}; n3 chosen_seen ballot=1n1 value=1", PASS),
        ("n1 accepted ballot=1n1 value=1; n3 learned value=1; n2 accepted ballot=1n1 value=1", FAIL),  # too early
        ("n1 accepted ballot=1n1 value=1; n2 accepted ballot=2n1 value=1; n3 learned value=1", FAIL),  # two ballots
        ("n1 accepted ballot=1n1 value=1; n1/1 accepted ballot=1n1 value=1; n3 learned value=1", FAIL),  # one acceptor
        (f"{CHOSEN_1}; n3 learned value=2", FAIL),
        (CHOSEN_1, UNKNOWN),
    ],
)
def test_what_is_learned_was_accepted_by_a_quorum_under_one_ballot(events, verdict):
    assert judge_check("learned-is-chosen", Story(events).recording()).valid == verdict


def test_acceptances_of_others_than_acceptors_do_not_count():
    story = Story(f"{CHOSEN_1}; n3 learned value=1", placement={"acceptor": ("n1", "n3")})
    assert judge_check("learned-is-chosen", story.recording()).valid == FAIL


@pytest.mark.parametrize(
    ("promises", "value", "verdict"),
    [
        ("n1 -, n2 -", 7, PASS),
        ("n1 1n1=1, n2 -", 1, PASS),
        ("n1 1n1=1, n2 -", 7, FAIL),  # its own value, whatever was reported
        ("n1 1n1=1, n2 2n2=2", 2, PASS),
        ("n1 1n1=1, n2 2n2=2", 1, FAIL),  # not the highest ballot's
        ("n1 1n1=1, n2 2n2=2, n3 -", 1, PASS),  # the quorum may have been n1 and n3
        ("n1 1n1=1, n2 -, n3 -", 7, PASS),  # or n2 and n3
        ("n1 -", 7, FAIL),  # no quorum
        ("n1 -, n1 -", 7, FAIL),  # one acceptor's answer counted twice
        ("n1 - x2", 7, FAIL),  # one that the network doubled
        ("n1 -, n2 - x0", 7, FAIL),  # one that never arrived
        ("n1 -, n2 - old", 7, FAIL),  # one for an older ballot
        ("n1 -, n1 1n1=1, n2 -", 1, PASS),  # answered twice: either answer may have been used
    ],
)
def test_a_proposal_carries_what_its_promises_demand(promises, value, verdict):
    story = Story(placement={"acceptor": ("n1", "n2", "n3")})
    for promise in promises.split(", "):
        node, report, *rest = promise.split()
        below, _, reported = report.partition("=")
        accepted = {"ballot": ballot(below), "value": int(reported)} if reported else None
        times = next((int(word[1:]) for word in rest if word.startswith("x")), 1)
        mine = ballot("4n3" if "old" in rest else "5n3")
        story.message(node, "n3", "promise", times, ballot=mine, accepted=accepted)
    story.message("n3", "n1", "accept", ballot=ballot("5n3"), value=value)
    assert judge_check("adoption", story.recording()).valid == verdict


def test_a_promise_that_comes_after_the_proposal_did_not_allow_it():
    story = Story().message("n1", "n3", "promise", ballot=ballot("5n3"))
    story.message("n3", "n1", "accept", ballot=ballot("5n3"), value=7)
    story.message("n2", "n3", "promise", ballot=ballot("5n3"))
    judgement = judge_check("adoption", story.recording())
    assert judgement.valid == FAIL
    assert judgement.why == "n3 proposed 7 under (5, n3) with 1 acceptors' promises of 2 needed"


def test_adoption_is_unknown_without_messages_or_proposals():
    assert judge_check("adoption", Story("n1 proposed ballot=1n1 value=1").recording()).valid == UNKNOWN
    assert judge_check("adoption", Story().message("n1", "n2", "prepare").recording()).valid == UNKNOWN


def test_a_check_that_breaks_says_unknown_with_the_error():
    judgement = judge_check("promise-kept", Story("n1 promised ballot=1n1; n1 accepted value=1").recording())
    assert judgement.valid == UNKNOWN
    assert "KeyError" in judgement.why
