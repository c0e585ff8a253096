"""Mistakes that people make with failure detectors; each overrides one step of the monitor."""

import math

from chaosctl.patterns.detection.messages import Heartbeat
from chaosctl.patterns.detection.roles import Monitor
from chaosctl.patterns.failure_detector import Suspicion


class NeedsToMeet(Monitor):
    """Watches a node from its first heartbeat on: who was dead before the monitor came is never suspected."""

    violates = "strong-completeness"

    def first_opinion(self, of: str) -> Suspicion:
        """Wait for its first heartbeat, for ever."""
        suspicion = super().first_opinion(of)
        suspicion.detector.fresh_until = math.inf
        return suspicion


class NeverForgives(Monitor):
    """Takes a suspicion for the truth: one long pause, and a node that lives is dead for ever."""

    violates = "eventual-accuracy"

    async def on_heartbeat(self, heartbeat: Heartbeat) -> None:
        """Hear only those who are trusted."""
        if not self.suspicions[heartbeat.src].was_raised:
            await super().on_heartbeat(heartbeat)
