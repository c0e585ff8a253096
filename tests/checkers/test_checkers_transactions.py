"""Transactions: what each check must pass and what it must convict, from branches, transfers and audits."""

import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"

BEGAN = "n1 began gid=g participants=n2+n3"
PREPARED = 'n2 prepared gid=g effects={"a0":-5}; n3 prepared gid=g effects={"a1":5}'
DECIDED = "n1 decided gid=g decision=commit participants=n2+n3"
DONE = f"{BEGAN}; {PREPARED}; {DECIDED}; n2 committed gid=g; n3 committed gid=g"
OPTIONS = {"accounts": 2, "balance": 100}


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        (DONE, PASS),
        (f"{DONE}; {BEGAN.replace('=g', '=h')}; n2 prepared gid=h effects={{}}; n2 aborted gid=h", PASS),
        (f"{BEGAN}; {PREPARED}; n2 aborted gid=g; n3 aborted gid=g", UNKNOWN),  # nothing was ever committed
        (f"{PREPARED}; n2 committed gid=g; n3 aborted gid=g", FAIL),
        (f"{PREPARED}; n2 aborted gid=g; n3 committed gid=g", FAIL),  # whatever the order
        (f"{PREPARED}; n2 committed gid=g; n2/1 aborted gid=g; n3 committed gid=g", FAIL),  # both on one node
        (f"{BEGAN}; n2 prepared gid=g effects={{}}; n3 voted_no gid=g; n2 committed gid=g", FAIL),
        # The first copy of the prepare found a locked row, the second did not, and that vote counted:
        (f"{BEGAN}; n3 voted_no gid=g; {PREPARED}; n2 committed gid=g; n3 committed gid=g", PASS),
        (f"{BEGAN}; n3 voted_no gid=g; {PREPARED}; @9990 n2 committed gid=g", PASS),  # n3 is about to
        # Who only read had said yes; a late copy of the prepare finds a locked row, and that no is nothing any more:
        (f"{BEGAN}; {PREPARED}; n4 read_only gid=g; n2 committed gid=g; n3 committed gid=g; n4 voted_no gid=g", PASS),
        (f"{BEGAN}; {PREPARED}; n4 read_only gid=h; n2 committed gid=g; n3 committed gid=g; n4 voted_no gid=g", FAIL),
        (f"{BEGAN}; {PREPARED}; n5 read_only gid=g; n2 committed gid=g; n3 committed gid=g; n4 voted_no gid=g", FAIL),
        (f"{BEGAN}; {PREPARED}; {DECIDED}; n2 committed gid=g", FAIL),  # n3 had ten seconds to
        (f"{BEGAN}; n2 prepared gid=g effects={{}}; n2 committed gid=g", FAIL),  # n3 never heard of it
        (f"{BEGAN}; {PREPARED}; @9980 {DECIDED}; n2 committed gid=g", PASS),  # decided as the run ended
        (f"@7000 {PREPARED}; {DECIDED}; n2 committed gid=g; @9000 !n3 killed incarnation=0", UNKNOWN),  # n3 is dead
        (f"{BEGAN}; {PREPARED}; n2 committed gid=g; n1 dead_lettered message=g", UNKNOWN),  # n3 may be told yet
        (f"{BEGAN}; {PREPARED}; n2 committed gid=g; n1 dead_lettered message=h", FAIL),  # another's
        ("n2 aborted gid=g", UNKNOWN),
        (f"{DONE}; n1 decided gid=g decision=abort participants=n2+n3", FAIL),  # a decision is not reversed
        (f"n1 decided gid=g decision=abort; {DONE}", FAIL),  # whatever the order
        (f"{DONE}; {DECIDED.replace('n1', 'n1/1')}", PASS),  # told again after a restart
        (f"{DONE}; n4 decided gid=g decision=abort", PASS),  # another's, who was not asked
        (f"{DONE}; !n1 started lost_syncs=1; n1/1 decided gid=g decision=abort", PASS),  # its disk forgot the first
    ],
)
def test_all_participants_commit_or_none(events, verdict):
    assert judge_check("atomic-commit", Story(events).recording()).valid == verdict


