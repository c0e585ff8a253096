"""Audits in the middle of a run: what a node may be found to hold, and what no commit explains."""

import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"

ORDER = 'n2 prepared gid=g effects={"sold/i0":1,"revenue/i0":7}; @100 n2 committed gid=g'
MOVES = 'n2 prepared gid=g effects={"a0":-5,"a2":5}; n2 prepared gid=h effects={"a0":-30}; @100 n2 committed gid=g'
AGAIN = 'n2 prepared gid=g effects={"a0":-5}; n2 aborted gid=g; n2 prepared gid=g effects={"a0":-9}; n2 committed gid=g'
OPTIONS = {"accounts": 3, "balance": 100, "items": 1, "units": 9}


def verdict_on(events, found, begin_ms, end_ms, **options):
    """Return what the check says of one audit of n2, asked for and answered then."""
    story = Story(events, options=OPTIONS | options).call("audit", begin_ms, end_ms, node="n2", result=found)
    return str(judge_check("local-conservation", story.recording()).valid)


@pytest.mark.parametrize(
    ("events", "found", "times_ms", "verdict"),
    [
        (MOVES, {"a0": 100, "a2": 100}, (50, 60), PASS),  # before the commit
        (MOVES, {"a0": 95, "a2": 105}, (150, 160), PASS),  # after it
        (MOVES, {"a0": 100, "a2": 100}, (90, 110), PASS),  # while it came,
        (MOVES, {"a0": 95, "a2": 105}, (90, 110), PASS),  # either way,
        (MOVES, {"a0": 95, "a2": 100}, (90, 110), FAIL),  # and no half of it
        (MOVES, {"a0": 95, "a2": 105}, (50, 60), FAIL),  # what is undecided is not to be seen,
        (MOVES, {"a0": 65, "a2": 105}, (150, 160), FAIL),  # nor what never is decided
        (MOVES, {"a0": 100, "a2": 100}, (150, 160), FAIL),  # what was committed has to be
        (MOVES, {"a0": 95}, (150, 160), FAIL),  # a2 is missing
        (ORDER, {"sold/i0": 1, "revenue/i0": 7}, (90, 110), PASS),
        (ORDER, {"sold/i0": 1, "revenue/i0": 0}, (90, 110), FAIL),  # sold, and not earned
        (f"{MOVES}; n2 committed gid=h", {"a0": 70, "a2": 100}, (90, 110), PASS),  # of two that came either alone
        (AGAIN, {"a0": 91, "a2": 100}, (150, 160), PASS),  # what was prepared last is what is committed
        (AGAIN, {"a0": 95, "a2": 100}, (150, 160), FAIL),
        (f"{MOVES}; !n2 started lost_syncs=1", {"a0": 1, "a2": 1}, (150, 160), UNKNOWN),  # what it forgot nobody knows
        ("n2 committed gid=g", {"a0": 1, "a2": 1}, (150, 160), UNKNOWN),  # nobody said what that changed
    ],
)
def test_an_audit_finds_all_of_what_was_committed_before_it_and_nothing_else(events, found, times_ms, verdict):
    assert verdict_on(events, found, *times_ms) == verdict


def test_a_server_may_show_a_commit_before_its_node_has_heard_of_it():
    early = {"a0": 95, "a2": 105}
    assert verdict_on(MOVES, early, 50, 60) == FAIL
    assert verdict_on(MOVES, early, 50, 60, backend="postgres") == PASS
    assert verdict_on(MOVES, {"a0": 95, "a2": 100}, 50, 60, backend="postgres") == FAIL
    late = MOVES.replace("@100", "@10010")  # After the end of the grace period, where final audits are taken.
    assert verdict_on(late, early, 10_005, 10_020, backend="postgres") == PASS


def test_an_audit_with_too_many_commits_meanwhile_is_not_judged():
    many = "; ".join(f'n2 prepared gid=g{one} effects={{"a0":-1}}; n2 committed gid=g{one}' for one in range(11))
    assert verdict_on(many, {"a0": 7}, 0, 100) == UNKNOWN
    assert verdict_on(many, {"a0": 7}, 90, 100) == FAIL


def test_every_audit_counts_and_not_the_last_alone():
    story = Story(MOVES, options=OPTIONS)
    story.call("audit", 50, 60, node="n2", result={"a0": 95, "a2": 105})
    story.call("audit", 150, 160, node="n2", result={"a0": 95, "a2": 105}, final=True)
    judgement = judge_check("local-conservation", story.recording())
    assert judgement.why == "an audit of n2 found a0 -5, a2 +5, which no choice of its commits makes"
    assert [one.operations for one in judgement.evidence] == [(1,)]


def test_without_audits_or_without_the_options_nothing_is_proven():
    assert judge_check("local-conservation", Story(MOVES, options=OPTIONS).recording()).valid == UNKNOWN
    story = Story(MOVES).call("audit", 150, 160, node="n2", result={"a0": 95, "a2": 105})
    assert judge_check("local-conservation", story.recording()).valid == UNKNOWN
