"""Unique ids: nobody is ever given an id that somebody was given before."""

from collections import defaultdict
from typing import ClassVar

from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.check import Judgement, failed, passed
from chaosctl.checkers.facts import key_of, told, value_text
from chaosctl.history.recording import Recording


class UniqueIds:
    """No two completed `generate` were answered with equal ids; `1` and `"1"` are different ones."""

    needs: ClassVar[tuple[str, ...]] = ("ok:generate",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        given: dict[bytes, list[Call]] = defaultdict(list)
        for call in calls_of(recording, "generate"):
            if call.outcome == "ok":
                given[key_of(call.result)].append(call)
        twice = [calls for calls in given.values() if len(calls) > 1]
        counts = {"ids": len(given), "given_twice": len(twice)}
        if not twice:
            return passed("no id was given twice", **counts)
        first = [told(call.last, f"{call.last.node} gave {value_text(call.result)}") for call in twice[0][:2]]
        why = f"{value_text(twice[0][0].result)} was given {len(twice[0])} times"
        return failed(
            f"{why}, and {len(twice) - 1} other ids more than once" if len(twice) > 1 else why, *first, **counts
        )