def test_a_dead_node_excuses_nobody_else():
    half = f"{BEGAN}; {PREPARED}; n2 committed gid=g; "
    other = "n1 prepared gid=h effects={}; n2 prepared gid=h effects={}; n2 committed gid=h"
    story = Story(f"{half}; {other}; @9000 !n3 killed incarnation=0")
    assert judge_check("atomic-commit", story.recording()).why == "n2 committed h, n1 never did"


def test_a_half_commit_is_shown_with_who_did_what_when():
    story = Story(
        "@100 n2 prepared gid=g effects={}; n2 committed gid=g; @200 n3 prepared gid=g effects={}; n3/1 aborted gid=g"
    )
    judgement = judge_check("atomic-commit", story.recording())
    assert judgement.why == "n2 committed g, n3 aborted it"
    assert [one.text for one in judgement.evidence] == [
        "n2 committed g at 0.101 s",
        "n3 (after restart 1) aborted g at 0.201 s",
    ]


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        (DONE, PASS),
        (f"{DONE}; n3 committed gid=g", FAIL),
        (f"{DONE}; n3/1 committed gid=g", FAIL),
        (f"{DONE}; !n3 started lost_syncs=1; n3/1 committed gid=g", UNKNOWN),  # its disk forgot the first
        (PREPARED, UNKNOWN),
    ],
)
def test_a_transaction_takes_effect_once_on_each_participant(events, verdict):
    assert judge_check("single-effect", Story(events).recording()).valid == verdict


def test_a_commit_that_is_told_again_after_a_restart_is_one_effect():
    story = Story(DONE)
    assert judge_check("single-effect", story.again(-1).recording()).valid == PASS


@pytest.mark.parametrize(
    ("audited", "verdict"),
    [
        ({"n2": {"a0": 95}, "n3": {"a1": 105}}, PASS),
        ({"n2": {"a0": 90}, "n3": {"a1": 110}}, FAIL),  # applied twice, told once; the sum is right
        ({"n2": {"a0": 95}, "n3": {"a1": 100}}, FAIL),  # told, and not applied
    ],
)
def test_balances_are_what_the_commits_made_of_them(audited, verdict):
    assert judge_check("single-effect", _audited(Story(DONE, options=OPTIONS), audited).recording()).valid == verdict


def test_a_commit_under_way_while_its_node_was_audited_may_be_in_it_or_not():
    for balance in (100, 95):
        story = Story(f"{BEGAN}; {PREPARED}; @10000 n2 committed gid=g", options=OPTIONS)
        assert judge_check("single-effect", _audited(story, {"n2": {"a0": balance}}).recording()).valid == PASS


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        (DONE, PASS),
        (f"{PREPARED}; n2 committed gid=g; n3 aborted gid=g", PASS),  # atomic-commit's affair
        (f"{PREPARED}; n2 committed gid=g", FAIL),
        (f"@7500 {PREPARED}; n2 committed gid=g", FAIL),
        (f"@8500 {PREPARED}; n2 committed gid=g", PASS),  # prepared after the last heal, still under way
        # A late copy of the prepare after the abort, in doubt once more:
        (f"{PREPARED}; n2 committed gid=g; n3 aborted gid=g; n3 prepared gid=g effects={{}}", FAIL),
        (f"{PREPARED}; n2 committed gid=g; @9000 !n1 killed", UNKNOWN),  # whom n3 would ask is dead
        ("n2 voted_no gid=g", UNKNOWN),
    ],
)
def test_nobody_is_left_in_doubt_once_all_has_healed(events, verdict):
    assert judge_check("nothing-in-doubt", Story(events).recording()).valid == verdict


