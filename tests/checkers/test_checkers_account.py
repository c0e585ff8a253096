"""A replicated account, judged from what its clients were told."""

import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check


def told(
    bookings: str, *statements: list[list[int]], opening: int = 100, final: bool = True, events: str = ""
) -> Story:
    """Bookings as `1:+20>1/120` (deposit 1 of 20, at place 1, then 120), `2:-5!abort`, `2:-5?`; a balance `=>1/120`.

    Each begins when the one before has ended, unless `&` before it: then it began with that one.
    """
    story = Story(events, options={"opening": opening})
    begin = 0
    for at, words in enumerate(bookings.split()):
        begin = begin if words.startswith("&") else 100 * at + 100
        asked, _, answer = words.lstrip("&").partition(">")
        asked, _, error = asked.partition("!")
        number, _, amount = asked.strip("=?").partition(":")
        value = {"number": int(number), "amount": abs(int(amount))} if amount else None
        f = "balance" if value is None else "deposit" if int(amount) > 0 else "withdraw"
        place, _, balance = answer.partition("/")
        result = (value or {}) | {"place": int(place), "balance": int(balance)} if answer else None
        outcome = "ok" if answer else f"fail:{error}" if error else "info"
        story.call(f, begin, 100 * at + 150, outcome, value=value, result=result)
    for at, entries in enumerate(statements):
        story.call("statement", 9000 + at, 9000.5 + at, result=entries, final=final)
    return story


KEPT = [
    ("1:+20>1/120 2:-5>2/115", [[[1, 20], [2, -5]]], "pass"),
    ("1:+20>1/120 2:-5>2/115", [[[1, 20]]], "fail"),  # Lost.
    ("1:+20>1/120 2:-5>2/115", [[[1, 20], [2, -5]], [[1, 20]]], "fail"),  # One node has lost it.
    ("1:+20>1/120", [[[1, 19]]], "fail"),  # Kept, with another amount.
    ("1:+20>1/120 2:-5?", [[[1, 20]]], "pass"),  # Nobody was told that it is booked.
    ("1:+20>1/120 2:-5!abort", [[[1, 20]]], "pass"),
    ("1:+20>1/120", [], "unknown"),
    ("2:-5?", [[]], "unknown"),
]


@pytest.mark.parametrize(("bookings", "statements", "verdict"), KEPT)
def test_acknowledged_bookings_are_kept_only_if_every_statement_lists_them(bookings, statements, verdict):
    assert judge_check("acknowledged-kept", told(bookings, *statements).recording()).valid == verdict


def test_what_is_lost_is_named_with_who_acknowledged_and_who_discarded_it():
    events = "@300 n2 discarded term=7 numbers=[2]"
    judged = judge_check("acknowledged-kept", told("1:+20>1/120 2:-5>2/115", [[1, 20]], events=events).recording())
    assert judged.why == "1 acknowledged bookings are lost: withdrawal 2 of 5"
    assert [evidence.text.partition(" at ")[0] for evidence in judged.evidence] == [
        "n1 acknowledged withdrawal 2 of 5",
        "n2 discarded 1 bookings of term 7, 2 first,",
        "the final statement through n1 lists 1 bookings, +20 in all",
    ]


ORDERED = [
    ("1:+20>1/120 =>1/120 2:-5>2/115", [[[1, 20], [2, -5]]], "pass"),
    ("1:+20>2/115 &2:-5>1/95", [[[2, -5], [1, 20]]], "pass"),  # They were under way together.
    ("1:+20>2/115 2:-5>1/95", [[[2, -5], [1, 20]]], "fail"),  # The later one stands before the earlier.
    ("1:+20>1/120 =>0/100", [[[1, 20]]], "fail"),  # A stale balance.
    ("1:+20>1/120 2:-5>2/115", [[[1, 20], [2, -6]]], "fail"),  # Another balance than the statement's.
    ("1:+20>1/120", [[[1, 20], [1, 20]]], "fail"),  # Booked twice.
    ("1:+20>1/120 2:-5!abort", [[[1, 20], [2, -5]]], "fail"),  # Refused, and booked.
    ("1:+20>1/120 2:-5?", [[[1, 20], [2, -5]]], "pass"),
    ("1:+20>1/120", [[[1, 20]], [[1, 20], [2, 5]]], "pass"),  # The second was asked later.
    ("1:+20>1/120", [[[1, 20]], [[2, 5], [1, 20]]], "fail"),
    ("1:+20>1/120 2:-5>2/115", [[[1, 20]]], "fail"),  # No place 2.
    ("1:+20>1/120", [], "unknown"),
]


@pytest.mark.parametrize(("bookings", "statements", "verdict"), ORDERED)
def test_a_statement_orders_the_answers_only_if_it_explains_each_and_goes_with_time(bookings, statements, verdict):
    assert judge_check("statement-order", told(bookings, *statements).recording()).valid == verdict


@pytest.mark.parametrize(
    ("bookings", "verdict"),
    [
        ("1:-60>1/40 2:-40>2/0", "pass"),
        ("1:-60>1/40 2:-60>1/40", "fail"),  # Both were paid out of the same hundred.
        ("1:-60>1/40 2:+20>2/60 3:-60>3/0", "pass"),
        ("1:-60>1/40 2:+20? 3:-60>3/0", "pass"),  # The deposit may have happened.
        ("1:-60>1/40 2:+20!abort 3:-60>3/0", "fail"),  # It has not.
        ("1:-60>1/40 2:-60?", "pass"),  # Nobody was paid for certain.
        ("1:+5>1/105", "unknown"),
    ],
)
def test_an_account_is_overdrawn_only_if_more_was_surely_paid_out_than_can_have_been_there(bookings, verdict):
    assert judge_check("never-overdrawn", told(bookings).recording()).valid == verdict
