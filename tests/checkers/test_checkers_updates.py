import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check


def story(*operations, final=None, **others):
    """Tell operations (f, value, outcome) one after another, and what n1 and n2 say of key 0 in the end."""
    told = Story(**others)
    for number, (f, value, outcome) in enumerate(operations):
        told.call(f, 100 * number, 100 * number + 5, outcome, value=[0, value], result=[0, value])
    for node, value in (final or {}).items():
        told.call("read", 10_000, 10_005, node=node, value=[0, None], result=[0, value], final=True)
    return told


def verdict(check, *operations, **others):
    return judge_check(check, story(*operations, **others).recording()).valid


@pytest.mark.parametrize(
    ("operations", "final", "expected"),
    [
        ([("add", 1, "ok")], {"n1": [1], "n2": [1]}, "pass"),
        ([("add", 1, "ok")], {"n1": [1], "n2": []}, "fail"),
        ([("add", 1, "ok")], {"n1": None}, "fail"),
        ([("add", 1, "ok"), ("remove", 1, "ok")], {"n1": []}, "pass"),
        ([("add", 1, "ok"), ("remove", 1, "info:net-timeout")], {"n1": []}, "pass"),  # It may have been removed.
        ([("add", 1, "ok"), ("remove", 1, "fail:x")], {"n1": []}, "fail"),
        ([("add", 1, "info:net-timeout")], {"n1": []}, "unknown"),  # Nothing was acknowledged.
        ([("add", 1, "ok")], {}, "unknown"),
    ],
)
def test_an_added_element_is_lost_only_where_nobody_may_have_removed_it(operations, final, expected):
    assert verdict("no-lost-update", *operations, final=final) == expected


@pytest.mark.parametrize(
    ("operations", "final", "expected"),
    [
        ([("increment", 2, "ok"), ("increment", -1, "ok")], 1, "pass"),
        ([("increment", 2, "ok"), ("increment", -1, "ok")], 2, "fail"),
        ([("increment", 2, "ok"), ("increment", 3, "info:net-timeout")], 2, "pass"),
        ([("increment", 2, "ok"), ("increment", 3, "info:net-timeout")], 5, "pass"),
        ([("increment", 2, "ok"), ("increment", 3, "info:net-timeout")], 6, "fail"),  # Counted twice.
        ([("increment", 2, "ok"), ("increment", -3, "info:net-timeout")], -1, "pass"),
        ([("increment", 2, "ok"), ("increment", 3, "fail:x")], 5, "fail"),
    ],
)
def test_a_counter_is_right_only_if_it_is_the_sum_of_what_was_acknowledged_and_may_have_happened(
    operations, final, expected
):
    assert verdict("no-lost-update", *operations, final={"n1": final}) == expected


@pytest.mark.parametrize(
    ("told", "final", "expected"),
    [
        ("n1 replaced key=0 value=1 values=[]; n2 replaced key=0 value=2 values=[1]", 2, "pass"),
        ("n1 replaced key=0 value=1 values=[]; n2 replaced key=0 value=2 values=[]", 2, "fail"),
        ("n1 replaced key=0 value=1 values=[]; n2 replaced key=0 value=2 values=[]", {"siblings": [1, 2]}, "pass"),
        ("", 2, "unknown"),  # The store does not tell.
    ],
)
def test_a_write_is_lost_only_where_nobody_who_had_seen_it_replaced_it(told, final, expected):
    writes = [("write", 1, "ok"), ("write", 2, "ok")]
    assert verdict("no-lost-update", *writes, events=told, final={"n1": final}) == expected


def test_what_a_node_that_is_down_in_the_end_may_have_is_not_called_lost():
    told = story(("add", 1, "ok"), final={"n1": []}, events="@500 !n2 killed")
    assert judge_check("no-lost-update", told.recording()).valid == "unknown"


@pytest.mark.parametrize(
    ("operations", "final", "expected"),
    [
        ([("add", 1, "ok"), ("remove", 1, "ok")], [], "pass"),
        ([("add", 1, "ok"), ("remove", 1, "ok")], [1], "fail"),
        ([("add", 1, "info:net-timeout"), ("remove", 1, "ok")], [1], "fail"),  # It was there, or nobody removed it.
        ([("add", 1, "ok"), ("add", 1, "ok"), ("remove", 1, "ok")], [1], "unknown"),  # Which adding was seen?
        ([("add", 1, "ok"), ("remove", 1, "info:net-timeout"), ("remove", 2, "ok")], [1], "unknown"),
    ],
)
def test_a_removed_element_is_resurrected_only_where_its_one_adding_was_surely_removed(operations, final, expected):
    assert verdict("no-resurrection", *operations, final={"n1": final}) == expected
