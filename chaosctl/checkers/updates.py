"""Acknowledged updates are there in the end, and what was removed stays removed (for stores that promise it).

For objects whose updates merge: M. Shapiro and others, "Conflict-free Replicated Data Types" (2011), section 2.2; and
for registers with siblings, G. DeCandia and others, "Dynamo" (2007), section 4.4: "writes are never lost". A register
of which the last writer wins promises no such thing: there the figure `lost-updates` counts.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.check import Judgement, failed, passed, unknown
from chaosctl.checkers.facts import events_of, key_of, told, value_text
from chaosctl.checkers.leaders import down_at
from chaosctl.history.lineage import final_values, kept_values
from chaosctl.history.recording import Recording

MOST_SHOWN = 3
"""Of lost updates so many are shown."""


class NoLostUpdate:
    """Every acknowledged update is in the final reads, or was replaced or removed by somebody who had seen it.

    Sets: an added element that nobody asked to remove is there. Counters: the value is the sum of what was
    acknowledged, and of any part of what was left unanswered. Registers: by what the store tells (`replaced`).
    """

    needs: ClassVar[tuple[str, ...]] = ("f:read", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the final reads."""
        calls = calls_of(recording)
        finals = [call for call in calls if call.invoked.final and call.invoked.f == "read" and call.outcome == "ok"]
        acked = [call for call in calls if call.outcome == "ok" and call.invoked.f in ("add", "increment", "write")]
        if not finals:
            return unknown("nothing was read in the end")
        if not acked:
            return unknown("no update was acknowledged")
        if any(call.invoked.f == "write" for call in acked) and not events_of(recording, "replaced"):
            return unknown("the store does not tell which values a write replaced")
        lost = [*_lost_elements(calls, finals), *_lost_writes(recording, acked), *_wrong_sums(calls, finals)]
        if lost and (down := down_at(recording, recording.declared.end_ns)):
            return unknown(f"{', '.join(sorted(down))} did not run in the end, and may have what is missing")
        if lost:
            _, why = lost[0]
            shown = [told(each.last, text) for each, text in lost[:MOST_SHOWN]]
            return failed(f"{why} ({len(lost)} such)" if len(lost) > 1 else why, *shown, lost=len(lost))
        return passed("every acknowledged update is there", updates=len(acked))


class NoResurrection:
    """An element whose removal was acknowledged, and that was added once, is in no final read."""

    needs: ClassVar[tuple[str, ...]] = ("ok:remove", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the final reads."""
        calls = calls_of(recording)
        added = Counter(key_of(call.invoked.value) for call in calls if call.invoked.f == "add")
        removed = {
            key_of(call.invoked.value): call
            for call in calls
            if call.invoked.f == "remove" and call.outcome == "ok" and added[key_of(call.invoked.value)] == 1
        }
        finals = [call for call in calls if call.invoked.final and call.invoked.f == "read" and call.outcome == "ok"]
        if not removed or not finals:
            return unknown("no removal that could be looked for in the end")
        for read in finals:
            key, elements = read.result
            for element in elements or ():
                if remove := removed.get(key_of([key, element])):
                    why = f"{value_text(element)} was removed from {value_text(key)}, and is there in the end"
                    gone, back = told(remove.last, "the removal was acknowledged"), told(read.last, f"{_where(read)}")
                    return failed(f"{why}: {_where(read)}", gone, back)
        return passed("what was removed stayed removed", removals=len(removed))


Lost = Iterator[tuple[Call, str]]


def _lost_elements(calls: list[Call], finals: list[Call]) -> Lost:
    """Yield the added elements that nobody asked to remove, and that some final read lacks."""
    doomed = {key_of(call.invoked.value) for call in calls if call.invoked.f == "remove" and call.outcome != "fail"}
    for add in calls:
        if add.invoked.f != "add" or add.outcome != "ok" or key_of(add.invoked.value) in doomed:
            continue
        key, element = add.invoked.value
        for read in finals:
            if read.result[0] == key and element not in (read.result[1] or ()):
                yield add, f"{value_text(element)} was added to {value_text(key)}, and is not there: {_where(read)}"
                break


def _lost_writes(recording: Recording, acked: list[Call]) -> Lost:
    """Yield the writes that are neither there in the end nor replaced, step by step, by what is."""
    writes = [call for call in acked if call.invoked.f == "write"]
    if not writes:
        return
    final = final_values(recording)
    kept = kept_values(final, events_of(recording, "replaced"))
    for write in writes:
        key, value = write.invoked.value
        if str(key) in final and (str(key), key_of(value)) not in kept:
            yield write, f"{value_text(value)} was written to {value_text(key)}, and nobody who had seen it replaced it"


def _wrong_sums(calls: list[Call], finals: list[Call]) -> Lost:
    """Yield the final reads of a counter that no set of increments explains."""
    increments = [call for call in calls if call.invoked.f == "increment" and call.outcome != "fail"]
    for read in finals if increments else ():
        key, value = read.result
        mine = [call for call in increments if call.invoked.value[0] == key]
        sure = sum(call.invoked.value[1] for call in mine if call.outcome == "ok")
        unsure = [call.invoked.value[1] for call in mine if call.outcome != "ok"]
        low, high = sure + sum(min(0, amount) for amount in unsure), sure + sum(max(0, amount) for amount in unsure)
        if not low <= (value or 0) <= high:
            expected = f"{sure}" if low == high else f"between {low} and {high}"
            yield read, f"{_where(read)}, and what was acknowledged sums up to {expected}"


def _where(read: Call) -> str:
    key, value = read.result
    return f"{read.invoked.node} says {_text(value)} of {value_text(key)}"


def _text(value: Any) -> str:
    return f"{len(value)} elements" if isinstance(value, list) else value_text(value)
