"""Elections: what each check must pass and what it must convict, from events and answers."""

import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("n1 became_leader term=1; n2 became_leader term=2", PASS),
        ("n1 became_leader term=1; n1/1 became_leader term=1", PASS),  # forgot, and won again: others convict that
        ("n1 became_leader term=1; n2 became_leader term=1", FAIL),
        ("n1 became_leader term=1; n2 became_leader term=2; n3 became_leader term=1", FAIL),
        ("n1 voted term=1 candidate=n1", UNKNOWN),
    ],
)
def test_a_term_has_one_leader_at_most(events, verdict):
    assert judge_check("election-safety", Story(events).recording()).valid == verdict


def test_two_leaders_of_a_term_are_shown_with_their_events_and_times():
    judgement = judge_check(
        "election-safety", Story("@5 n1 became_leader term=7; @9 n2 became_leader term=7").recording()
    )
    assert judgement.why == "term 7 has two leaders: n1 and n2"
    assert [one.text for one in judgement.evidence] == [
        "n1 became leader of term 7 at 0.005 s",
        "n2 became leader of term 7 at 0.009 s",
    ]
    assert [one.events for one in judgement.evidence] == [("n1/0/1",), ("n2/0/1",)]


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("n1 voted term=1 candidate=n1; n1 voted term=2 candidate=n2", PASS),
        ("n1 voted term=1 candidate=n2; n1/1 voted term=1 candidate=n2", PASS),  # the request came twice
        ("n1 voted term=1 candidate=n2; n1 voted term=1 candidate=n3", FAIL),
        ("n1 voted term=1 candidate=n2; n1/1 voted term=1 candidate=n3", FAIL),  # forgot its vote in a crash
        ("n1 became_leader term=1", UNKNOWN),
    ],
)
def test_a_node_votes_for_one_candidate_a_term_over_all_its_incarnations(events, verdict):
    assert judge_check("one-vote-a-term", Story(events).recording()).valid == verdict


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("n1 voted term=1 candidate=n1; n1 voted term=3 candidate=n2; n2 voted term=1 candidate=n1", PASS),
        ("n1 voted term=3 candidate=n2; n1/1 voted term=2 candidate=n3", FAIL),
        ("n1 voted term=3 candidate=n1; n1 became_leader term=3; n1/1 voted term=2 candidate=n3", FAIL),
        ("n1 became_candidate term=3; n1 voted term=2 candidate=n2", FAIL),
        ("n1 leader_seen term=3 leader=n3; n1/1 voted term=4 candidate=n1", PASS),
        ("n1 leader_seen term=3 leader=n3; n1/1 voted term=2 candidate=n1", FAIL),  # forgot whom it followed
        # A candidacy that a crash undid before it was on disk:
        ("n1 voted term=1 candidate=n1; n1 became_candidate term=3; n1/1 voted term=2 candidate=n2", PASS),
        ("n1 stepped_down term=1", UNKNOWN),
    ],
)
def test_terms_grow_on_each_node_over_restarts(events, verdict):
    assert judge_check("terms-grow", Story(events).recording()).valid == verdict


def test_an_old_vote_that_is_sent_again_after_a_restart_is_no_step_back():
    story = Story("n1 voted term=1 candidate=n1; n1/1 voted term=2 candidate=n2").again(0)
    assert judge_check("terms-grow", story.recording()).valid == PASS
    late = Story("n1/1 voted term=2 candidate=n2; n1 voted term=1 candidate=n1")  # first read after the restart
    assert judge_check("terms-grow", late.recording()).valid == PASS


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("n1 voted term=1 candidate=n1; n2 voted term=1 candidate=n1; n1 became_leader term=1 votes=n1+n2", PASS),
        ("n1 voted term=1 candidate=n1; n1 became_leader term=1 votes=n1+n2; n2 voted term=1 candidate=n1", PASS),
        ("n1 voted term=1 candidate=n1; n1 became_leader term=1; n2 voted term=1 candidate=n1", PASS),
        ("n1 voted term=1 candidate=n1; n1 became_leader term=1 votes=n1+n2", FAIL),
        ("n1 voted term=1 candidate=n1; n2 voted term=2 candidate=n1; n1 became_leader term=1 votes=n1+n2", FAIL),
        ("n1 voted term=1 candidate=n1; n2 voted term=1 candidate=n3; n1 became_leader term=1 votes=n1+n2", FAIL),
        # n2's answer came twice, n3's vote was cast and never counted:
        (
            "n1 voted term=1 candidate=n1; n1 became_leader term=1 votes=n1/0+n1/1; n2 voted term=1 candidate=n1",
            FAIL,
        ),
        ("n1 voted term=1 candidate=n1", UNKNOWN),
    ],
)
def test_a_leader_needs_the_votes_of_a_quorum_wherever_they_stand_in_the_events(events, verdict):
    assert judge_check("quorum-backed", Story(events).recording()).valid == verdict


