"""States of transactions and messages: on each node they only move forward, along what the pattern declares.

A state is what an event says: its name, with the decision where it has one, and `back` where it is a compensation's.
A pattern declares for each state all that may ever follow it, so that what was lost in between (an event that is not
durable) convicts nobody. X/Open, "Distributed Transaction Processing: The XA Specification" (1991), chapter 6, has such
tables for XA.
"""

from collections import defaultdict
from typing import ClassVar

from chaosctl.checkers.check import Judgement, failed, passed, unknown
from chaosctl.checkers.facts import by_node, events_of, seen
from chaosctl.checkers.ledger import forgetful_nodes
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event

BACK = "back"
"""What stands behind the name of a transfer, after a slash, in that of its compensation."""

Said = tuple[str, Event]
"""A state, and the event that says it."""


class MonotoneStates:
    """What a node says of a transaction or a message only moves forward: no confirm after a cancel, no end twice.

    The order is the pattern's own (`states`); an earlier state that a disk forgot may come again.
    """

    needs: ClassVar[tuple[str, ...]] = ()

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        order = recording.declared.states
        if not order:
            return unknown("the pattern does not declare which state may follow which")
        histories, forgetful = _histories(recording), forgetful_nodes(recording)
        if not histories:
            return unknown("no node said anything of a transaction or a message")
        doubtful = ""
        for (node, subject), said in histories.items():
            if (pair := _step_back(said, order)) is not None:
                earlier, later = pair
                why = f"{node} said of {subject} that it was {state_of(earlier)}, and then {state_of(later)}"
                if node not in forgetful:
                    return failed(why, *(seen(event, f"said of {subject}: {state_of(event)}") for event in pair))
                doubtful = f"{why}, but its disk may have forgotten the first"
        if doubtful:
            return unknown(doubtful)
        return passed("no state ever went back", histories=len(histories))


def state_of(event: Event) -> str:
    """Return the state that an event says something is in."""
    part = _name(event).partition("/")[2]
    words = [event.event, str(event.fields.get("decision", "")), BACK if part == BACK else ""]
    return " ".join(word for word in words if word)


def _name(event: Event) -> str:
    """Return the name of what an event is about: a message's own, else the transaction's."""
    return str(event.fields.get("message", event.fields.get("gid", "")))


def _histories(recording: Recording) -> dict[tuple[str, str], list[Said]]:
    """Return what each node said of each transfer and message, in its own order; what repairs one is none of it."""
    order = recording.declared.states
    names = {state.partition(" ")[0] for state in order}
    histories: defaultdict[tuple[str, str], list[Said]] = defaultdict(list)
    for node, events in by_node(events_of(recording, *sorted(names))).items():
        for event in events:
            subject, _, part = _name(event).partition("/")
            if subject and part in ("", BACK) and (state := state_of(event)) in order:
                histories[node, subject].append((state, event))
    return dict(histories)


def _step_back(said: list[Said], order: dict[str, tuple[str, ...]]) -> tuple[Event, Event] | None:
    """Return the first event that may not follow an earlier one, after that one; each role's are a history apart."""
    first: dict[tuple[str, str], Event] = {}
    for state, later in said:
        for (role, before), earlier in first.items():
            if role == later.role and state not in order[before]:
                return earlier, later
        first.setdefault((later.role, state), later)
    return None
