"""Session guarantees and sequential consistency: histories that keep them, and such as break one and not another."""

import re
from random import Random

import pytest
from small_histories import DRAWN, history
from stories import Story

from chaosctl.checkers.linearizable_models import IMPOSSIBLE
from chaosctl.checkers.objects import hashable
from chaosctl.checkers.verdict import judge_check

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"
RYW, MR, MW, WFR = "read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"


def told(text: str) -> Story:
    """Tell `A x=1; B x? 1; A y!2`: processes, one after the other; = writes, ? reads, ! writes and has no answer."""
    story = Story()
    for place, clause in enumerate(text.split("; ")):
        found = re.fullmatch(r"(\w) (\w)(=|\?|!) ?(.+)", clause)
        assert found, clause
        process, key, kind, written = found.groups()
        value = None if written == "null" else [int(part) for part in written.split("+")]
        shown = value if value is None else value[0] if len(value) == 1 else {"siblings": value}
        f = "read" if kind == "?" else "write"
        asked = [key, None if f == "read" else shown]
        end = None if kind == "!" else 10 * place + 5
        story.call(f, 10 * place, end, value=asked, result=[key, shown], process=ord(process), client=process)
    return story


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        ("A x=1; A x? 1; B x? 1; B x? 1", {RYW: PASS, MR: PASS, MW: UNKNOWN}),
        ("A x=1; A x? null", {RYW: FAIL, MR: UNKNOWN}),
        ("A x=1; A x=2; A x? 1", {RYW: FAIL}),
        ("A x=1; B x=2; A x? 2", {RYW: PASS}),  # Another's may be newer.
        ("A x!1; A x? null", {RYW: UNKNOWN}),  # It was not acknowledged.
        ("A x=1; A x? 1+2; B x=2", {RYW: PASS}),
        ("A x=1; A x=2; B x=3; A x? 1+3", {RYW: PASS}),  # One of the siblings may be newer.
        ("A x=1; B x? 1; B x? null", {MR: FAIL, RYW: UNKNOWN}),
        ("A x=1; A x=2; B x? 2; B x? 1", {MR: FAIL, MW: PASS}),
        ("A x=1; C x=2; B x? 2; B x? 1", {MR: PASS}),  # The store may have put 1 after 2.
        ("A x=1; C x=2; B x? 1; B x? 2; B x? 1", {MR: FAIL}),  # But not that again.
        ("A x=1; B x? 1; C x? null", {MR: UNKNOWN}),  # Two sessions owe each other nothing.
        ("A x=1; A y=2; B y? 2; B x? 1", {MW: PASS, WFR: UNKNOWN}),
        ("A x=1; A y=2; B y? 2; B x? null", {MW: FAIL, RYW: UNKNOWN, MR: UNKNOWN}),
        ("A x=1; A y=2; B x? null; B y? 2", {MW: UNKNOWN}),  # It came in between.
        ("A x=1; A y=2; C x=3; B y? 2; B x? 3", {MW: PASS}),
        ("C x=1; A x? 1; A y=2; B y? 2; B x? null", {WFR: FAIL, MW: UNKNOWN}),
        ("C x=1; A x? 1; A y=2; B y? 2; B x? 1", {WFR: PASS}),
        ("C x=1; C x=3; A x? 3; A y=2; B y? 2; B x? 1", {WFR: FAIL}),
        ("A x=1; A x? 1; B x=1; A x? 1", {RYW: UNKNOWN, MR: UNKNOWN}),  # Whose is it?
    ],
)
def test_a_guarantee_is_broken_only_where_no_order_of_versions_excuses_it(text, verdicts):
    recording = told(text).recording()
    assert {name: judge_check(name, recording).valid for name in verdicts} == verdicts