@pytest.mark.parametrize(
    ("events", "audited", "verdict"),
    [
        (DONE, {"n2": {"a0": 95}, "n3": {"a1": 105}}, PASS),
        (DONE, {"n2": {"a0": 95}, "n3": {"a1": 100}}, FAIL),
        (DONE, {"n2": {"a0": 95}, "n3": {"a1": 110}}, FAIL),
        ("", {"n2": {"a0": 95}, "n3": {"a1": 105}}, PASS),  # a system that tells no events
        ("", {"n2": {"a0": 95}, "n3": {"a1": 100}}, FAIL),
        (f"{BEGAN}; {PREPARED}; n2 committed gid=g", {"n2": {"a0": 95}, "n3": {"a1": 100}}, FAIL),  # half, long ago
        # Decided as the run ended: n2 has committed, n3 is about to.
        (f"{BEGAN}; {PREPARED}; @9990 n2 committed gid=g", {"n2": {"a0": 95}, "n3": {"a1": 100}}, PASS),
        (f"{BEGAN}; {PREPARED}; @9990 n2 committed gid=g", {"n2": {"a0": 95}, "n3": {"a1": 99}}, UNKNOWN),
        (DONE, {"n2": {"a0": 95}}, UNKNOWN),  # n3 was not audited
        (DONE, {"n2": {"a0": 95, "a1": 105}, "n3": {"a1": 105}}, UNKNOWN),  # two say that they hold a1
        (DONE, {}, UNKNOWN),
    ],
)
def test_money_is_neither_made_nor_lost(events, audited, verdict):
    story = _audited(Story(events, options=OPTIONS), audited)
    assert judge_check("conservation", story.recording()).valid == verdict


def test_conservation_is_unknown_where_nobody_said_what_there_was():
    story = _audited(Story(DONE), {"n2": {"a0": 95}, "n3": {"a1": 105}})
    assert judge_check("conservation", story.recording()).valid == UNKNOWN


@pytest.mark.parametrize(
    ("balance", "events", "verdict"),
    [
        (0, "", PASS),
        (-1, "", FAIL),
        (None, DONE, PASS),
        (None, DONE.replace("-5", "-100"), PASS),
        (None, DONE.replace("-5", "-101"), FAIL),
        (None, DONE.replace("-5", "-60") + '; n2 prepared gid=h effects={"a0":-60}; n2 committed gid=h', FAIL),
        (None, DONE.replace("-5", "-101") + "; !n2 started wiped=true", PASS),  # what was there nobody knows
        (None, "", UNKNOWN),
    ],
)
def test_no_account_is_overdrawn(balance, events, verdict):
    story = Story(events, options=OPTIONS)
    if balance is not None:
        story.call("audit", 50, 60, result={"a0": balance, "a1": 7})
    assert judge_check("no-overdraft", story.recording()).valid == verdict


MOVE = {"from": "a0", "to": "a1", "amount": 5}


@pytest.mark.parametrize(
    ("outcomes", "events", "verdict"),
    [
        (["ok"], DONE, PASS),
        (["ok", "fail:abort"], DONE, PASS),
        (["ok", "info:net-timeout"], DONE, PASS),
        (["ok"], f"{BEGAN}; {PREPARED}; n2 aborted gid=g; n3 aborted gid=g", FAIL),  # acknowledged, and undone
        (["ok", "ok"], DONE, FAIL),
        (["ok"], f"{BEGAN}; {PREPARED}; {DECIDED}; n2 committed gid=g", FAIL),  # half of it
        (["ok"], f"{BEGAN}; {PREPARED}; @9990 {DECIDED}", PASS),  # decided just now
        (["ok"], f"{BEGAN}; {PREPARED}; {DECIDED}; @9000 !n3 killed", UNKNOWN),  # n3 may yet
        (["fail:abort"], DONE, FAIL),  # refused, and done
        (["fail:abort", "ok"], DONE, PASS),
        (["info:net-timeout"], DONE, UNKNOWN),  # either is right, and nobody was told anything
        (["ok"], DONE + "; " + DONE.replace("=g", "=h").replace("5", "6"), FAIL),  # nobody asked for the second
        (["ok"], DONE + "; " + DONE.replace("=g", "=h"), FAIL),  # asked for once, and done twice
        (["ok", "info:net-timeout"], DONE + "; " + DONE.replace("=g", "=h"), PASS),
        (["ok"], DONE + "; n2 committed gid=h", UNKNOWN),  # nobody said what that moved
        (["ok"], "", UNKNOWN),
    ],
)
def test_clients_are_told_the_truth_about_their_transfers(outcomes, events, verdict):
    story = Story(events)
    for outcome in outcomes:
        story.call("transfer", 0, 20, outcome, value=MOVE, result=MOVE)
    assert judge_check("ack-truth", story.recording()).valid == verdict


