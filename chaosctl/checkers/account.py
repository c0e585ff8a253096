"""A replicated account: acknowledged bookings are kept, answers fit the statement, no money is paid out twice.

The final statement names an order of all bookings. Where every answer fits it, and it fits the order of time, the
account was linearizable, and that order proves it (M. Herlihy, J. Wing, "Linearizability", 1990): no search is needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, ClassVar

from chaosctl.checkers.audits import option
from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.check import Evidence, Judgement, failed, passed, unknown
from chaosctl.checkers.facts import events_of, seen, told
from chaosctl.history.recording import Recording

BOOKINGS = ("deposit", "withdraw")
MOST_SHOWN = 5
"""Of lost bookings so many are shown."""


@dataclass(frozen=True)
class Listed:
    """A final statement: who was asked, and the amount at each number, in order."""

    call: Call
    entries: list[tuple[int, int]]

    @property
    def numbers(self) -> dict[int, int]:
        """Return number to place, from 1."""
        return {number: place for place, (number, _amount) in enumerate(self.entries, 1)}

    def evidence(self) -> Evidence:
        """Return the statement in words."""
        total = sum(amount for _number, amount in self.entries)
        text = (
            f"the final statement through {self.call.invoked.node} lists {len(self.entries)} bookings, {total:+} in all"
        )
        return told(self.call.last, text)


class AcknowledgedKept:
    """Every acknowledged deposit and withdrawal stands in the final statements, whichever node is asked."""

    needs: ClassVar[tuple[str, ...]] = ("f:statement", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording, with the lost bookings by name."""
        statements = statements_of(recording)
        acknowledged = [call for call in bookings_of(recording) if call.outcome == "ok"]
        if not statements or not acknowledged:
            return unknown("no booking was acknowledged" if statements else "no final statement was answered")
        for statement in statements:
            lost = [call for call in acknowledged if (_number(call), _amount(call)) not in statement.entries]
            if lost:
                names = ", ".join(booking_text(call) for call in lost[:MOST_SHOWN])
                more = f" and {len(lost) - MOST_SHOWN} more" if len(lost) > MOST_SHOWN else ""
                why = f"{len(lost)} acknowledged bookings are lost: {names}{more}"
                counts = {"lost": len(lost), "acknowledged": len(acknowledged)}
                return failed(why, *_fates(recording, lost[:MOST_SHOWN]), statement.evidence(), **counts)
        return passed("all acknowledged bookings are in the statement", acknowledged=len(acknowledged))


