"""Convergence: when writes have stopped and all has healed, every copy says the same.

P. Bailis, A. Ghodsi, "Eventual Consistency Today" (CACM 2013): the liveness half of eventual consistency. The final
reads ask every node for every key, after the grace period; what a read never finished says nothing.
"""

from collections import defaultdict
from typing import Any, ClassVar

from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.check import Judgement, failed, passed, unknown
from chaosctl.checkers.facts import key_of, told, value_text
from chaosctl.history.lineage import values_of
from chaosctl.history.recording import Recording

FEWEST_COPIES = 2
"""One answer agrees with itself."""


class Convergence:
    """In the end every node answers a read of a key alike, and a register with what somebody wrote."""

    needs: ClassVar[tuple[str, ...]] = ("f:read", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the final reads of every key."""
        calls = calls_of(recording)
        writes = [call.invoked.value for call in calls if call.invoked.f == "write"]
        written = {(key_of(key), key_of(value)) for key, value in writes}
        is_register = not any(call.invoked.f in ("add", "increment") for call in calls)
        answers: dict[bytes, list[Call]] = defaultdict(list)
        for call in calls:
            if call.invoked.f == "read" and call.invoked.final and call.completed is not None and call.outcome == "ok":
                answers[key_of(call.invoked.value[0])].append(call)
        for copies in answers.values():
            if apart := next((call for call in copies if _value(call) != _value(copies[0])), None):
                why = f"copies differ in the end: {_said(copies[0])}, {_said(apart)}"
                return failed(why, _told(copies[0]), _told(apart))
            if is_register and not _are_written(copies[0], written):
                return failed(f"nobody wrote what all copies have in the end: {_said(copies[0])}", _told(copies[0]))
        compared = [
            copies for copies in answers.values() if len({call.invoked.node for call in copies}) >= FEWEST_COPIES
        ]
        if not compared:
            return unknown("no key was read through two nodes in the end")
        return passed("all copies were equal in the end", keys=len(compared))


def _value(call: Call) -> Any:
    return call.result[1]


def _are_written(read: Call, written: set[tuple[bytes, bytes]]) -> bool:
    """Return whether somebody wrote what a read of a register showed, each sibling of several."""
    return {(key_of(read.result[0]), value) for value in values_of(_value(read))} <= written


def _said(call: Call) -> str:
    return f"{call.invoked.node} says {value_text(_value(call))} for key {value_text(call.result[0])}"


def _told(call: Call) -> Any:
    assert call.completed is not None, "only a call that ended has an answer"
    return told(call.completed, _said(call))
