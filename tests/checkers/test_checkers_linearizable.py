"""Linearizability: small histories in words, and recorded histories with known verdicts."""

import json

import pytest
from porcupine_files import FOLDER, verdicts
from stories import Story

from chaosctl.checkers import linearizable, linearizable_search
from chaosctl.checkers.calls import calls_of
from chaosctl.checkers.linearizable import judge_objects
from chaosctl.checkers.linearizable_models import KeyValue, Queue, Register
from chaosctl.checkers.linearizable_search import search
from chaosctl.checkers.objects import steps_of
from chaosctl.checkers.verdict import judge_check
from chaosctl.history.importing import import_history

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
    assert [one.text for one in judgement.evidence] == [
        "c0 write 1 at 0.010 s",
        "c1 write 2 at 0.030 s",
        "c2 read, answered 1 at 0.050 s",
        "the last state that still worked is 2, after 2 effects",
        "it could have answered 2",
    ]


def test_an_unanswered_write_that_was_seen_is_shown():
    judgement = judge_check("linearizable", _told("0-10 write 1; 20- write 2; 30-40 read 2; 50-60 read 1").recording())
    assert "c1 write 2 (no answer) at 0.020 s" in [one.text for one in judgement.evidence]


@pytest.mark.parametrize(
    ("transactions", "verdict"),
    [
        ('0-10 txn [["w","x",1],["w","y",2]]; 20-30 txn [["r","x",1],["r","y",2]]', PASS),
        ('0-10 txn [["w","x",1],["w","y",2]]; 20-30 txn [["r","x",1],["r","y",null]]', FAIL),
        ('0-10 txn [["append","x",1]]; 20-30 txn [["r","x",[1]]]', UNKNOWN),  # Lists are another model's.
    ],
)
def test_transactions_see_several_registers_at_one_instant(transactions, verdict):
    assert judge_check("linearizable", _told(transactions).recording()).valid == verdict


def test_operations_without_a_model_are_unknown():
    assert judge_check("linearizable", Story().call("transfer", 0, 1).recording()).valid == UNKNOWN


def test_a_budget_that_runs_out_is_unknown_and_never_a_pass():
    story = _told("; ".join([*(f"0-100 enqueue {number}" for number in range(8)), "200-300 dequeue 99"]))
    calls = calls_of(story.recording())
    assert judge_objects({"q": calls}, Queue(), budgets=(10, 100)).valid == UNKNOWN


def test_a_search_that_would_take_too_much_memory_is_unknown(monkeypatch):
    monkeypatch.setattr(linearizable_search, "MOST_BYTES", 100_000)
    story = _told("; ".join([*(f"0-100 enqueue {number}" for number in range(8)), "200-300 dequeue 99"]))
    assert judge_objects({"q": calls_of(story.recording())}, Queue()).valid == UNKNOWN


def test_all_objects_share_a_budget(monkeypatch):
    story = _told("; ".join([*(f"0-100 enqueue {number}" for number in range(4)), "200-300 dequeue 99"]))
    queues = {"q": calls_of(story.recording())}
    assert judge_objects(queues, Queue()).valid == FAIL
    monkeypatch.setattr(linearizable, "MOST_IN_ALL", 10)
    assert judge_objects(queues, Queue()).valid == UNKNOWN


def test_equal_writes_without_answers_do_not_multiply_the_search():
    writes = "; ".join("0- write 1" for _ in range(40))
    steps = steps_of(calls_of(_told(f"{writes}; 0-10 write 2; 20-30 read 1; 40-50 read 3").recording()), Register())
    found = search(steps, Register(), budget=1000)
    assert found.is_linearizable is False


@pytest.mark.slow
@pytest.mark.skipif(not FOLDER.is_dir(), reason="the recorded histories lie in ../shared, which is not here")
def test_recorded_histories_get_the_verdicts_that_porcupine_gives():
    wrong = []
    for name, is_linearizable in verdicts():
        imported = import_history(FOLDER / name)
        model = Register() if name.endswith(".log") else KeyValue(imported.initial)
        judgement = judge_check("linearizable", imported.recording, model)
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
        is_read = f in ("read", "get", "dequeue")
        asked = [value[0], None] if is_read and isinstance(value, list) else (None if is_read else value)
        outcome = rest[0] if rest else "ok"
        story.call(f, float(begin), float(end) if end else None, outcome, value=asked, result=value)
    return story
