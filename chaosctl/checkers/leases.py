"""Leases: the work is done in the order of the tokens, and no two nodes hold the lease at a time.

M. Kleppmann, "How to do distributed locking" (2016): of the two only the first is safe without trust in clocks.
"""

from typing import ClassVar

from chaosctl.checkers.check import Evidence, Judgement, failed, passed
from chaosctl.checkers.facts import at, events_of, seen, term_of, told
from chaosctl.checkers.leaders import DEATHS
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event
from chaosctl.node.messages import RUNNER


class FencingOrder:
    """Once the resource has done work under a token, it does none under a lower one."""

    needs: ClassVar[tuple[str, ...]] = ("ok:work",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on what clients were told, and what the resource says of the work that nobody heard of."""
        work = [
            (int(row.value["position"]), int(row.value["token"]), _answer(row.value, told(row, "")))
            for row in recording.operations
            if row.f == "work" and row.type == "ok"
        ]
        work += [
            (int(event.fields["position"]), int(event.fields["token"]), _answer(event.fields, seen(event, "")))
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


class LeasesDisjoint:
    """No node begins to hold the lease before every other one has stopped, or must have by what it was granted.

    An event that makes a holder says how long that may last at most (`at_most`, in true seconds).
    """

    needs: ClassVar[tuple[str, ...]] = ("events:became_leader",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording, by the time at which the runner heard of each fact.

        A dead incarnation holds nothing: it can use its lease no more, and what it sent before is fenced.
        """
        held: dict[str, tuple[Event, int]] = {}
        dead: set[tuple[str, int]] = set()
        leases = 0
        for event in recording.events:
            held = {node: lease for node, lease in held.items() if lease[1] > event.time}
            if event.role == RUNNER and event.event in DEATHS:
                dead.add((event.node, int(event.fields.get("incarnation", 0))))
                held.pop(event.node, None)
            elif event.event == "stepped_down":
                held.pop(event.node, None)
            if event.event not in ("became_leader", "renewed") or (event.node, event.incarnation) in dead:
                continue
            leases += 1
            if others := [lease for node, lease in held.items() if node != event.node]:
                other, until_ns = others[0]
                why = f"{event.node} held the lease under token {term_of(event)} while {other.node} still did"
                earlier = f"held it under token {term_of(other)} until {until_ns / 1e9:.3f} s, from"
                return failed(why, seen(other, earlier), seen(event, f"held it under token {term_of(event)}, from"))
            held[event.node] = (event, event.time + round(float(event.fields["at_most"]) * 1e9))
        return passed("no two nodes held the lease at a time", leases=leases)


def _answer(done: dict[str, object], source: Evidence) -> Evidence:
    assert source.time_ns is not None, "what was seen has its time"
    text = f"{done['holder']} did work {done['position']} under token {done['token']}, {at(source.time_ns)}"
    return Evidence(text, source.operations, source.events, time_ns=source.time_ns)
