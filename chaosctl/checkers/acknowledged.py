"""What a message broker has acknowledged it must deliver: what is lost, the broker has lost.

Queues are first in, first out: a message counts as lost where its consumer has taken in one that was acknowledged
later, and had the grace period for it. That somebody reconciles, and the money arrives all the same, makes the loss no
smaller. Whether a killed process forgets is seen here; what a power cut takes is not, for nobody cuts the power.
"""

from typing import ClassVar

from chaosctl.checkers.check import Judgement, failed, passed, unknown
from chaosctl.checkers.facts import at, runner_events, seen
from chaosctl.checkers.leaders import down_at
from chaosctl.checkers.ledger import held_up, settled_by_ns
from chaosctl.history.acknowledged import acknowledged_of, never_taken
from chaosctl.history.recording import Recording
from chaosctl.node.pattern import MESSAGE_BROKER

MOST_SHOWN = 3


class AcknowledgedMessages:
    """Every message that the message broker acknowledged reaches its consumer."""

    needs: ClassVar[tuple[str, ...]] = ("events:message_acknowledged", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; it says what this broker does before it acknowledges."""
        settled_ns = settled_by_ns(recording)
        messages = acknowledged_of(recording)
        due = [message for message in messages if message.taken is None and message.event.time <= settled_ns]
        lost = [message for message in never_taken(recording) if message.event.time <= settled_ns]
        counts = {"acknowledged": len(messages), "lost": len(lost), "undelivered": len(due)}
        by = _broker(recording)
        if not due:
            return passed(f"all of {len(messages)} messages acknowledged by {by} were taken in", **counts)
        if excuse := _excuse(recording, {message.consumer for message in due}):
            return unknown(f"{len(due)} of {len(messages)} messages were not taken in, but {excuse}", **counts)
        if not lost:
            where = "wait for their consumers" if all(one.is_kept for one in due) else "may be in their queues yet"
            return unknown(f"{len(due)} of {len(messages)} messages {where}", **counts)
        shown = [
            seen(one.event, f"was told that {one.name} is kept for {one.consumer}, which never took it in")
            for one in lost[:MOST_SHOWN]
        ]
        return failed(f"{len(lost)} of {len(messages)} messages acknowledged by {by} were lost", *shown, **counts)


def _broker(recording: Recording) -> str:
    """Return which broker it was, and what it does before it acknowledges."""
    for event in runner_events(recording, "server_started"):
        if event.fields.get("server") == MESSAGE_BROKER:
            return f"{event.fields['kind']} ({event.fields['promise']})"
    return "the broker"


def _excuse(recording: Recording, consumers: set[str]) -> str:
    """Return why what is missing in the end may come yet; empty where there is no excuse."""
    if down := down_at(recording, recording.declared.end_ns) & consumers:
        return f"{', '.join(sorted(down))} did not run in the end"
    states = [
        event
        for name in ("server_started", "server_killed", "server_exited")
        for event in runner_events(recording, name)
        if event.fields.get("server") == MESSAGE_BROKER and event.time <= recording.declared.end_ns
    ]
    last = max(states, key=lambda event: event.time, default=None)
    if last is not None and last.event != "server_started":
        return f"the message broker did not run in the end, since {at(last.time)}"
    return held_up(recording)