def test_a_transfer_without_an_answer_may_have_happened_or_not():
    for events in (DONE, f"{BEGAN}; {PREPARED}; n2 aborted gid=g; n3 aborted gid=g"):
        other = DONE.replace("=g", "=h").replace("5", "6")
        story = Story(f"{events}; {other}").call("transfer", 0, None, value=MOVE)
        story.call("transfer", 0, 20, value=MOVE | {"amount": 6})
        assert judge_check("ack-truth", story.recording()).valid == PASS


def test_effects_are_compared_with_the_transfer_of_the_same_accounts_and_amount():
    story = Story(DONE).call("transfer", 0, 20, value={"from": "a1", "to": "a0", "amount": 5})
    judgement = judge_check("ack-truth", story.recording())
    assert judgement.valid == FAIL
    assert judgement.why == "1 transfers of 5 from a1 to a0 were acknowledged, 0 took effect"


@pytest.mark.parametrize("name", ["atomic-commit", "nothing-in-doubt", "ack-truth", "conservation"])
def test_what_is_missing_in_an_incomplete_recording_convicts_nobody(name):
    story = Story(f"{BEGAN}; {PREPARED}; {DECIDED}; n2 committed gid=g", options=OPTIONS)
    story.call("transfer", 0, 20, value=MOVE)
    story.complete = False
    assert judge_check(name, _audited(story, {"n2": {"a0": 95}, "n3": {"a1": 100}}).recording()).valid == UNKNOWN


def _audited(story: Story, audited: dict[str, dict[str, int]]) -> Story:
    for node, balances in audited.items():
        story.call("audit", 9995, 10_005, node=node, result=balances, final=True)
    return story


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("n2 frozen accounts={}", "pass"),
        ('n2 frozen accounts={"a0":5}; n2 frozen accounts={}', "pass"),  # It was for a transaction under way.
        ('n2 frozen accounts={}; n2 frozen accounts={"a0":5}', "fail"),
        ('n2 frozen accounts={}; n2 frozen accounts={"a0":-5}', "fail"),  # Given back twice.
        ('n2 prepared gid=g effects={"a0":-5}; n2 frozen accounts={"a0":5}', "unknown"),  # In doubt.
        ('n1 frozen accounts={}; n2 frozen accounts={"a0":5}; n2 committed gid=g', "pass"),  # It went on at n2.
        ('n2 frozen accounts={"a0":5}; !n2 started lost_syncs=1', "unknown"),
    ],
)
def test_nothing_stays_reserved_that_no_transaction_is_for(events, verdict):
    assert judge_check("nothing-reserved", Story(events).recording()).valid == verdict


ANTICIPATED = f"{BEGAN}; {PREPARED}; n2 heuristic_decision gid=g decision=abort; n2 aborted gid=g"
WRONGLY = f"{ANTICIPATED}; {DECIDED}; n3 committed gid=g"
TOLD = "n2 heuristic_mixed gid=g anticipated=abort decision=commit"


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        (DONE, PASS),
        (f"{WRONGLY}; {TOLD}", PASS),
        (WRONGLY, FAIL),
        (f"{WRONGLY}; {TOLD.replace('=g', '=h')}", FAIL),  # of another
        (ANTICIPATED, PASS),  # nobody decided, so it is aborted
        (f"{ANTICIPATED}; {TOLD}", FAIL),  # a false alarm
        (ANTICIPATED.replace("=abort", "=commit"), FAIL),  # presumed abort, and nobody asked
        (f"{WRONGLY}; @9000 !n1 killed", UNKNOWN),  # whom n2 would ask is dead
        (f"{WRONGLY}; !n2 started lost_syncs=1", UNKNOWN),
        (f"@9500 {WRONGLY}", PASS),  # no time to find out
    ],
)
def test_a_heuristic_decision_that_was_wrong_is_found_out_and_told(events, verdict):
    assert judge_check("heuristics-told", Story(events).recording()).valid == verdict
