"""Linearizability: small histories in words, every order by brute force beside the search, and recorded histories."""

import json
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from porcupine_files import FOLDER, read_history, verdicts
from stories import Story, declare

from chaosctl.checkers.calls import calls_of
from chaosctl.checkers.linearizable import by_key, judge_keys, steps_of
from chaosctl.checkers.linearizable_models import IMPOSSIBLE, KeyValue, Model, Register
from chaosctl.checkers.linearizable_search import Step, search
from chaosctl.checkers.verdict import judge_check
from chaosctl.history.recording import Recording

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"


@pytest.mark.parametrize(
    ("history", "verdict"),
    [
        ("0-10 write 1; 20-30 read 1", PASS),
        ("0-10 write 1; 20-30 read null", FAIL),  # a stale read
        ("0-30 write 1; 10-20 read null", PASS),  # it was under way
        ("0-30 write 1; 10-20 read 1", PASS),
        ("0-40 write 1; 10-15 read 1; 20-30 read null", FAIL),  # seen once, it can't unhappen
        ("0- write 1; 20-30 read null", PASS),  # a timeout may never have happened
        ("0- write 1; 20-30 read 1", PASS),  # or later
        ("0- write 1; 20-30 read 1; 40-50 read null", FAIL),
        ("0- write 1; 10-20 write 2; 30-40 read 2; 50-60 read 1", PASS),  # later still
        ("0-10 fail write 1; 20-30 read 1", FAIL),  # a refusal did not happen
        ("0-10 fail write 1; 20-30 read null", PASS),
        ("0-10 write 1; 20-30 cas [1,2]; 40-50 read 2", PASS),
        ("0-10 write 1; 20-30 cas [3,2]", FAIL),
        ("0-10 write 1; 20-60 cas [1,2]; 30-50 cas [1,3]", FAIL),  # both can't have found 1
        ("0-10 write 1; 20-60 cas [1,2]; 30-50 cas [2,1]; 70-80 read 1", PASS),
        ("0-10 write 1; 20-30 fail cas [1,2]; 40-50 read 1", PASS),
        ("0-10 info read 5; 20-30 write 1", PASS),  # nobody heard that answer
        ("0-10 read 0; 20-30 read null", FAIL),  # nought is not nothing
        ("0- write 1; 10-20 read null", PASS),
        ("0-10 fail write 1", UNKNOWN),
    ],
)
def test_a_register_is_linearizable_only_if_no_read_goes_back(history, verdict):
    assert judge_check("linearizable", _told(history).recording()).valid == verdict


@pytest.mark.parametrize(
    ("history", "verdict"),
    [
        ('0-10 put ["a","x"]; 20-30 append ["a","y"]; 40-50 get ["a","xy"]; 60-70 get ["b",null]', PASS),
        ('0-10 append ["a","x"]; 20-30 append ["a","y"]; 40-50 get ["a","yx"]', FAIL),
        ('0-30 append ["a","x"]; 10-40 append ["a","y"]; 50-60 get ["a","yx"]', PASS),
        ('0-10 put ["a","x"]; 20-30 get ["b","x"]', FAIL),  # another key's
        ('0-10 append ["a","x"]; 20- put ["a",""]; 30-40 get ["a",""]', PASS),  # a reset on its way
    ],
)
def test_a_key_value_store_is_judged_key_by_key(history, verdict):
    assert judge_check("linearizable", _told(history).recording()).valid == verdict


def test_registers_by_key_are_told_apart_by_their_values():
    assert judge_check("linearizable", _told("0-10 write [1,7]; 20-30 read [2,null]").recording()).valid == PASS
    assert judge_check("linearizable", _told("0-10 write [1,7]; 20-30 read [1,null]").recording()).valid == FAIL


def test_operations_of_one_instant_count_in_the_order_of_the_history():
    after = Story().call("write", 0, 10, value=1).call("read", 10, 20, result=None)
    assert judge_check("linearizable", after.recording()).valid == FAIL


def test_a_contradiction_is_shown_by_the_answer_that_nothing_explains():
    judgement = judge_check("linearizable", _told("0-10 write 1; 20-30 write 2; 40-50 read 1").recording())
    assert judgement.why == "the register: nothing explains read, answered 1"
    assert judgement.evidence[-2].text == "c2 read, answered 1 at 0.050 s"
    assert judgement.evidence[-1].text == "by then the value could only be one of: 2"


