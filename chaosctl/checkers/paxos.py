"""The rules of Paxos for acceptors and proposers, from what they emitted: promises kept, ballots used once.

Leslie Lamport, "Paxos Made Simple" (2001), section 2.2: P1a (an acceptor accepts a proposal numbered n only if it has
not answered a prepare with a number above n), and proposal numbers that no two proposals share.
"""

from typing import Any, ClassVar

from chaosctl.checkers.check import Judgement, failed, passed
from chaosctl.checkers.facts import (
    Ballot,
    ballot_of,
    ballot_text,
    by_node,
    events_of,
    incarnation_of,
    key_of,
    seen,
    slot_of,
    value_text,
)
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event

EVERY_SLOT = object()
"""Of a promise that names no slot: Multi-Paxos promises for all at once, and a single decree has but one."""


class PromiseKept:
    """Having promised a ballot, an acceptor accepts nothing below it, not even after a restart."""

    needs: ClassVar[tuple[str, ...]] = ("events:promised", "events:accepted")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; a promise below another one breaks nothing and raises nothing."""
        accepted = 0
        for node, emitted in by_node(events_of(recording, "promised", "accepted")).items():
            highest: dict[Any, Event] = {}
            for event in emitted:
                if event.event == "promised":
                    place = event.fields.get("slot", EVERY_SLOT)
                    if place not in highest or ballot_of(highest[place]) < ballot_of(event):
                        highest[place] = event
                    continue
                accepted += 1
                promises = [highest[place] for place in (slot_of(event), EVERY_SLOT) if place in highest]
                promise = max(promises, key=ballot_of, default=None)
                if promise is not None and ballot_of(event) < ballot_of(promise):
                    promised, below = ballot_text(ballot_of(promise)), ballot_text(ballot_of(event))
                    why = f"{node} accepted ballot {below} after it had promised {promised}"
                    text = f"accepted {value_text(event.fields['value'])} under ballot {below}"
                    return failed(why, seen(promise, f"promised ballot {promised}"), seen(event, text))
        return passed("nothing was accepted below a promise", accepted=accepted)


class OneValueABallot:
    """A ballot is one proposer's, for one value: nobody uses it twice, not even after a restart."""

    needs: ClassVar[tuple[str, ...]] = ("events:proposed",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; what acceptors accepted under a ballot must be its value as well."""
        proposals: dict[tuple[Any, Ballot], Event] = {}
        for event in events_of(recording, "proposed"):
            first = proposals.setdefault((slot_of(event), ballot_of(event)), event)
            if not _is_same_proposal(first, event):
                return _reused(first, event)
        values: dict[tuple[Any, Ballot], Event] = dict(proposals)
        for event in events_of(recording, "accepted"):
            first = values.setdefault((slot_of(event), ballot_of(event)), event)
            if key_of(first.fields["value"]) != key_of(event.fields["value"]):
                return _reused(first, event)
        return passed("every ballot had one proposer and one value", ballots=len(proposals))


def _is_same_proposal(first: Event, second: Event) -> bool:
    """Return whether two proposals of one ballot are the same one told twice."""
    return (first.node, incarnation_of(first), key_of(first.fields["value"])) == (
        second.node,
        incarnation_of(second),
        key_of(second.fields["value"]),
    )


def _reused(first: Event, second: Event) -> Judgement:
    ballot = ballot_text(ballot_of(first))
    evidence = (
        seen(event, f"{event.event} {value_text(event.fields['value'])} under ballot {ballot}")
        for event in (first, second)
    )
    return failed(f"ballot {ballot} was used twice", *evidence)
