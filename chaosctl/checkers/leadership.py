"""Leadership by its effect and as clients saw it, and whether there is a leader in the end.

M. Kleppmann, "How to do distributed locking" (2016): who believes to lead matters less than what the resource takes.
"""

from typing import ClassVar

from chaosctl.checkers.check import Evidence, Judgement, failed, passed, unknown
from chaosctl.checkers.facts import at, events_of, seen, told
from chaosctl.checkers.leaders import changes_of, down_at, end_span_ns, leading_between
from chaosctl.history.recording import Recording
from chaosctl.history.records import Operation


class OneEffectiveLeader:
    """A deposed leader has no effect: no work is done under a term once any was under a higher one.

    Where clients ask who leads, and no work is done: they never see the term go back, and one term names one leader.
    """

    needs: ClassVar[tuple[str, ...]] = ("ok:who-leads|work",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording, by damage where there is work, else by what clients were told."""
        is_work = any(row.f == "work" for row in recording.operations)
        return _judge_work(recording) if is_work else _judge_answers(recording)


class LeaderInTheEnd:
    """When all has healed and the grace period, the bound that a pattern declares, is over, one node leads, not two."""

    needs: ClassVar[tuple[str, ...]] = ("complete",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording: at some instant of its end exactly one live node leads."""
        declared = recording.declared
        if declared.leader_event is None:
            return unknown("the experiment declares no event that makes a leader")
        if not events_of(recording):
            return unknown("the nodes emitted no events")
        start_ns = declared.end_ns - end_span_ns(recording)
        sets = leading_between(changes_of(recording), start_ns, declared.end_ns)
        if any(len(leading) == 1 for leading in sets):
            return passed("one node led in the end")
        if down := down_at(recording, declared.end_ns):
            return unknown(f"{', '.join(sorted(down))} did not run in the end, and no leader is promised without")
        if leading := max(sets, key=len):
            evidence = (
                seen(event, f"became leader ({event.fields}), and said no word of its end")
                for event in leading.values()
            )
            return failed(f"{' and '.join(sorted(leading))} lead at once in the end", *evidence)
        last = events_of(recording, declared.leader_event)[-1:]
        evidence = (
            seen(event, "became leader for the last time in the run, and led no longer in the end") for event in last
        )
        return failed(f"nobody leads in the end, {at(declared.end_ns)}", *evidence)


def _judge_work(recording: Recording) -> Judgement:
    """Judge what clients were told, and what the resource says of the work that nobody heard of, by its order."""
    work = [
        (int(row.value["position"]), int(row.value["token"]), _done(row.value, told(row, "")))
        for row in recording.operations
        if row.f == "work" and row.type == "ok"
    ]
    work += [
        (int(event.fields["position"]), int(event.fields["token"]), _done(event.fields, seen(event, "")))
        for event in events_of(recording, "written")
    ]
    work.sort(key=lambda done: done[0])
    highest = work[0]
    for done in work:
        if done[1] < highest[1]:
            why = f"work was done under token {done[1]} after token {highest[1]} had been there"
            return failed(why, highest[2], done[2])
        highest = max(highest, done, key=lambda one: one[1])
    return passed("all work was done in the order of the tokens", work=len({done[0] for done in work}))


def _judge_answers(recording: Recording) -> Judgement:
    """Judge that an operation invoked after another completed sees no lower term."""
    newest: Operation | None = None
    known_at_invoke: dict[int, Operation | None] = {}
    leaders: dict[int, Operation] = {}
    for row in recording.operations:
        if row.f != "who-leads":
            continue
        if row.type == "invoke":
            known_at_invoke[row.process] = newest
        elif row.type == "ok" and row.process in known_at_invoke:
            known = known_at_invoke.pop(row.process)
            same = leaders.setdefault(_term(row), row)
            if same.value["leader"] != row.value["leader"]:
                return failed(f"term {_term(row)} has two leaders, clients were told", _answer(same), _answer(row))
            if known is not None and _term(row) < _term(known):
                why = f"a deposed leader was confirmed: term {_term(row)} after term {_term(known)} was seen"
                return failed(why, _answer(known), _answer(row))
            if newest is None or _term(row) > _term(newest):
                newest = row
    return passed("no client was told of a deposed leader", terms=len(leaders))


def _term(row: Operation) -> int:
    return int(row.value["term"])


def _answer(row: Operation) -> Evidence:
    who = row.client or f"process {row.process}"
    return told(row, f"{who} was told by {row.node or 'a node'}: {row.value['leader']} leads term {_term(row)},")


def _done(work: dict[str, object], source: Evidence) -> Evidence:
    assert source.time_ns is not None, "what was seen has its time"
    text = f"{work['holder']} did work {work['position']} under token {work['token']}, {at(source.time_ns)}"
    return Evidence(text, source.operations, source.events, time_ns=source.time_ns)
