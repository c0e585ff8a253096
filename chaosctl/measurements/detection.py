"""How good a failure detector is: Chen, Toueg, Aguilera, "On the Quality of Service of Failure Detectors" (2002).

A mistake is a suspicion that begins while both nodes live. A paused node lives, and so does one that is cut off: the
figures don't care why a heartbeat came late.
"""

from typing import ClassVar

from chaosctl.history.opinions import overlaps, pairs_of
from chaosctl.measurements.figure import Value
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.phases import AFTER, ALL, BEFORE, FAULTS

PHASES = (ALL, BEFORE, FAULTS, AFTER)


class CrashDetectionTime:
    """From a node's death to when a monitor suspects it for as long as it is dead (T_D), the longest of all.

    No sample is a death whose node was back before the monitor had noticed; one that no monitor noticed up to the end
    of the run is one that took that long at least. `extra.mean_s` is the mean over deaths and monitors.
    """

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the longest; none where nobody died under a monitor's eyes."""
        took_ns: list[tuple[int, bool]] = []
        for pair in pairs_of(observed.recording):
            for death in [span for span in pair.dead if overlaps([span], pair.watching) == [span]]:
                since = [begin for begin, end in pair.suspecting if begin < death[1] <= end]
                if since:
                    took_ns.append((max(since[0] - death[0], 0), False))
                elif death[1] == observed.phases.end_ns:
                    took_ns.append((death[1] - death[0], True))
        if not took_ns:
            return []
        longest, is_least = max(took_ns)
        extra = {"mean_s": sum(time for time, _ in took_ns) / len(took_ns) / 1e9}
        return [Value(longest / 1e9, len(took_ns), extra=extra | ({"at_least": True} if is_least else {}))]


class MistakeRate:
    """How often a second a monitor begins to suspect a node that lives (1 / T_MR), the mean over all pairs."""

    unit: ClassVar[str] = "1/s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return mistakes by the time in which one was possible, a phase; none without monitors."""
        return [
            Value(len(mistakes) / good, 1, phase, extra={"mistakes": len(mistakes)})
            for phase, good, mistakes, _ in _measured(observed)
        ]


class MistakeDuration:
    """How long a mistake lasts, until the node is trusted again or dies (T_M), the mean over all mistakes."""

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return the mean of those that began in a phase; none where there was no mistake."""
        return [
            Value(sum(mistakes) / len(mistakes), len(mistakes), phase)
            for phase, _, mistakes, _ in _measured(observed)
            if mistakes
        ]


class QueryAccuracy:
    """The share of the time in which a monitor is right of a node that lives (P_A), the mean over all pairs."""

    unit: ClassVar[str] = "share"
    better: ClassVar[str] = "higher"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return the share a phase; none without monitors."""
        return [Value(1 - wrong / good, 1, phase) for phase, good, _, wrong in _measured(observed)]


def _measured(observed: Observed) -> list[tuple[str, float, list[float], float]]:
    """Return for each phase how long mistakes were possible, how long each took, how long all were wrong (s)."""
    pairs, found = pairs_of(observed.recording), []
    for phase in PHASES:
        if (span := observed.phases.span(phase)) is None:
            continue
        good, wrong, mistakes = 0, 0, []
        for pair in pairs:
            possible = pair.both_alive(span)
            good += sum(end - begin for begin, end in possible)
            wrong += sum(end - begin for begin, end in overlaps(pair.suspecting, possible))
            for begin, end in pair.suspecting:
                if any(there[0] <= begin < there[1] for there in possible):
                    died = [life[1] for life in pair.alive if life[0] <= begin < life[1]]
                    mistakes.append((min(end, *died) - begin) / 1e9)
        if good:
            found.append((phase, good / 1e9, mistakes, wrong / 1e9))
    return found
