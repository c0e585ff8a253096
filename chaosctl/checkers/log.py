"""A replicated log: nodes apply the same command at every index (state machine safety), and logs match (log matching).

Diego Ongaro, "Consensus: Bridging Theory and Practice" (2014), figure 3.2; R1, R2 and R5 of ours.
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
        events = events_of(recording, "applied", "installed")
        for event in events:
            if event.event == "installed":  # A snapshot, in place of all entries up to its index.
                last[event.node, event.incarnation] = event.fields["index"]
                continue
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


class LogMatching:
    """Two logs with an entry of the same index and term are the same up to there: same command, same entry before."""

    needs: ClassVar[tuple[str, ...]] = ("events:appended",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the `appended` events; equal entries before each entry make equal prefixes."""
        first: dict[tuple[int, int], Event] = {}
        events = events_of(recording, "appended")
        for event in events:
            place = (int(event.fields["index"]), int(event.fields["term"]))
            one = first.setdefault(place, event)
            if (key_of(one.fields["command"]), one.fields["before"]) != (
                key_of(event.fields["command"]),
                event.fields["before"],
            ):
                why = f"two logs have entry {place[0]} of term {place[1]}, and are not the same up to it"
                return failed(why, _appended(one), _appended(event))
        return passed("logs with an entry in common were the same up to it", entries=len(first), appended=len(events))


def _appended(event: Event) -> Any:
    command, before = value_text(event.fields["command"]), event.fields["before"]
    text = f"appended {command} at index {event.fields['index']} in term {event.fields['term']} after term {before}"
    return seen(event, text)


def _applied(event: Event) -> Any:
    return seen(event, f"applied {value_text(event.fields['command'])} at index {event.fields['index']}")
