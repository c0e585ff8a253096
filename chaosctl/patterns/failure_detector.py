"""Failure detectors: after how long a silence a node is suspected; one part for all who watch heartbeats.

Each is one rule, until when the heartbeats that came are good enough (`fresh_until`):
- fixed timeout: so long after the last one came;
- phi accrual (N. Hayashibara, X. Defago, R. Yared, T. Katayama, "The phi Accrual Failure Detector", 2004): until a
  heartbeat as late as that would be less likely than 10^-phi, if gaps are normally distributed as the last ones were;
- NFD-S (W. Chen, S. Toueg, M. K. Aguilera, "On the Quality of Service of Failure Detectors", 2002, figure 6): heartbeat
  i is sent at i * period, and is good until (i + 1) * period + shift, whenever it came. It needs clocks that agree.

All are unreliable, as they must be (Fischer, Lynch, Paterson 1985): nobody's safety may rest on them.
"""

import math
from collections import deque
from statistics import NormalDist, fmean, pstdev
from typing import Literal, Protocol

from chaosctl.node.pattern import Duration, Options
from chaosctl.node.role import Role

WINDOW = 200
"""Phi accrual judges by so many gaps at most; the paper takes 1,000."""

LEAST_DEVIATION = 0.05
"""Phi accrual takes gaps to spread by this share of their mean at least: an even rhythm would make it too sure."""


class DetectorOptions(Options, frozen=True):
    """`detector`: "fixed" (suspects after `suspect`) or "phi-accrual" (suspects at `phi`, after gaps like the last)."""

    heartbeat: Duration = 0.02
    detector: Literal["fixed", "phi-accrual"] = "fixed"
    suspect: Duration = 0.25
    phi: float = 8.0


class NfdOptions(DetectorOptions, frozen=True):
    """`detector`: "nfd-s" besides the others, for monitors whose clocks agree with those of the watched.

    It suspects when the heartbeat that was due `shift` ago has not come, however late or early its predecessors were.
    """

    detector: Literal["fixed", "phi-accrual", "nfd-s"] = "fixed"  # type: ignore[assignment]  # One more than there.
    shift: Duration = 0.1


class FailureDetector(Protocol):
    """One node's opinion of another; it trusts at first."""

    fresh_until: float

    def heard(self, now: float, number: int = 0) -> None:
        """Take in a heartbeat, the `number`-th of its sender."""


class FixedTimeout:
    """Suspects after a fixed silence."""

    def __init__(self, timeout: float, now: float) -> None:
        self.timeout = timeout
        self.fresh_until = now + timeout

    def heard(self, now: float, number: int = 0) -> None:  # noqa: ARG002 (counts for NFD-S alone)
        """Wait for so long again."""
        self.fresh_until = now + self.timeout


class PhiAccrual:
    """Suspects after a silence that would be too unlikely, by the gaps between the heartbeats so far."""

    def __init__(self, threshold: float, expected_gap: float, now: float) -> None:
        self.threshold = threshold
        self.gaps = deque([expected_gap * 0.75, expected_gap * 1.25], maxlen=WINDOW)  # Until it knows better.
        self.last = now
        self.fresh_until = now + self.patience()

    def heard(self, now: float, number: int = 0) -> None:  # noqa: ARG002 (counts for NFD-S alone)
        """Learn the gap, up to where it was suspected: an outage must not make it lenient, only slow times may."""
        self.gaps.append(min(now, self.fresh_until) - self.last)
        self.last = now
        self.fresh_until = now + self.patience()

    def patience(self) -> float:
        """Return the silence at which a later heartbeat still would have a chance of 10^-threshold."""
        mean = fmean(self.gaps)
        deviation = max(pstdev(self.gaps, mean), LEAST_DEVIATION * mean)
        return mean - deviation * NormalDist().inv_cdf(10.0**-self.threshold)


class NfdS:
    """Suspects when no heartbeat came that is new enough, by the time it was sent at."""

    def __init__(self, period: float, shift: float, now: float) -> None:
        self.period, self.shift = period, shift
        self.highest = math.floor(now / period)
        self.fresh_until = (self.highest + 1) * period + shift

    def heard(self, now: float, number: int = 0) -> None:  # noqa: ARG002 (when it came does not matter)
        """Trust until the freshness point of the heartbeat after the newest."""
        self.highest = max(self.highest, number)
        self.fresh_until = (self.highest + 1) * self.period + self.shift


def make_detector(options: DetectorOptions, now: float) -> FailureDetector:
    """Return the detector that the options name."""
    if isinstance(options, NfdOptions) and options.detector == "nfd-s":
        return NfdS(options.heartbeat, options.shift, now)
    if options.detector == "phi-accrual":
        return PhiAccrual(options.phi, options.heartbeat, now)
    return FixedTimeout(options.suspect, now)


class Suspicion:
    """What a role thinks of the node whose heartbeats it hears; it tells the runner when that changes."""

    def __init__(self, role: Role, of: str = "") -> None:
        self.role, self.of, self.was_raised = role, of, False
        self.latest = role.now()
        self.detector = make_detector(role.options, self.latest)

    def now(self) -> float:
        """Return the time; after a clock was set back nothing is known of the node any more."""
        now = self.role.now()
        if now < self.latest:
            self.detector = make_detector(self.role.options, now)
        self.latest = now
        return now

    def hear(self, of: str, number: int = 0) -> None:
        """Take in a heartbeat; of another node than before nothing is known yet."""
        now = self.now()
        if of != self.of:
            self.of, self.detector, self.was_raised = of, make_detector(self.role.options, now), False
        self.detector.heard(now, number)
        self.is_raised()

    def is_raised(self) -> bool:
        """Return whether the node is suspected now."""
        is_raised = self.now() >= self.detector.fresh_until
        if is_raised != self.was_raised and self.of:
            self.role.emit("suspected" if is_raised else "trusted", of=self.of)
        self.was_raised = is_raised
        return is_raised
