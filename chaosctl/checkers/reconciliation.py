"""Reconciliation finds exactly what is wrong: every discrepancy that was injected, and no other (reference I9).

A discrepancy is a transfer and what is wrong with it (`kind`). It may be reported as often as it is looked at, and must
be repaired once. A disk that forgets is a source of discrepancies too, and nobody tells which. What a message broker
acknowledged and never delivered is missing, though nobody injected that.
"""

from typing import ClassVar

from chaosctl.checkers.check import Judgement, failed, passed, unknown
from chaosctl.checkers.facts import events_of, seen
from chaosctl.checkers.ledger import forgetful_nodes, settled_by_ns, unfinished
from chaosctl.history.acknowledged import acknowledged_of
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event

Discrepancy = tuple[str, str]
"""Which message, and what is wrong with it."""


class ReconcilesExactly:
    """The reconciler reports every discrepancy that was injected and no other, and repairs none twice."""

    needs: ClassVar[tuple[str, ...]] = ("events:committed", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; what was injected after the load had no time to be found."""
        injected, found = first_of(recording, "damaged"), first_of(recording, "discrepancy")
        settled_ns = settled_by_ns(recording)
        missed = [event for one, event in injected.items() if one not in found and event.time <= settled_ns]
        wrong = injected.keys() | _lost(recording)
        false = [event for one, event in found.items() if one not in wrong]
        counts = {"injected": len(injected), "found": len(found), "missed": len(missed), "false": len(false)}
        if (twice := _repaired_twice(recording)) is not None:
            return failed(f"{_text(twice)} was repaired twice", seen(twice, f"repaired {_text(twice)}"), **counts)
        if not (missed or false):
            lost = "what a message broker lost was found, and nothing else" if found else "none was reported"
            return passed("what was injected was found, and nothing else" if injected else lost, **counts)
        if forgetful := forgetful_nodes(recording):
            nodes = ", ".join(sorted(forgetful))
            return unknown(f"the disk of {nodes} forgot something, and nobody knows what", **counts)
        if false:
            why = f"{false[0].node} reports {_text(false[0])}, and nothing is wrong with it"
            return failed(why, seen(false[0], f"reported {_text(false[0])}"), **counts)
        if excuse := unfinished(recording):
            return unknown(f"{_text(missed[0])} was not found, but {excuse}", **counts)
        why = f"{_text(missed[0])} was never found"
        return failed(why, seen(missed[0], f"was damaged: {_text(missed[0])}"), **counts)


def _lost(recording: Recording) -> set[Discrepancy]:
    """Return what a message broker acknowledged and never delivered."""
    never = [message for message in acknowledged_of(recording) if message.taken is None]
    return {(message.name.partition("/again")[0], "missing") for message in never}


def _repaired_twice(recording: Recording) -> Event | None:
    """Return the first repair of what was repaired before."""
    done: set[Discrepancy] = set()
    for event in events_of(recording, "repaired"):
        if _what(event) in done:
            return event
        done.add(_what(event))
    return None


def first_of(recording: Recording, name: str) -> dict[Discrepancy, Event]:
    """Return the discrepancies of which an event tells, each with the first."""
    found: dict[Discrepancy, Event] = {}
    for event in events_of(recording, name):
        found.setdefault(_what(event), event)
    return found


def _what(event: Event) -> Discrepancy:
    return str(event.fields["gid"]), str(event.fields["kind"])


def _text(event: Event) -> str:
    return f"{event.fields['gid']} ({event.fields['kind']})"
