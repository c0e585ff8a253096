"""Echo: what comes back is what was sent."""

from typing import ClassVar

from chaosctl.checkers.calls import calls_of
from chaosctl.checkers.check import Judgement, failed, passed
from chaosctl.checkers.facts import key_of, told, value_text
from chaosctl.history.recording import Recording

MOST_SHOWN = 5
"""Wrong answers are alike; so many are evidence enough."""


class Echo:
    """Each completed `echo` returned its own payload, not another one, and not another operation's."""

    needs: ClassVar[tuple[str, ...]] = ("ok:echo",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        completed = [call for call in calls_of(recording, "echo") if call.outcome == "ok"]
        wrong = [call for call in completed if key_of(call.result) != key_of(call.invoked.value)]
        if not wrong:
            return passed("every answer was the payload that was sent", echoes=len(completed))
        evidence = (
            told(
                call.last,
                f"{call.last.node} was sent {value_text(call.invoked.value)} and answered {value_text(call.result)},",
            )
            for call in wrong[:MOST_SHOWN]
        )
        return failed(
            f"{len(wrong)} of {len(completed)} answers were not what was sent", *evidence, echoes=len(completed)
        )
