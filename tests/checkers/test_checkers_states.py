"""States of transactions and messages: which may follow which on a node, and what is a step back."""

import pytest
from stories import Story

from chaosctl.catalogue import load_pattern
from chaosctl.checkers.verdict import judge_check
from tests.mutants.single_faults import PATTERNS

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"

DECIDED, REJECTED = "n1 decided gid=g decision=commit", "n1 decided gid=g decision=abort"


def verdict_on(pattern, events):
    """Return what the check says of events, by the states of a pattern that ships."""
    story = Story(events, states=dict(load_pattern(pattern).states))
    return str(judge_check("monotone-states", story.recording()).valid)


@pytest.mark.parametrize(
    ("pattern", "events", "verdict"),
    [
        ("two-phase-commit", f"n1 began gid=g; n2 prepared gid=g; {DECIDED}; n2 committed gid=g; n1 ended gid=g", PASS),
        ("two-phase-commit", "n2 prepared gid=g; n2 aborted gid=g; n2 prepared gid=g; n2 aborted gid=g", PASS),
        ("two-phase-commit", "n2 prepared gid=g; n2 aborted gid=g; n2 prepared gid=g; n2 committed gid=g", FAIL),
        ("two-phase-commit", "n2 prepared gid=g; n2 committed gid=g; n2/1 aborted gid=g", FAIL),
        ("two-phase-commit", "n2 prepared gid=g; n2 committed gid=g; n2/1 prepared gid=g", FAIL),
        ("two-phase-commit", "n2 committed gid=g; n3 aborted gid=g", PASS),  # atomic-commit's affair
        ("two-phase-commit", "n2 committed gid=g; n2 aborted gid=h", PASS),  # another's
        ("two-phase-commit", f"{REJECTED}; {DECIDED}", FAIL),
        ("two-phase-commit", f"{DECIDED}; n1/1 ended gid=g; n1/2 ended gid=g", PASS),  # that it was over got lost
        ("two-phase-commit", "n1 ended gid=g; n1 began gid=g", FAIL),  # a gid that was given away twice
        ("two-phase-commit", "n2 voted_no gid=g; n2 prepared gid=g; n2 committed gid=g", PASS),  # a row was locked
        ("two-phase-commit", "n2 voted_no gid=g", UNKNOWN),  # no state at all
        ("tcc", "n2 prepared gid=g; n2 committed gid=g", PASS),
        ("tcc", "n2 prepared gid=g; n2 aborted gid=g", PASS),
        ("tcc", "n2 prepared gid=g; n2 aborted gid=g; n2 prepared gid=g", FAIL),  # a Try after its Cancel
        ("tcc", "n2 empty_rollback gid=g; n2 prepared gid=g", FAIL),
        ("tcc", "n2 prepared gid=g; n2 aborted gid=g; n2 committed gid=g", FAIL),  # a Confirm after a Cancel
        ("tcc", "n2 prepared gid=g; n2 committed gid=g; n2 committed gid=g", FAIL),
        ("tcc", f"n1 began gid=g; {REJECTED}; n1/1 ended gid=g; {REJECTED.replace('n1', 'n1/2')}", PASS),
        ("tcc", f"{DECIDED}; n1 ended gid=g; {REJECTED}", FAIL),
        ("saga", "n2 committed gid=g; n2 committed gid=g/back", PASS),
        ("saga", "n2 committed gid=g/back; n2 committed gid=g", FAIL),
        ("saga", "n2 empty_rollback gid=g; n2 committed gid=g", FAIL),  # a step after its compensation
        ("saga", "n2 committed gid=g; n2 committed gid=g/back; n2 committed gid=g/back", FAIL),
        ("saga", f"{DECIDED}; {REJECTED}", FAIL),
        ("outbox", "n1 committed gid=g; n2 refused gid=g; n1 committed gid=g/back", PASS),
        ("outbox", "n2 refused gid=g; n2 committed gid=g", FAIL),
        ("outbox", "n2 committed gid=g; n2 committed gid=g/damage; n2 committed gid=g/again1", PASS),  # repaired
        ("message-transaction", "n1 message_stored message=g; n1 message_done message=g", PASS),
        ("message-transaction", "n1 message_done message=g; n1 message_done message=g", FAIL),  # over, and there again
        ("message-transaction", "n1 message_done message=g; n1 dead_lettered message=g gid=g", FAIL),
        (
            "message-transaction",
            "n1 dead_lettered message=g gid=g; n1 message_stored message=g; n1 message_done message=g",
            PASS,  # an operator had it delivered again
        ),
        ("message-transaction", "n2 decided gid=g decision=abort; n2 decided gid=g decision=commit", FAIL),
        ("single", "n1 decided gid=g decision=abort", UNKNOWN),  # which declares no states
    ],
)
def test_a_state_moves_along_the_order_that_its_pattern_declares(pattern, events, verdict):
    assert verdict_on(pattern, events) == verdict


def test_the_order_of_emission_counts_and_not_that_of_reading():
    story = Story("n2 prepared gid=g; n2 committed gid=g", states=dict(load_pattern("tcc").states))
    assert judge_check("monotone-states", story.again(-2).recording()).valid == PASS  # Told once more, after a restart.


def test_a_disk_that_forgot_a_state_is_an_excuse_for_its_node_and_no_other():
    back = "n2 aborted gid=g; n2/1 committed gid=g"
    assert verdict_on("tcc", f"!n2 started lost_syncs=1; {back}") == UNKNOWN
    assert verdict_on("tcc", f"!n3 started lost_syncs=1; {back}") == FAIL


def test_roles_of_one_node_have_their_histories_apart():
    events = f"n1 began gid=g; n1 prepared gid=g; {DECIDED}; n1 committed gid=g; n1 ended gid=g"
    assert verdict_on("two-phase-commit", events) == PASS


def test_a_step_back_is_shown_with_both_states():
    story = Story("@100 n2 aborted gid=g; @200 n2/1 committed gid=g", states=dict(load_pattern("tcc").states))
    judgement = judge_check("monotone-states", story.recording())
    assert judgement.why == "n2 said of g that it was aborted, and then committed"
    assert [one.text for one in judgement.evidence] == [
        "n2 said of g: aborted at 0.100 s",
        "n2 (after restart 1) said of g: committed at 0.200 s",
    ]


@pytest.mark.parametrize("name", PATTERNS)
def test_what_may_follow_a_state_is_a_state_too(name):
    states = load_pattern(name).states
    assert {later for after in states.values() for later in after} <= states.keys()
