"""A shop in parts (BASE): orders are kept, sold once and never from nothing, and settled in the end.

The books that every part lays open in the end must agree with each other and with what customers were told.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from chaosctl.checkers.audits import option
from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.check import Evidence, Judgement, failed, passed, unknown
from chaosctl.checkers.facts import seen, told
from chaosctl.history.levels import levels_of, was_so
from chaosctl.history.recording import Recording

SLACK = 1.1
"""Soft state may be told for so many times its `expiry`: clocks may drift by a tenth (the pattern's model)."""

WHOLE = ("f:books", "f:sales", "f:charges", "complete")


@dataclass(frozen=True)
class Audit:
    """The books of the end: those of each storefront, the sales and the charges, each with the call that told."""

    recording: Recording

    def of(self, f: str) -> list[Call]:
        """Return the final calls of a kind that were answered."""
        return [call for call in calls_of(self.recording, f) if call.invoked.final and call.outcome == "ok"]

    @cached_property
    def missing(self) -> str:
        """What was not laid open, for people; empty where all was."""
        asked = [call for f in ("books", "sales", "charges") for call in calls_of(self.recording, f)]
        return ", ".join(f"{c.invoked.f} of {c.invoked.node}" for c in asked if c.invoked.final and c.outcome != "ok")

    @cached_property
    def sold(self) -> list[tuple[int, int, Call]]:
        """Every sale: the order's number, the item, and who told."""
        return [(number, item, call) for call in self.of("sales") for number, item in call.result]

    @cached_property
    def charged(self) -> list[tuple[int, Call]]:
        """Every charge: the order's number, and who told."""
        return [(number, call) for call in self.of("charges") for number in call.result]


class OrdersKept:
    """Every order that a customer was told of stands in the books of every storefront, with its item."""

    needs: ClassVar[tuple[str, ...]] = ("f:books", "ok:order", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording, at the first order that is missing."""
        books = Audit(recording).of("books")
        if not books:
            return unknown("no storefront laid its books open")
        taken = [call for call in calls_of(recording, "order") if call.outcome == "ok"]
        for book in books:
            listed = {(number, item) for number, item, _status in book.result}
            lost = [call for call in taken if (call.result["number"], call.result["item"]) not in listed]
            if lost:
                number = lost[0].result["number"]
                return failed(
                    f"{len(lost)} of {len(taken)} orders that customers were told of are lost: {number} first",
                    told(lost[0].last, f"{lost[0].last.node} took order {number}"),
                    told(book.last, f"the books of {book.last.node} list {len(listed)} orders without it"),
                    lost=len(lost),
                )
        return passed("every order that was taken is in all books", orders=len(taken))


class OrdersSettled:
    """In the end all parts agree: each order is filled, sold and charged; or refused, and neither."""

    needs: ClassVar[tuple[str, ...]] = WHOLE

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording, at the first disagreement."""
        audit = Audit(recording)
        if audit.missing:
            return unknown(f"not everybody laid the books open: {audit.missing} missing")
        problem = next(self._problems(audit), None)
        if problem is not None:
            return failed(problem[0], *problem[1])
        orders = {number for book in audit.of("books") for number, *_ in book.result}
        return passed("all parts agree on every order", orders=len(orders), sold=len(audit.sold))

    def _problems(self, audit: Audit) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
        sold = {number: call for number, _item, call in audit.sold}
        charged = dict(audit.charged)
        books = audit.of("books")
        for book in books:
            node, statuses = book.last.node, {number: status for number, _item, status in book.result}
            for number, status in statuses.items():
                said = told(book.last, f"to {node} order {number} is {status}")
                if status not in ("filled", "refused"):
                    yield f"order {number} is {status} in the end", (said,)
                for part, word in ((sold, "sold"), (charged, "charged")):
                    if status == "filled" and number not in part:
                        yield f"order {number} is filled, and was not {word}", (said,)
                    if status == "refused" and number in part:
                        by = told(part[number].last, f"{part[number].last.node} has {word} it")
                        yield f"order {number} is refused, and was {word}", (said, by)
            for other_book in books:
                missed = {number for number, *_ in other_book.result} - statuses.keys()
                if missed:
                    text = f"order {min(missed)}, in the books of {other_book.last.node}, is not in those of {node}"
                    yield text, (told(other_book.last, text),)
        listed = {number for book in books for number, *_ in book.result}
        for number in sorted((sold.keys() | charged.keys()) - listed):
            yield (
                f"order {number} was sold or charged, and is in no books",
                (told((sold.get(number) or charged[number]).last, f"order {number} was sold or charged"),),
            )


class SoldOnce:
    """No order is sold twice, by one stock or by two, nor charged twice."""

    needs: ClassVar[tuple[str, ...]] = ("f:sales",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording, at the first that was."""
        audit = Audit(recording)
        tellers = [("sold", [(number, call) for number, _item, call in audit.sold]), ("charged", audit.charged)]
        for word, told_by in tellers:
            number, times = next(iter(Counter(number for number, _call in told_by).most_common(1)), (0, 0))
            if times > 1:
                evidence = (told(call.last, f"{call.last.node} {word} order {n}") for n, call in told_by if n == number)
                return failed(f"order {number} was {word} {times} times", *evidence, times=times)
        if not audit.sold:
            return unknown("nothing was sold")
        return passed("each order was sold and charged once at most", sold=len(audit.sold))


class NeverOversold:
    """Of no item more is sold than there was, over all stocks."""

    needs: ClassVar[tuple[str, ...]] = ("f:sales",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        units, audit = option(recording, "units"), Audit(recording)
        if units is None or not audit.sold:
            return unknown("nothing was sold" if units is not None else "how many there were is not declared")
        for item, count in Counter(item for _number, item, _call in audit.sold).items():
            if count > units:
                sellers = Counter(call.last.node for _number, sold, call in audit.sold if sold == item)
                evidence = (
                    told(call.last, f"{call.last.node} sold {sellers[call.last.node]} of item {item}")
                    for call in audit.of("sales")
                    if sellers[call.last.node]
                )
                return failed(f"{count} of item {item} were sold, of {units}", *evidence, oversold=count - units)
        return passed("no more was sold than there was", sold=len(audit.sold))


class SoftStateBounded:
    """What a customer is told that there is was so, at some moment not longer ago than soft state may be told."""

    needs: ClassVar[tuple[str, ...]] = ("events:stocked", "ok:browse")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording, at the first answer that is too old, or never was true."""
        expiry = recording.declared.options.get("expiry")
        if not isinstance(expiry, int | float):
            return unknown("how old soft state may be is not declared")
        levels = levels_of(recording)
        answers = [call for call in calls_of(recording, "browse") if call.outcome == "ok"]
        for call in answers:
            since = call.invoked.time - round(expiry * SLACK * 1e9)
            for stock, left in call.result["left"].items():
                shown = levels.get((stock, call.result["item"]), [])
                if not was_so(shown, left, since, call.last.time):
                    text = f"{call.last.node} said that {stock} has {left} of item {call.result['item']}"
                    last = [seen(level.event, "had no longer that many") for level in shown if level.left < left][:1]
                    why = f"{text}, which was not so for {expiry:g} s"
                    return failed(why, told(call.last, text), *last, answers=len(answers))
        return passed(f"no answer was older than {expiry:g} s", answers=len(answers))
