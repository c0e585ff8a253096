"""Messages that a message broker acknowledged to their producers, and what became of each at its consumer."""

from dataclasses import dataclass

from chaosctl.history.recording import Recording, worked_out_once
from chaosctl.history.records import Event
from chaosctl.node.messages import RUNNER
from chaosctl.node.pattern import MESSAGE_BROKER

TAKEN = ("committed", "refused")
"""What a consumer tells of a message that it has taken in, under the message's name as `gid`.

One that came so late that it had been sent anew meanwhile is `absorbed`, under its name as `message`.
"""

DOWN = ("server_killed", "server_exited")


@dataclass(frozen=True)
class Acknowledged:
    """A message: the event of its acknowledgement, and of its being taken in, or taken back (None: neither).

    `is_kept`: a broker that is a role has it yet: as a dead letter, or got or delivered since its server last fell.
    """

    name: str
    consumer: str
    event: Event
    taken: Event | None
    is_kept: bool


@worked_out_once
def acknowledged_of(recording: Recording) -> list[Acknowledged]:
    """Return every message that a broker acknowledged, once each, in the order in which it did."""
    taken: dict[tuple[str, str], Event] = {}
    aborted: dict[str, Event] = {}
    acknowledged: dict[tuple[str, str], Event] = {}
    dead: set[str] = set()
    since_fall: set[str] = set()
    for event in recording.events:
        if event.role == "broker" and event.event in ("message_acknowledged", "redelivered"):
            since_fall.add(str(event.fields["message"]))
        if event.event in TAKEN:
            taken.setdefault((str(event.fields.get("gid")), event.node), event)
        elif event.event == "absorbed" and "message" in event.fields:
            taken.setdefault((str(event.fields["message"]), event.node), event)
        elif event.event == "aborted":
            aborted.setdefault(str(event.fields.get("gid")), event)
        elif event.event == "dead_lettered":
            dead.add(str(event.fields["message"]))
        elif event.event in ("message_stored", "message_done"):  # An operator had it delivered again.
            dead.discard(str(event.fields["message"]))
        elif event.event in DOWN and event.role == RUNNER and event.fields.get("server") == MESSAGE_BROKER:
            since_fall.clear()
        elif event.event == "message_acknowledged":
            acknowledged.setdefault((str(event.fields["message"]), str(event.fields["consumer"])), event)
    return [
        Acknowledged(*message, event, taken.get(message) or aborted.get(message[0]), message[0] in dead | since_fall)
        for message, event in acknowledged.items()
    ]


def never_taken(recording: Recording) -> list[Acknowledged]:
    """Return the messages that nobody took in, though their consumer took in others that were acknowledged later.

    What a broker that is a role has yet is none of them: it passes what is refused, and delivers that again.
    """
    messages = acknowledged_of(recording)
    latest: dict[str, int] = {}
    for message in messages:
        if message.taken is not None:
            latest[message.consumer] = max(message.event.time, latest.get(message.consumer, 0))
    return [one for one in messages if _is_lost(one, latest.get(one.consumer, 0))]


def _is_lost(message: Acknowledged, latest_ns: int) -> bool:
    return message.taken is None and not message.is_kept and message.event.time < latest_ns