def test_a_vote_that_is_told_twice_counts_once():
    story = Story("n1 voted term=1 candidate=n1; n1/1 voted term=1 candidate=n1; n1 became_leader term=1")
    assert judge_check("quorum-backed", story.again(0).recording()).valid == FAIL


def test_votes_of_nodes_that_are_no_members_do_not_count():
    events = "n1 voted term=1 candidate=n1; n4 voted term=1 candidate=n1; n1 became_leader term=1"
    story = Story(events, nodes=4, quorum=2, placement={"voter": ("n1", "n2", "n3")})
    assert judge_check("quorum-backed", story.recording()).valid == FAIL


def test_a_leader_without_a_quorum_is_unknown_where_none_is_declared_or_votes_may_be_missing():
    assert judge_check("quorum-backed", Story("n1 became_leader term=1", quorum=None).recording()).valid == UNKNOWN
    torn = Story("n1 became_leader term=1")
    torn.complete = False
    assert judge_check("quorum-backed", torn.recording()).valid == UNKNOWN


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ("0-10 n1/1, 20-30 n2/2", PASS),
        ("0-30 n1/1, 10-20 n2/2", PASS),  # the older answer was under way already
        ("0-10 n2/2, 5-30 n1/1", PASS),  # invoked before the newer one completed
        ("0-10 n2/2, 20-30 n1/1", FAIL),
        ("0-10 n1/1, 5-15 n2/1", FAIL),  # one term, two leaders
        ("0-10 n2/2, 11-20 n3/3, 30-40 n2/2", FAIL),
    ],
)
def test_clients_never_see_a_deposed_leader_confirmed(answers, verdict):
    assert judge_check("one-effective-leader", _asked(answers).recording()).valid == verdict


def test_refused_questions_are_no_answers():
    story = Story().call("who-leads", 0, 10, "fail:temporarily-unavailable").call("who-leads", 20, None)
    assert judge_check("one-effective-leader", story.recording()).valid == UNKNOWN


LEADS = {"leader_event": "became_leader", "stepped_down_event": "stepped_down"}


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("@100 n1 became_leader term=1", PASS),
        ("@100 n1 became_leader term=1; n1 stepped_down term=1; @7000 n2 became_leader term=2", PASS),
        ("@100 n1 became_leader term=1; @9990 n2 became_leader term=2", PASS),  # a change in the very end
        ("@100 n1 became_leader term=1; @9800 n1 stepped_down term=1", PASS),
        ("@100 n1 became_leader term=1; @7000 n2 became_leader term=2", FAIL),  # two for three seconds
        ("@100 n1 became_leader term=1; @5000 n1 stepped_down term=1", FAIL),
        ("@100 n1 voted term=1 candidate=n2", FAIL),
        ("@100 n1 became_leader term=1; @5000 !n1 killed incarnation=0; @5100 !n1 started; @5200 !n1 ready", FAIL),
        # Read after its death, it makes no leader:
        ("@100 !n1 killed incarnation=0; @101 n1 became_leader term=1; @200 !n1 started; @300 !n1 ready", FAIL),
        ("@100 n1 became_leader term=1; @5000 !n1 killed incarnation=0", UNKNOWN),  # n1 did not come back
        ("@100 !n1 ready", UNKNOWN),  # nodes that emit nothing
    ],
)
def test_in_the_end_one_node_leads(events, verdict):
    assert judge_check("leader-in-the-end", Story(events, **LEADS).recording()).valid == verdict


def test_a_leader_in_the_end_is_unknown_where_nothing_makes_one():
    assert judge_check("leader-in-the-end", Story("n1 became_leader term=1").recording()).valid == UNKNOWN


