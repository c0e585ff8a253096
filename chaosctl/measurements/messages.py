"""What messages of transactions went through: sent again, asked about, come twice, parked, heaped up, worked off.

Counted where they are kept: in message tables and at brokers. A message is in the backlog from when it is stored until
it is consumed or taken back; a dead letter is in it too.
"""

from collections.abc import Sequence
from typing import ClassVar

from chaosctl.history.records import Event
from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.phases import AFTER, ALL, BEFORE, FAULTS


class _Count:
    """How many events of one name there were, by phase; none where the run has none of what they are about."""

    event: ClassVar[str]
    about: ClassVar[Sequence[str]] = ("message_stored",)
    unit: ClassVar[str]
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a count a phase, of so many messages."""
        samples = len(observed.events(*self.about))
        phases = [observed.phases.phase(event.time) for event in observed.events(self.event)]
        counted = [Value(phases.count(phase), samples, phase) for phase in (BEFORE, FAULTS, AFTER)]
        return [Value(len(phases), samples, ALL), *counted] if samples else []


class Redeliveries(_Count):
    """Messages that were sent to their consumer again, each time counted."""

    event = "redelivered"
    unit = "messages"


class CheckBacks(_Count):
    """Questions of a broker to a producer: how the transaction of a half message ended."""

    event = "checked"
    about = ("checked", "message_stored")
    unit = "checks"


class DuplicatesAbsorbed(_Count):
    """Messages and steps that came again and changed nothing, for they were known.

    At participants: notes and parcels; a prepare or a commit; Try, Confirm, Cancel; a step or its compensation. Not an
    abort of two-phase commit, of which nothing is kept.
    """

    event = "absorbed"
    about = ("absorbed", "prepared")
    unit = "messages"
    better = ""


class DeadLetters:
    """Messages parked in the end because nobody took them; `extra.ever` counts those that were parked at any time."""

    unit: ClassVar[str] = "messages"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the count; none where no message was stored."""
        last = {str(event.fields["message"]): event.event for event in _of_messages(observed)}
        parked = {str(event.fields["message"]) for event in observed.events(*PARKED)}
        dead = [message for message, event in last.items() if event in PARKED]
        return [Value(len(dead), len(last), extra={"ever": len(parked)})] if last else []


class BacklogMax:
    """The most messages that were stored at one time and not yet consumed or taken back, by the phase of that time."""

    unit: ClassVar[str] = "messages"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return the greatest backlog a phase; none where no message was stored."""
        sizes = backlog_of(observed)
        values = []
        for phase in (ALL, BEFORE, FAULTS, AFTER):
            of = [size for time_ns, size in sizes if phase in (ALL, observed.phases.phase(time_ns))]
            if of:
                values.append(Value(max(of), len(of), phase))
        return values


class DrainTime:
    """How long after the last fault the backlog was worked off: until it first was as small as before the faults."""

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the time; none without messages or faults. One that never was worked off took at least so long."""
        sizes = backlog_of(observed)
        phased = [(observed.phases.phase(time_ns), time_ns, size) for time_ns, size in sizes]
        usual = max((size for phase, _, size in phased if phase == BEFORE), default=0)
        during = [size for phase, _, size in phased if phase == FAULTS]
        if not during:
            return []
        begin_ns = observed.phases.faults_end_ns or 0
        if during[-1] <= usual:
            return [Value(0.0, len(sizes))]
        for phase, time_ns, size in phased:
            if phase == AFTER and size <= usual:
                return [Value((time_ns - begin_ns) / 1e9, len(sizes))]
        return [Value((observed.phases.end_ns - begin_ns) / 1e9, len(sizes), extra={"at_least": True})]


PARKED = ("dead_lettered", "parked")


def backlog_of(observed: Observed) -> list[tuple[int, int]]:
    """Return how large the backlog was after each change: (time, messages)."""
    kept: set[tuple[str, str]] = set()
    sizes = []
    for event in _of_messages(observed):
        key = (event.node, str(event.fields["message"]))
        if event.event == "message_done":
            kept.discard(key)
        else:
            kept.add(key)
        sizes.append((event.time, len(kept)))
    return sizes


def _of_messages(observed: Observed) -> list[Event]:
    """Return what was told of messages, in order of time."""
    events = observed.events("message_stored", "message_done", *PARKED)
    return sorted(events, key=lambda event: event.time)
