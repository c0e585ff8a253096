"""Leases: no two nodes hold the lease at a time.

C. Gray, D. Cheriton, "Leases" (SOSP 1989), section 3.1. It rests on clocks; that work is done in the order of its
tokens (`one-effective-leader`) does not.
"""

from typing import ClassVar

from chaosctl.checkers.check import Judgement, failed, passed
from chaosctl.checkers.facts import seen, term_of
from chaosctl.checkers.leaders import DEATHS
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event
from chaosctl.node.messages import RUNNER


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