def test_operations_without_a_model_are_unknown():
    assert judge_check("linearizable", Story().call("transfer", 0, 1).recording()).valid == UNKNOWN


def test_a_budget_that_runs_out_is_unknown_and_never_a_pass():
    writes = "; ".join(f"0-100 write {number}" for number in range(12))
    calls = calls_of(_told(f"{writes}; 200-300 read 99").recording())
    assert judge_keys(by_key(calls), Register(), budgets=(10, 100)).valid == UNKNOWN


def test_equal_writes_without_answers_do_not_multiply_the_search():
    writes = "; ".join("0- write 1" for _ in range(40))
    steps = steps_of(calls_of(_told(f"{writes}; 0-10 write 2; 20-30 read 1; 40-50 read 3").recording()))
    found = search(steps, Register(), budget=1000)
    assert found.is_linearizable is False


def _brute_force(steps: list[Step], model: Model) -> bool:
    """Try every order of every choice of the operations that may not have happened."""
    sure = [step for step in steps if step.returned is not None]
    maybe = [step for step in steps if step.returned is None]
    for mask in range(1 << len(maybe)):
        chosen = sure + [step for number, step in enumerate(maybe) if mask >> number & 1]
        if any(_fits(order, model) for order in permutations(chosen)):
            return True
    return False


def _fits(order: tuple[Step, ...], model: Model) -> bool:
    state = model.initial
    for number, step in enumerate(order):
        if any(later.returned is not None and later.returned < step.invoked for later in order[number + 1 :]):
            return False
        state = model.apply(state, step.f, step.value)
        if state is IMPOSSIBLE:
            return False
    return True


VALUES = st.integers(0, 2)
REGISTER = st.one_of(
    st.tuples(st.just("read"), st.one_of(st.none(), VALUES)),
    st.tuples(st.just("write"), VALUES),
    st.tuples(st.just("cas"), st.tuples(VALUES, VALUES)),
)
TEXTS = st.sampled_from(["", "x", "y", "xy", "yx", "xx"])
STORE = st.one_of(
    st.tuples(st.just("get"), TEXTS),
    st.tuples(st.just("put"), st.sampled_from(["", "x"])),
    st.tuples(st.just("append"), st.sampled_from(["x", "y"])),
)


@st.composite
def _histories(draw, operations, updates):
    """Draw up to six overlapping operations; an update may be left without an answer."""
    drawn = draw(st.lists(st.tuples(operations, st.booleans()), min_size=1, max_size=6))
    moments = draw(st.permutations([number for number in range(len(drawn)) for _ in range(2)]))
    steps = []
    for number, ((f, value), is_answered) in enumerate(drawn):
        begin = moments.index(number)
        end = len(moments) - 1 - moments[::-1].index(number)
        returned = end if is_answered or f not in updates else None
        steps.append(Step(number, f, value, begin, returned))
    return steps


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(_histories(REGISTER, {"write", "cas"}))
def test_the_search_finds_what_brute_force_finds_for_registers(steps):
    assert search(steps, Register(), 10_000).is_linearizable is _brute_force(steps, Register())


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(_histories(STORE, {"put", "append"}))
def test_the_search_finds_what_brute_force_finds_for_stores(steps):
    assert search(steps, KeyValue(""), 10_000).is_linearizable is _brute_force(steps, KeyValue(""))


@pytest.mark.slow
@pytest.mark.skipif(not FOLDER.is_dir(), reason="the recorded histories lie in ../shared, which is not here")
def test_recorded_histories_get_the_verdicts_that_porcupine_gives():
    wrong = []
    for name, is_linearizable in verdicts():
        recording = Recording(declare(), read_history(FOLDER / name))
        model = Register() if name.endswith(".log") else KeyValue("")
        judgement = judge_keys(by_key(calls_of(recording)), model)
        if judgement.valid != (PASS if is_linearizable else FAIL):
            wrong.append((name, judgement.why))
    assert wrong == []


def _told(history: str) -> Story:
    """Tell `0-10 write 1; 20- info read 5`: times in ms, an outcome other than ok, what, its argument or answer."""
    story = Story()
    for clause in history.split("; "):
        span, *rest, f, text = clause.split()
        begin, end = span.split("-")
        value = json.loads(text)
        is_read = f in ("read", "get")
        asked = [value[0], None] if is_read and isinstance(value, list) else (None if is_read else value)
        outcome = rest[0] if rest else "ok"
        story.call(f, float(begin), float(end) if end else None, outcome, value=asked, result=value)
    return story
