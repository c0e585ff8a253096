"""A shop judged by the books that its parts lay open in the end, and by what its customers were told."""

import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check

PARTS = {"storefront": ("n1", "n2"), "stock": ("n2", "n3"), "till": ("n3",)}


def told(orders: str, books: dict | None = None, sales: dict | None = None, charges: dict | None = None) -> Story:
    """Orders as `1:0` (number 1, item 0), `2:0?` where nobody was told; books and the like by node."""
    story = Story(placement=PARTS, options={"units": 3, "expiry": 0.3})
    for at, words in enumerate(orders.split()):
        number, _, item = words.rstrip("?").partition(":")
        value = {"number": int(number), "item": int(item)}
        outcome = "info" if words.endswith("?") else "ok"
        story.call("order", 100 * at, 100 * at + 50, outcome, value=value, result=value | {"status": "pending"})
    for f, answers in (("books", books), ("sales", sales), ("charges", charges)):
        for node, rows in (answers or {}).items():
            missing = rows is None
            story.call(f, 9000, 9001, "fail:timeout" if missing else "ok", node=node, result=rows, final=True)
    return story


BOOKS = [[1, 0, "filled"], [2, 0, "refused"]]
RIGHT = {
    "books": {"n1": BOOKS, "n2": BOOKS},
    "sales": {"n2": [], "n3": [[1, 0]]},
    "charges": {"n3": [1]},
}


def verdict(check: str, orders: str = "1:0 2:0", **others) -> str:
    return str(judge_check(check, told(orders, **(RIGHT | others)).recording()).valid)


@pytest.mark.parametrize("check", ["orders-kept", "orders-settled", "sold-once", "never-oversold"])
def test_books_that_agree_pass(check):
    assert verdict(check) == "pass"


@pytest.mark.parametrize(
    ("orders", "books", "expected"),
    [
        ("1:0 2:0 3:1", {"n1": BOOKS, "n2": BOOKS}, "fail"),
        ("1:0 2:0", {"n1": BOOKS, "n2": BOOKS[:1]}, "fail"),  # One storefront has lost it.
        ("1:0 2:1", {"n1": BOOKS, "n2": BOOKS}, "fail"),  # Of another item.
        ("1:0 2:0 3:1?", {"n1": BOOKS, "n2": BOOKS}, "pass"),  # Nobody was told of it.
        ("1:0 2:0", {"n1": None, "n2": None}, "unknown"),
        ("1:0? 2:0?", {"n1": BOOKS, "n2": BOOKS}, "unknown"),
    ],
)
def test_an_order_that_was_taken_must_be_in_all_books(orders, books, expected):
    assert verdict("orders-kept", orders, books=books) == expected


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"books": {"n1": BOOKS, "n2": [[1, 0, "pending"], [2, 0, "refused"]]}}, "fail"),
        ({"books": {"n1": BOOKS, "n2": BOOKS[:1]}}, "fail"),
        ({"books": {"n1": BOOKS[1:], "n2": BOOKS[1:]}}, "fail"),  # Sold and charged for nobody.
        ({"sales": {"n2": [], "n3": []}}, "fail"),  # Filled, and not sold.
        ({"charges": {"n3": []}}, "fail"),
        ({"sales": {"n2": [[2, 0]], "n3": [[1, 0]]}}, "fail"),  # Refused, and sold.
        ({"charges": {"n3": [1, 2]}}, "fail"),
        ({"sales": {"n2": [], "n3": None}}, "unknown"),
        ({"books": {"n1": BOOKS, "n2": None}}, "unknown"),
    ],
)
def test_in_the_end_all_parts_must_agree_on_every_order(others, expected):
    assert verdict("orders-settled", **others) == expected


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"sales": {"n2": [[1, 0]], "n3": [[1, 0]]}}, "fail"),
        ({"sales": {"n3": [[1, 0], [1, 0]]}}, "fail"),
        ({"charges": {"n3": [1, 1]}}, "fail"),
        ({"sales": {"n3": []}}, "unknown"),
        ({"sales": {"n2": [[2, 0]], "n3": [[1, 0]]}}, "pass"),  # Another check's affair.
    ],
)
def test_no_order_may_be_sold_or_charged_twice(others, expected):
    assert verdict("sold-once", **others) == expected


@pytest.mark.parametrize(("sold", "expected"), [(3, "pass"), (4, "fail")])
def test_no_more_of_an_item_may_be_sold_than_there_was(sold, expected):
    sales = {"n2": [[number, 0] for number in range(1, sold)], "n3": [[9, 0], [10, 1]]}
    assert verdict("never-oversold", sales=sales) == expected


LEVELS = "@1 n3 stocked item=0 left=3; @1000 n3 sold order=1 item=0 left=2; @2000 n3 sold order=2 item=0 left=1"


@pytest.mark.parametrize(
    ("at", "left", "expected"),
    [
        (500, 3, "pass"),
        (1200, 3, "pass"),  # Not so any longer, but 0.2 s ago.
        (1200, 2, "pass"),
        (1400, 3, "fail"),  # It is over for 0.4 s.
        (1400, 1, "fail"),  # It is not so yet.
        (1400, 7, "fail"),  # It never was.
        (1995, 1, "pass"),  # It came to be so while the customer waited.
    ],
)
def test_what_is_told_must_have_been_so_within_the_time_that_soft_state_lives(at, left, expected):
    story = Story(LEVELS, placement=PARTS, options={"expiry": 0.3})
    story.call("browse", at, at + 10, value=0, result={"item": 0, "left": {"n3": left}})
    assert judge_check("soft-state-bounded", story.recording()).valid == expected
