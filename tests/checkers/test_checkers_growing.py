"""What Maelstrom's workloads are judged by: ids, sets that only grow, and counters, in every read."""

from ast import literal_eval

import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check


def story(text, **others):
    """Tell `add 1; add 2 info; n1 [1]; add 3; final n1 [1, 3]`: adds, reads and final reads, one after another."""
    told = Story(nodes=2, **others)
    for number, clause in enumerate(part.strip() for part in text.split(";")):
        words = clause.split(maxsplit=2)
        at = 100 * number
        if words[0] == "add":
            told.call("add", at, at + 5, [*words, "ok"][2], value=int(words[1]), result=int(words[1]))
        elif words[0] == "final":
            value = None if words[2] == "-" else literal_eval(words[2])
            outcome = "info:net-timeout" if value is None else "ok"
            told.call("read", at, at + 5, outcome, node=words[1], result=value, final=True)
        else:
            told.call("read", at, at + 5, node=words[0], result=literal_eval(" ".join(words[1:])))
    return told


@pytest.mark.parametrize(
    ("ids", "expected"),
    [([1, 2, "1"], "pass"), ([1, 2, 1], "fail"), ([[1, "n1"], [1, "n2"]], "pass"), ([{"a": 1}, {"a": 1}], "fail")],
)
def test_ids_are_unique_as_json_is(ids, expected):
    told = Story()
    for number, given in enumerate(ids):
        told.call("generate", number, number + 1, result=given)
    assert judge_check("unique-ids", told.recording()).valid == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("add 1; n1 [1]; final n1 [1]; final n2 [1]", "pass"),
        ("add 1; n2 []; final n1 [1]; final n2 [1]", "pass"),  # Stale, and there in the end.
        ("add 1; final n1 [1]; final n2 []", "fail"),  # Maelstrom passes it where n1 is read last.
        ("add 1; final n2 []; final n1 [1]", "fail"),
        ("add 1; n1 [1]; n2 [1]; final n1 []; final n2 []", "fail"),
        ("add 1; add 2 info:net-timeout; final n1 [1]; final n2 [1]", "pass"),  # It may never have happened.
        ("add 1; add 2 info:net-timeout; n1 [1, 2]; final n1 [1]; final n2 [1]", "fail"),  # Seen once, it has.
        ("add 1; add 2 info:net-timeout; final n1 [1, 2]; final n2 [1]", "fail"),
        ("add 1; final n1 [1, 1]; final n2 [1]", "fail"),  # Doubled.
        ("add 1; final n1 [1, 7]; final n2 [1, 7]", "fail"),  # Nobody added 7.
        ("n1 [1]; add 1; final n1 [1]; final n2 [1]", "fail"),  # Shown before it was added.
        ("add 1; add 2 fail:abort; final n1 [1, 2]; final n2 [1, 2]", "fail"),  # It was refused.
        ("add 1; final n1 [1]; final n2 -", "unknown"),
        ("add 1; n1 [1]", "unknown"),
        ("add 1 info:net-timeout; final n1 []; final n2 []", "unknown"),
        ("add 1; final n1 [True]; final n2 [1]", "fail"),  # JSON's true is not 1.
    ],
)
def test_a_set_that_only_grows_loses_doubles_and_invents_nothing(told, expected):
    assert judge_check("set-full", story(told).recording()).valid == expected


def test_a_set_says_how_long_elements_were_missing_after_they_were_known():
    judgement = judge_check("set-full", story("add 1; n2 []; n2 []; n2 [1]; final n1 [1]; final n2 [1]").recording())
    assert (judgement.valid, judgement.counts["stale"], judgement.counts["stable_ms_max"]) == ("pass", 1, 195)


def test_what_a_node_that_is_down_in_the_end_may_have_is_not_called_lost():
    told = story("add 1; final n1 []; final n2 -", events="@500 !n2 killed")
    assert judge_check("set-full", told.recording()).valid == "unknown"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("add 2; add -1; n1 0; n1 2; final n1 1; final n2 1", "pass"),
        ("add 2; final n1 2; final n2 0", "fail"),
        ("add 2; n1 4; add 2; final n1 4; final n2 4", "fail"),  # Two before anybody had asked for it.
        ("add 2; n1 -1; final n1 2; final n2 2", "fail"),
        ("add 2; add 3 info:net-timeout; final n1 5; final n2 2", "pass"),
        ("add 2; add 3 info:net-timeout; final n1 4; final n2 2", "fail"),  # Between them there is nothing.
        ("add 2; add 3 fail:abort; final n1 5; final n2 5", "fail"),
        ("add 2; final n1 2; final n2 -", "unknown"),
        ("add 2 info:net-timeout; final n1 2; final n2 2", "unknown"),
    ],
)
def test_a_counter_is_judged_in_every_read(told, expected):
    assert judge_check("counter-sums", story(told).recording()).valid == expected


def test_a_counter_with_more_sums_than_can_be_tried_is_unknown():
    unanswered = "; ".join(f"add {1 << number} info:net-timeout" for number in range(20))
    told = story(f"add 1; {unanswered}; final n1 7; final n2 7")
    judgement = judge_check("counter-sums", told.recording())
    assert judgement.valid == "unknown"
    assert "too many to try" in judgement.why