def _asked(answers: str) -> Story:
    """Tell `0-10 n1/1`: asked at 0 ms, answered at 10 ms that n1 leads term 1."""
    story = Story()
    for answer in answers.split(", "):
        span, leading = answer.split()
        (begin, end), (leader, term) = span.split("-"), leading.split("/")
        story.call("who-leads", float(begin), float(end), result={"leader": leader, "term": int(term)})
    return story


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("n3 became_leader term=2; n1 leader_seen term=2 leader=n3; n2 leader_seen term=2 leader=n3", PASS),
        ("n1 leader_seen term=2 leader=n3; n3 became_leader term=2; n2 leader_seen term=2 leader=n3", PASS),
        ("n3 became_leader term=2; n1 leader_seen term=2 leader=n3", FAIL),  # n2 names nobody
        ("n3 became_leader term=2; n1 leader_seen term=2 leader=n3; n2 leader_seen term=1 leader=n1", FAIL),
        (  # All name one, and that one says that it leads no longer.
            "n3 became_leader term=2; n1 leader_seen term=2 leader=n3; n2 leader_seen term=2 leader=n3; "
            "@5000 n3 stepped_down term=2",
            FAIL,
        ),
        (  # A restart forgets whom it followed.
            "n3 became_leader term=2; n1 leader_seen term=2 leader=n3; n2 leader_seen term=2 leader=n3; "
            "@5000 !n1 killed incarnation=0; !n1 started; !n1 ready",
            FAIL,
        ),
        (  # Only the living have to agree.
            "n3 became_leader term=2; n1 leader_seen term=2 leader=n3; n2 leader_seen term=2 leader=n3; "
            "@5000 !n1 killed incarnation=0",
            PASS,
        ),
        (  # The one that all name is dead.
            "n3 became_leader term=2; n1 leader_seen term=2 leader=n3; n2 leader_seen term=2 leader=n3; "
            "@5000 !n3 killed incarnation=0",
            UNKNOWN,
        ),
        ("n3 became_leader term=2", UNKNOWN),
    ],
)
def test_in_the_end_all_live_members_name_one_leader_that_lives(events, verdict):
    assert judge_check("leader-agreed", Story(events, **LEADS).recording()).valid == verdict


@pytest.mark.parametrize(
    ("asked", "groups", "options", "verdict"),
    [
        ((1100, 1150, "n1"), [["n1"], ["n2", "n3"]], {}, FAIL),
        ((1100, 1150, "n2"), [["n1"], ["n2", "n3"]], {}, PASS),
        ((990, 1150, "n1"), [["n1"], ["n2", "n3"]], {}, PASS),  # under way when the cut came
        ((1100, 2050, "n1"), [["n1"], ["n2", "n3"]], {}, PASS),  # answered when it was over
        ((1100, 1150, "n1"), [], {}, PASS),  # a bridge or a one-way cut has no sides
        ((1100, 1150, "n1"), [["n1"], ["n2"], ["n3"]], {}, FAIL),
    ],
)
def test_a_side_with_half_of_the_nodes_or_fewer_serves_nobody(asked, groups, options, verdict):
    begin, end, node = asked
    story = Story(nodes=3, options=options).fault(1000, 2000, groups=groups).call("who-leads", begin, end, node=node)
    assert judge_check("minority-silent", story.recording()).valid == verdict


@pytest.mark.parametrize(("node", "verdict"), [("n1", PASS), ("n3", FAIL)])
def test_of_two_halves_only_the_one_with_the_tie_breaker_may_serve(node, verdict):
    story = Story(nodes=4, options={"tie_breaker": "n2"}).fault(1000, 2000, groups=[["n1", "n2"], ["n3", "n4"]])
    story.call("who-leads", 1100, 1150, node=node)
    assert judge_check("minority-silent", story.recording()).valid == verdict


def test_a_term_has_one_leader_by_the_word_of_its_followers_too():
    story = Story("n1 became_leader term=1; n2 leader_seen term=1 leader=n3")
    assert judge_check("election-safety", story.recording()).valid == FAIL


def test_a_grantor_never_grants_below_what_it_granted_before_a_restart():
    story = Story("n1 granted term=9 candidate=n2; n1/1 granted term=5 candidate=n3")
    assert judge_check("terms-grow", story.recording()).valid == FAIL


@pytest.mark.parametrize(
    ("leader", "behind", "verdict"),
    [("n1", [], PASS), ("n2", ["n1"], PASS), ("n1", ["n1"], FAIL), ("n1", ["n1", "n2"], PASS)],
)
def test_nobody_leads_without_what_a_quorum_has(leader, behind, verdict):
    story = Story(f"{leader} became_leader term=1", nodes=3, options={"behind": behind})
    assert judge_check("leader-completeness", story.recording()).valid == verdict


def test_who_grants_others_newer_leases_may_still_lead_under_its_own():
    story = Story("n1 granted term=9 candidate=n2; n1 became_leader term=5")
    assert judge_check("terms-grow", story.recording()).valid == PASS
