"""A replicated log: every node applies the same command at every index, one after another (state machine safety).

Diego Ongaro, "Consensus: Bridging Theory and Practice" (2014), figure 3.2, "State Machine Safety"; R1 and R5 of ours.
"""

from typing import Any, ClassVar

from chaosctl.checkers.check import Judgement, failed, passed
from chaosctl.checkers.facts import events_of, key_of, seen, value_text
from chaosctl.history.recording import Recording
from chaosctl.history.records import Event


class LogAgreement:
    """At each index of the log every node applies the same command, in order and without a gap in any incarnation."""

    needs: ClassVar[tuple[str, ...]] = ("events:applied",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the `applied` events: index and command."""
        first: dict[Any, Event] = {}
        last: dict[tuple[str, int], int] = {}
        events = events_of(recording, "applied")
        for event in events:
            index, command = event.fields["index"], event.fields["command"]
            before = first.setdefault(index, event)
            if key_of(before.fields["command"]) != key_of(command):
                return failed(f"two commands were applied at index {index}", _applied(before), _applied(event))
            life = (event.node, event.incarnation)
            if life in last and index not in (last[life], last[life] + 1):
                why = f"{event.node} applied index {index} after {last[life]}"
                return failed(why, _applied(event))
            last[life] = index
        return passed("every node applied the same log", indexes=len(first), applied=len(events))


def _applied(event: Event) -> Any:
    return seen(event, f"applied {value_text(event.fields['command'])} at index {event.fields['index']}")
