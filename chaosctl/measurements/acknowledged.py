"""What message brokers lost of what they had acknowledged."""

from typing import ClassVar

from chaosctl.history.acknowledged import acknowledged_of, never_taken
from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.phases import AFTER, ALL, BEFORE, FAULTS


class AcknowledgedMessagesLost:
    """Messages that the message broker acknowledged and never delivered, by when it acknowledged them."""

    unit: ClassVar[str] = "messages"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a count a phase, of so many acknowledged; a queue's tail, which may come yet, is not counted."""
        samples = len(acknowledged_of(observed.recording))
        phases = [observed.phases.phase(message.event.time) for message in never_taken(observed.recording)]
        counted = [Value(phases.count(phase), samples, phase) for phase in (BEFORE, FAULTS, AFTER)]
        return [Value(len(phases), samples, ALL), *counted] if samples else []