def test_a_broken_guarantee_is_shown_by_the_reads_and_writes_that_it_takes():
    judgement = judge_check(MW, told("A x=1; A y=2; B y? 2; B x? null").recording())
    assert [one.text.rpartition(" at ")[0] for one in judgement.evidence] == [
        'A write ["x",1]',
        'A write ["y",2]',
        'B read ["y",null], answered ["y",2]',
        'B read ["x",null], answered ["x",null]',
    ]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("A x=1; B x? null; B x? 1", PASS),  # Stale, but in an order.
        ("A x=1; B x? 1; B x? null", FAIL),
        ("A x=1; B x=2; C x? 1; C x? 2; D x? 2; D x? 1", FAIL),  # Two who see two orders.
        ("A x=1; B x=2; C x? 1; C x? 2; D x? 1; D x? 2", PASS),
        ("A x=1; A y? null; B y=1; B x? null", FAIL),  # Dekker: one of them came first.
        ("A x=1; A y? null; B y=1; B x? 1", PASS),
        ("A x=1; A x=2; B x? 2; B y=1; C y? 1; C x? 1", FAIL),  # It is not local: x and y alone each are sequential.
        ("A x!1; B x? 1; B x? null", FAIL),
        ("A x!1; B x? null; B x? 1", PASS),
        ("A x!1; B x? null", PASS),
    ],
)
def test_what_is_sequential_keeps_each_process_in_its_order(text, verdict):
    assert judge_check("sequential", told(text).recording()).valid == verdict


def test_what_can_not_go_on_is_shown():
    judgement = judge_check("sequential", told("A x=1; B x? 1; B x? null").recording())
    assert judgement.evidence[0].text == "the longest order that was found explains 2 of 3 operations"
    assert judgement.evidence[1].text.startswith("process 66 can't go on with read")


def test_a_history_too_large_for_the_search_is_unknown(monkeypatch):
    monkeypatch.setattr("chaosctl.checkers.sequential.BUDGET", 5)
    many = "; ".join(f"{name} x={number}" for number, name in enumerate("ABCDEF"))
    assert judge_check("sequential", told(f"{many}; G x? 1; G x? 2; G x? 1").recording()).valid == UNKNOWN


@pytest.mark.slow
@pytest.mark.parametrize("name", ["register", "queue", "set", "multi-register"])
def test_the_search_finds_what_every_interleaving_finds(name):
    model, random = DRAWN[name][0], Random(f"sequential {name}")
    for _ in range(250):
        story, lanes = Story(), {}
        for step in history(name, random, most=6):
            process = random.randrange(3)
            f, is_answer = step.f, step.f in model.answers
            asked = step.value if not is_answer or name == "multi-register" else None
            end = None if step.returned is None else step.invoked * 10 + 5
            lanes.setdefault(process, []).append(step)
            story.call(f, step.invoked * 10, end, value=_plain(asked), result=_plain(step.value), process=process)
        if any(step.returned is not None for lane in lanes.values() for step in lane):
            alone = [[step] for lane in lanes.values() for step in lane[:-1] if step.returned is None]
            others = [
                [step for step in lane if step.returned is not None or step is lane[-1]] for lane in lanes.values()
            ]
            expected = PASS if _interleaves(alone + others, model, model.initial) else FAIL
            assert judge_check("sequential", story.recording(), model).valid == expected, lanes


def _plain(value):
    return [_plain(part) for part in value] if isinstance(value, tuple) else None if type(value) is object else value


def _interleaves(lanes, model, state):
    """Try every interleaving, and every choice of what was not answered."""
    if all(step.returned is None for lane in lanes for step in lane):
        return True
    for place, lane in enumerate(lanes):
        if not lane:
            continue
        rest = [*lanes[:place], lane[1:], *lanes[place + 1 :]]
        after = model.apply(state, lane[0].f, hashable(lane[0].value))
        if after is not IMPOSSIBLE and _interleaves(rest, model, after):
            return True
        if lane[0].returned is None and _interleaves(rest, model, state):
            return True
    return False
