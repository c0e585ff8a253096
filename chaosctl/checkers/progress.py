"""Liveness: once all has healed, the system serves again within its grace period."""

from typing import ClassVar

from chaosctl.checkers.calls import OWN_RULES, Call, calls_of
from chaosctl.checkers.check import Judgement, failed, passed, unknown
from chaosctl.checkers.facts import at, events_of, told
from chaosctl.checkers.leaders import changes_of, down_at, leading_between
from chaosctl.history.recording import Recording

MOST_SHOWN = 3
"""Of operations in vain so many are shown for a node."""


class Progress:
    """After the last fault has healed an operation succeeds through every node that is asked, within the grace period.

    Without faults it has the whole run. Where no operation was begun a leader must exist instead.
    """

    needs: ClassVar[tuple[str, ...]] = ("complete",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        start_ns, end_ns = _grace_period(recording)
        calls = calls_of(recording)
        ended_ok = [call for call in calls if call.outcome == "ok" and call.last.time >= start_ns]
        load = [call for call in calls if not call.invoked.final and start_ns <= call.invoked.time <= end_ns]
        if load:
            served = {node for call in ended_ok if call.last.time <= end_ns for node in call.nodes}
        else:  # No load in that time: the final reads tell.
            load = [call for call in calls if call.invoked.final]
            served = {node for call in ended_ok for node in call.nodes}
        if not load:
            return _judge_by_leader(recording, start_ns, end_ns)
        asked = {call.invoked.node for call in load}
        for node in sorted(asked - served):
            in_vain = [call for call in load if call.invoked.node == node and _had_its_time(recording, call, end_ns)]
            if in_vain:
                return _judge_silence(recording, node, in_vain, start_ns)
        if not served & asked:
            return unknown(f"no operation had its time between the last heal, {at(start_ns)}, and {at(end_ns)}")
        return passed("every node that was asked served again", nodes=len(served & asked))


def _grace_period(recording: Recording) -> tuple[int, int]:
    """Return from when to when the system must make progress (ns); what began with the last heal may have been hurt."""
    declared = recording.declared
    heals = [row.time for row in recording.faults if row.phase == "healed"]
    if not heals:
        return 0, declared.end_ns
    return max(heals) + 1, max(heals) + round(declared.grace * 1e9)


def _had_its_time(recording: Recording, call: Call, end_ns: int) -> bool:
    """Return whether an operation ended, or had its deadline (half of the grace period at most), in that time."""
    declared = recording.declared
    patience_ns = round(min(declared.timeout, declared.grace / 2) * 1e9)
    is_over = call.completed is not None and call.completed.time <= end_ns
    return call.invoked.final or is_over or call.invoked.time + patience_ns <= end_ns


def _judge_silence(recording: Recording, node: str, in_vain: list[Call], start_ns: int) -> Judgement:
    """Return what it means that no operation through a node was ok."""
    if any(call.error in OWN_RULES for call in in_vain):
        return unknown(f"{node} answered, but only by refusing what its rules forbid")
    if down := down_at(recording, recording.declared.end_ns):
        return unknown(f"{', '.join(sorted(down))} did not run in the end, and no progress is promised without")
    shown = (told(call.last, f"{call.invoked.f} through {node}: {_ending(call)}") for call in in_vain[:MOST_SHOWN])
    why = f"nothing was ok through {node} in the grace period after the last heal, {at(start_ns)}"
    return failed(why, *shown, in_vain=len(in_vain))


def _ending(call: Call) -> str:
    return f"{call.outcome} {call.error}".strip() if call.completed else "no answer"


def _judge_by_leader(recording: Recording, start_ns: int, end_ns: int) -> Judgement:
    if recording.declared.leader_event is None or not events_of(recording):
        return unknown("no operation was begun after the last heal")
    if any(leading_between(changes_of(recording), start_ns, end_ns)):
        return passed("there was a leader again")
    return failed(f"nobody led in the grace period after the last heal, {at(start_ns)}")