class StatementOrder:
    """Every answer fits the final statement, and its order that of time: the account was linearizable."""

    needs: ClassVar[tuple[str, ...]] = ("f:statement", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; lost bookings are another check's."""
        opening, statements = option(recording, "opening"), statements_of(recording)
        if opening is None or not statements:
            return unknown("no final statement was answered" if statements else "the opening balance is not declared")
        longest = max(statements, key=lambda statement: len(statement.entries))
        problems = (*_against_each_other(statements, longest), *_against_clients(recording, longest, opening))
        if problems:
            return failed(problems[0][0], *problems[0][1], problems=len(problems))
        return passed("the statement explains every answer", bookings=len(longest.entries))


class NeverOverdrawn:
    """No more is paid out than was ever there: the opening balance and all deposits, also those nobody is sure of."""

    needs: ClassVar[tuple[str, ...]] = ("ok:withdraw",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording, at the withdrawal with which the sum went below zero."""
        opening = option(recording, "opening")
        if opening is None:
            return unknown("the opening balance is not declared")
        withdrawn, paid_in = withdrawn_and_paid_in(recording)
        if withdrawn <= opening + paid_in:
            return passed("no more was paid out than there was", withdrawn=withdrawn, there=opening + paid_in)
        paid = [call for call in bookings_of(recording, "withdraw") if call.outcome == "ok"]
        paid.sort(key=lambda call: call.last.time)
        sums = accumulate(_value(call)["amount"] for call in paid)
        over = next(i for i, total in enumerate(sums) if total > opening + paid_in)
        why = f"{withdrawn} were paid out of {opening + paid_in}: {withdrawn - opening - paid_in} that were never there"
        shown = (told(call.last, f"{call.last.node} paid {booking_text(call)}") for call in paid[over : over + 3])
        return failed(why, *shown, withdrawn=withdrawn, there=opening + paid_in)


def statements_of(recording: Recording) -> list[Listed]:
    """Return the final statements that were answered."""
    return [
        Listed(call, [(int(number), int(amount)) for number, amount in call.result])
        for call in calls_of(recording, "statement")
        if call.invoked.final and call.outcome == "ok"
    ]


def bookings_of(recording: Recording, f: str = "") -> list[Call]:
    """Return the deposits and withdrawals, or those of one kind, in order of invocation."""
    return [call for call in calls_of(recording) if call.invoked.f in ((f,) if f else BOOKINGS)]


def withdrawn_and_paid_in(recording: Recording) -> tuple[int, int]:
    """Return how much was surely paid out, and how much may have been paid in."""
    withdrawn = sum(_value(call)["amount"] for call in bookings_of(recording, "withdraw") if call.outcome == "ok")
    paid_in = sum(_value(call)["amount"] for call in bookings_of(recording, "deposit") if call.outcome != "fail")
    return withdrawn, paid_in


def booking_text(call: Call) -> str:
    """Return a booking for people."""
    kind = "deposit" if call.invoked.f == "deposit" else "withdrawal"
    return f"{kind} {_number(call)} of {_value(call)['amount']}"


def _value(call: Call) -> dict[str, Any]:
    return dict(call.invoked.value)


def _number(call: Call) -> int:
    return int(_value(call)["number"])


def _amount(call: Call) -> int:
    """Return the amount as statements have it."""
    return int(_value(call)["amount"]) * (1 if call.invoked.f == "deposit" else -1)


def _fates(recording: Recording, lost: list[Call]) -> Iterator[Evidence]:
    """Yield who acknowledged each lost booking, and then who dropped the first of them."""
    for call in lost:
        yield told(call.last, f"{call.last.node} acknowledged {booking_text(call)}")
    for event in events_of(recording, "discarded"):
        if _number(lost[0]) in event.fields.get("numbers", ()):
            count = len(event.fields["numbers"])
            yield seen(
                event, f"discarded {count} bookings of term {event.fields.get('term')}, {_number(lost[0])} first,"
            )
            return


Problem = tuple[str, tuple[Evidence, ...]]


def _against_each_other(statements: list[Listed], longest: Listed) -> Iterator[Problem]:
    """Yield where statements differ other than by length, or list a booking twice."""
    for statement in statements:
        if statement.entries != longest.entries[: len(statement.entries)]:
            yield "the final statements differ", (statement.evidence(), longest.evidence())
        if len(statement.numbers) < len(statement.entries):
            yield "a booking is listed twice", (statement.evidence(),)


def _against_clients(recording: Recording, statement: Listed, opening: int) -> Iterator[Problem]:
    """Yield the answers that do not fit the statement: refused ones in it, wrong balances, an order against time."""
    balances = list(accumulate((amount for _booking, amount in statement.entries), initial=opening))
    highest: list[tuple[int, int, Call]] = []  # (completed at, place): the highest place that was shown until then.
    for call in sorted(_answered(recording), key=lambda call: call.last.time):
        place, balance = int(call.result["place"]), int(call.result["balance"])
        what = _said(call, place, balance)
        if place >= len(balances) or balances[place] != balance:
            yield f"the statement does not explain an answer: {what}", (told(call.last, what), statement.evidence())
        before = [one for one in highest if one[0] < call.invoked.time]
        if before and place < before[-1][1] + (call.invoked.f in BOOKINGS):
            earlier = _said(before[-1][2], before[-1][1], int(before[-1][2].result["balance"]))
            yield f"an answer goes back in time: {what}", (told(before[-1][2].last, earlier), told(call.last, what))
        if not highest or place > highest[-1][1]:
            highest.append((call.last.time, place, call))
    for call in bookings_of(recording):
        if call.outcome == "fail" and _number(call) in statement.numbers:
            what = f"{booking_text(call)} was refused, and is booked"
            yield what, (told(call.last, what), statement.evidence())


def _answered(recording: Recording) -> list[Call]:
    """Return the bookings and balances that were answered."""
    return [call for call in calls_of(recording) if call.invoked.f in (*BOOKINGS, "balance") and call.outcome == "ok"]


def _said(call: Call, place: int, balance: int) -> str:
    what = "the balance" if call.invoked.f == "balance" else booking_text(call)
    return f"{call.last.node} said of {what}: {balance} after {place} bookings"
