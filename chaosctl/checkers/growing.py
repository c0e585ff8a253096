"""Objects that only gather: no element lost, doubled or made up; no sum that the adds don't explain, in any read.

`set-full` is Jepsen's of that name (jepsen.checker/set-full) without its holes: there an element that one node never
shows passes where another's read came later, and doubled and invented ones pass. `counter-sums` judges every read of a
counter, where Maelstrom's judges the final ones alone.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.check import Judgement, failed, passed, unknown
from chaosctl.checkers.facts import key_of, told, value_text
from chaosctl.history.recording import Recording

ADDS = ("add", "broadcast")
MOST_SHOWN = 3
"""Of elements and reads so many are shown."""

MOST_SUMS = 100_000
"""So many sums of unanswered adds are told apart; a workload's small deltas never make as many."""

PLAIN = {int, str}
"""Types whose equal values are equal JSON, and no others."""


class SetFull:
    """What was acknowledged or shown is in every final read; no read has an element twice, or one that nobody added.

    Elements that a read lacks although they were known before it began are counted as `stale`, with the time until
    the last such read (`stable_ms`); they fail nothing: `linearizable` is for sets that promise more.
    """

    needs: ClassVar[tuple[str, ...]] = ("f:read", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on all reads, and on what the final ones lack."""
        calls = calls_of(recording)
        adds = [call for call in calls if call.invoked.f in ADDS]
        reads = [call for call in calls if call.invoked.f == "read" and call.outcome == "ok"]
        if wrong := _first_wrong_read(adds, reads):
            return failed(wrong[1], told(wrong[0].last, f"{wrong[0].last.node} answered"))
        finals = [call for call in reads if call.invoked.final]
        if missing := _why_not_all_read(recording, finals):
            return unknown(missing)
        known = _known(adds, reads)
        if not any(call.outcome == "ok" for call in adds):
            return unknown("nothing was acknowledged as added")
        lost: dict[Any, Call] = {}
        for read in finals:
            for element in known.keys() - _elements(read.result):
                lost.setdefault(element, read)
        counts = {"elements": len(known), "lost": len(lost)} | _staleness(known, reads)
        if not lost:
            return passed("all that was added is in every final read", **counts)
        by_element = {_key(call.invoked.value): call for call in adds}
        shown = []
        for element, read in list(lost.items())[:MOST_SHOWN]:
            add = by_element[element]
            was = "was acknowledged" if add.outcome == "ok" else "had been shown by a read"
            shown += [
                told(add.last, f"{value_text(add.invoked.value)}, sent to {add.invoked.node}, {was}"),
                told(read.last, f"{read.last.node} does not have it in the end"),
            ]
        node, first = next(iter(lost.values())).last.node, by_element[next(iter(lost))].invoked.value
        return failed(f"{len(lost)} of {len(known)} elements are lost, {value_text(first)} on {node}", *shown, **counts)


class CounterSums:
    """Every read of a counter is a sum of adds that were asked for by then; a final one has all that were acknowledged.

    Adds without an answer may count or not; refused ones never do. A read meanwhile may lack any of them.
    """

    needs: ClassVar[tuple[str, ...]] = ("f:read", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on all reads."""
        calls = calls_of(recording)
        adds = [call for call in calls if call.invoked.f == "add" and call.outcome != "fail"]
        reads = [call for call in calls if call.invoked.f == "read" and call.outcome == "ok"]
        if not any(call.outcome == "ok" for call in adds):
            return unknown("nothing was acknowledged as added")
        for read in reads:
            asked = [call.invoked.value for call in adds if call.invoked.time <= read.last.time]
            low, high = sum(min(0, delta) for delta in asked), sum(max(0, delta) for delta in asked)
            if not low <= read.result <= high:
                why = f"a read shows {read.result}, and by then all adds made between {low} and {high}"
                return failed(why, told(read.last, f"{read.last.node} answered {read.result}"))
        finals = [call for call in reads if call.invoked.final]
        if missing := _why_not_all_read(recording, finals):
            return unknown(missing)
        sure = sum(call.invoked.value for call in adds if call.outcome == "ok")
        reachable = _sums(sure, [call.invoked.value for call in adds if call.outcome != "ok"])
        counts = {"adds": len(adds), "reads": len(reads)}
        if reachable is None:
            return unknown(f"adds without an answer make more than {MOST_SUMS} sums: too many to try", **counts)
        for read in finals:
            if read.result not in reachable:
                more = f", or up to {len(reachable) - 1} other sums" if len(reachable) > 1 else ""
                why = f"in the end {read.last.node} says {read.result}, and what was acknowledged makes {sure}{more}"
                return failed(why, told(read.last, f"{read.last.node} answered {read.result}"), **counts)
        return passed("every read is a sum of what was added", **counts)


def _first_wrong_read(adds: list[Call], reads: list[Call]) -> tuple[Call, str] | None:
    """Return the first read with an element twice, or with one that nobody had asked to add by then, and why."""
    asked: dict[Any, int] = {}
    refused = {_key(call.invoked.value) for call in adds if call.outcome == "fail"}
    for call in adds:
        asked.setdefault(_key(call.invoked.value), call.invoked.time)
        if call.outcome != "fail":
            refused.discard(_key(call.invoked.value))
    fine: set[Any] = set()
    for read in sorted(reads, key=lambda read: read.last.time):
        elements = _elements(read.result)
        if len(elements) != len(read.result):
            return read, f"{_doubled(read.result)} is twice in one read of {read.last.node}"
        for element in elements - fine:
            if element not in asked or asked[element] > read.last.time:
                return read, f"{read.last.node} shows {_text(element)}, which nobody had added"
            if element in refused:
                return read, f"{read.last.node} shows {_text(element)}, whose adding was refused"
        fine |= elements
    return None


def _why_not_all_read(recording: Recording, finals: list[Call]) -> str:
    """Return why the final reads don't show what there is in the end; empty where they do."""
    asked = {row.node for row in recording.operations if row.final}
    unread = sorted((asked or set(recording.declared.nodes)) - {read.last.node for read in finals})
    return f"{', '.join(unread)} answered no read in the end" if unread else ""


def _known(adds: list[Call], reads: list[Call]) -> dict[Any, int]:
    """Return since when each element is known: acknowledged, or shown by a read."""
    known = {_key(call.invoked.value): call.last.time for call in adds if call.outcome == "ok"}
    shown: set[Any] = set()
    for read in sorted(reads, key=lambda read: read.last.time):
        new = _elements(read.result) - shown
        shown |= new
        for element in new:
            known[element] = min(known.get(element, read.last.time), read.last.time)
    return known


def _staleness(known: dict[Any, int], reads: list[Call]) -> dict[str, int]:
    """Return how many elements some read lacked after they were known, and how long that went on, by quantiles."""
    waiting = sorted(known, key=lambda element: known[element], reverse=True)
    so_far: set[Any] = set()
    lacked_ns: dict[Any, int] = {}
    for read in sorted(reads, key=lambda read: read.invoked.time):
        while waiting and known[waiting[-1]] < read.invoked.time:
            so_far.add(waiting.pop())
        lacked_ns |= dict.fromkeys(so_far - _elements(read.result), read.invoked.time)
    stable_ms = sorted((lacked_ns.get(element, since) - since) // 1_000_000 for element, since in known.items())
    quantiles = {name: stable_ms[min(len(stable_ms) - 1, int(part * len(stable_ms)))] for name, part in QUANTILES}
    return {"stale": len(lacked_ns)} | {f"stable_ms_{name}": value for name, value in quantiles.items()}


QUANTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))


def _sums(sure: int, unsure: list[int]) -> set[int] | None:
    """Return every sum of what is sure and some of the rest; None where these are more than MOST_SUMS."""
    reachable = {sure}
    for delta in unsure:
        reachable |= {value + delta for value in reachable}
        if len(reachable) > MOST_SUMS:
            return None
    return reachable


def _elements(shown: list[Any]) -> set[Any]:
    """Return a read's elements as keys; plain ones, the usual case, without a loop of ours."""
    return set(shown) if set(map(type, shown)) <= PLAIN else set(map(_key, shown))


def _key(element: Any) -> Any:
    return element if type(element) in PLAIN else key_of(element)


def _text(key: Any) -> str:
    return key.decode() if isinstance(key, bytes) else value_text(key)


def _doubled(shown: Iterable[Any]) -> str:
    seen: set[Any] = set()
    for element in shown:
        if _key(element) in seen:
            return value_text(element)
        seen.add(_key(element))
    raise AssertionError("some element is there twice")
