"""Consensus from what was accepted, learned and told to clients: one value, a client's, that never changes.

Leslie Lamport, "Paxos Made Simple" (2001), section 2.1. Chosen is what a quorum of acceptors accepted under one ballot,
whether anybody learned it or not: acceptances of one value under several ballots do not add up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from chaosctl.checkers.calls import calls_of
from chaosctl.checkers.check import Evidence, Judgement, failed, passed, unknown
from chaosctl.checkers.facts import (
    Ballot,
    ballot_of,
    ballot_text,
    by_node,
    events_of,
    key_of,
    seen,
    slot_of,
    told,
    value_text,
)
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event

SINGLE_DECREE = "consensus"
"""The workload whose answers are the chosen value itself."""


@dataclass(frozen=True)
class Choice:
    """A value of a slot that counts as decided, and what shows it."""

    slot: Any
    value: Any
    evidence: tuple[Evidence, ...]


class Agreement:
    """One value a slot: what a quorum accepted under one ballot, what was learned, what clients were told."""

    needs: ClassVar[tuple[str, ...]] = ()

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        decided: dict[Any, Choice] = {}
        count = 0
        for choice in (*_learned(recording), *_told(recording), *_chosen(recording)):
            count += 1
            first = decided.setdefault(choice.slot, choice)
            if key_of(first.value) != key_of(choice.value):
                why = f"slot {choice.slot} has two values: {value_text(first.value)} and {value_text(choice.value)}"
                return failed(why, *first.evidence, *choice.evidence)
        if not decided:
            return unknown("nothing was chosen")
        return passed("one value in every slot", slots=len(decided), choices=count)


class Validity:
    """Only a value that a client proposed is chosen, learned, or told to a client."""

    needs: ClassVar[tuple[str, ...]] = ("f:propose", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        proposed = {key_of(call.invoked.value) for call in calls_of(recording, "propose")}
        choices = [*_learned(recording), *_told(recording), *_chosen(recording)]
        for choice in choices:
            if key_of(choice.value) not in proposed:
                return failed(f"nobody proposed {value_text(choice.value)}", *choice.evidence)
        if not choices:
            return unknown("nothing was chosen")
        return passed("every value was a client's", choices=len(choices), proposed=len(proposed))


class Integrity:
    """Who has learned a value never learns another one for that slot, not even after a restart."""

    needs: ClassVar[tuple[str, ...]] = ("events:learned",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording: each learner alone, and each proposer that saw its value chosen."""
        events = events_of(recording, "learned", "chosen_seen")
        for emitted in by_node(events).values():
            first: dict[tuple[str, Any], Event] = {}
            for event in emitted:
                before = first.setdefault((event.role, slot_of(event)), event)
                if _value(before) != _value(event):
                    values = f"{value_text(before.fields['value'])} to {value_text(event.fields['value'])}"
                    return failed(f"{event.node} changed its mind from {values}", _learning(before), _learning(event))
        return passed("nobody changed a learned value", learned=len(events))


class LearnedIsChosen:
    """What is learned had been accepted by a quorum of acceptors under one ballot before."""

    needs: ClassVar[tuple[str, ...]] = ("quorum", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording.

        Here the order of reading does prove something: an acceptor's event leaves it before the message that tells of
        it, both on one line of output, and the runner carries every message.
        """
        quorum = recording.declared.quorum
        assert quorum is not None, "the verdict asks for a declared quorum first"
        accepted: Acceptances = {}
        learned = 0
        for event in events_of(recording, "accepted", "learned", "chosen_seen"):
            if event.event == "accepted":
                _note(accepted, event, recording)
                continue
            learned += 1
            like = {key: by for key, by in accepted.items() if (key[0], key[2]) == (slot_of(event), _value(event))}
            if all(len(acceptors) < quorum for acceptors in like.values()):
                evidence = (_acceptance(one) for _key, by in _by_ballot(like) for one in by.values())
                why = f"{value_text(event.fields['value'])} was learned before any ballot had {quorum} acceptors for it"
                return failed(why, *evidence, _learning(event))
        if not learned:
            return unknown("nothing was learned")
        return passed("whatever was learned had been chosen", learned=learned)


Acceptances = dict[tuple[Any, Ballot, bytes], dict[str, Event]]
"""By (slot, ballot, value): which acceptors accepted it, each with its first event."""


def _acceptances(recording: Recording) -> Acceptances:
    accepted: Acceptances = {}
    for event in events_of(recording, "accepted"):
        _note(accepted, event, recording)
    return accepted


def _note(accepted: Acceptances, event: Event, recording: Recording) -> None:
    """Count an acceptance, if it is one of an acceptor's: the declared hosts of the role that emitted it."""
    if event.node in recording.declared.placement.get(event.role, recording.declared.nodes):
        accepted.setdefault((slot_of(event), ballot_of(event), _value(event)), {}).setdefault(event.node, event)


def _by_ballot(accepted: Acceptances) -> list[tuple[tuple[Any, Ballot, bytes], dict[str, Event]]]:
    """Return acceptances in the order of their ballots, for evidence that reads from the first to the last."""
    return sorted(accepted.items(), key=lambda item: item[0][1])


def _value(event: Event) -> bytes:
    return key_of(event.fields["value"])


def _chosen(recording: Recording) -> Iterator[Choice]:
    """Yield what a quorum accepted under one ballot; nothing where no quorum is declared."""
    quorum = recording.declared.quorum
    if quorum is None:
        return
    for (slot, _ballot, _value), acceptors in _by_ballot(_acceptances(recording)):
        if len(acceptors) >= quorum:
            events = list(acceptors.values())[:quorum]
            yield Choice(slot, events[0].fields["value"], tuple(_acceptance(event) for event in events))


def _learned(recording: Recording) -> Iterator[Choice]:
    for event in events_of(recording, "learned", "chosen_seen"):
        yield Choice(slot_of(event), event.fields["value"], (_learning(event),))


def _told(recording: Recording) -> Iterator[Choice]:
    """Yield what clients of a single decree were told; a learner that knows nothing says null."""
    if recording.declared.workload != SINGLE_DECREE:
        return
    for call in calls_of(recording):
        if call.completed is not None and call.result is not None:
            row = call.completed
            who = row.client or f"process {row.process}"
            text = f"{who} was told by {row.node or 'a node'} that {value_text(row.value)} is chosen,"
            yield Choice(0, row.value, (told(row, text),))


def _learning(event: Event) -> Evidence:
    how = "learned" if event.event == "learned" else "saw chosen"
    return seen(event, f"{how} {value_text(event.fields['value'])}{_under(event)}")


def _acceptance(event: Event) -> Evidence:
    return seen(event, f"accepted {value_text(event.fields['value'])}{_under(event)}")


def _under(event: Event) -> str:
    return f" under ballot {ballot_text(ballot_of(event))}" if "ballot" in event.fields else ""
