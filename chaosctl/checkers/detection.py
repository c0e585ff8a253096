"""What a failure detector must do in the end: T. Chandra, S. Toueg, "Unreliable Failure Detectors" (1996), class <>P.

Within which time is the pattern's to say: its grace period. How well it does before that is a matter of figures.
"""

from typing import ClassVar

from chaosctl.checkers.check import Evidence, Judgement, failed, passed, unknown
from chaosctl.checkers.facts import at
from chaosctl.checkers.leaders import end_span_ns
from chaosctl.history.opinions import Pair, Span, overlaps, pairs_of
from chaosctl.history.recording import Recording


class StrongCompleteness:
    """A node that stays dead is suspected by every monitor that lives: within the grace period, and until it is back.

    A monitor that is new has the grace period from its own start on.
    """

    needs: ClassVar[tuple[str, ...]] = ("complete",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording."""
        pairs = pairs_of(recording)
        if not pairs:
            return unknown("nobody watches anybody")
        grace_ns, deaths = round(recording.declared.grace * 1e9), 0
        for pair in pairs:
            for since_ns, until_ns in overlaps(pair.dead, pair.watching):
                due = (since_ns + grace_ns, until_ns)
                if due[0] < due[1]:
                    deaths += 1
                    if overlaps(pair.suspecting, [due]) != [due]:
                        return _not_suspected(pair, since_ns, due)
        return passed("every node that stayed dead was suspected by all", pairs=len(pairs), deaths=deaths)


class EventualAccuracy:
    """When all has healed and the grace period is over, no monitor that lives suspects a node that lives."""

    needs: ClassVar[tuple[str, ...]] = ("complete",)

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording: at some instant of its end each pair is without suspicion."""
        pairs, end_ns = pairs_of(recording), recording.declared.end_ns
        if not pairs:
            return unknown("nobody watches anybody")
        end = (end_ns - end_span_ns(recording), end_ns)
        for pair in pairs:
            if pair.both_alive(end) == [end] and overlaps(pair.suspecting, [end]) == [end]:
                since_ns = next(begin for begin, until in pair.suspecting if begin < end_ns <= until)
                text = f"{pair.monitor} began to suspect {pair.watched} {at(since_ns)}, and never trusted it again"
                why = f"{pair.monitor} suspects {pair.watched}, which lives, in the end"
                return failed(why, Evidence(text, time_ns=since_ns))
        return passed("everybody trusted all who live in the end", pairs=len(pairs))


def _not_suspected(pair: Pair, since_ns: int, due: Span) -> Judgement:
    text = f"{pair.watched} was dead, and {pair.monitor} alive, {at(since_ns)} and for longer than the grace period"
    when = f"from {due[0] / 1e9:.3f} s to {due[1] / 1e9:.3f} s"
    why = f"{pair.monitor} did not suspect {pair.watched}, which was dead, for all of the time {when}"
    return failed(why, Evidence(text, time_ns=since_ns))
