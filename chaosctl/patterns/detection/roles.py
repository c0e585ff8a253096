"""The watched and the monitor: one sends heartbeats, the other suspects who is silent for too long.

T. Chandra, S. Toueg, "Unreliable Failure Detectors for Reliable Distributed Systems" (1996): what is dead is suspected
for good (completeness), what lives is trusted in the end (accuracy), and no more can be had than "in the end". How
soon, and how often wrongly, is the business of the rule that the monitor judges by (`failure_detector.py`).
"""

from functools import partial

from chaosctl.node.role import Role
from chaosctl.patterns.detection.messages import Heartbeat, Suspects, SuspectsOk
from chaosctl.patterns.failure_detector import Suspicion

LEAST_WAIT = 1e-6
"""A monitor waits so long at least: time is whole nanoseconds, and what is left of a float may be less than one."""


class Watched(Role):
    """One that says it lives."""

    async def start(self) -> None:
        """Begin to."""
        self.spawn(self.beat)

    async def beat(self) -> None:
        """Send heartbeat i at i * period: by the clock, so that a restart or a pause does not number them anew."""
        period = self.options.heartbeat
        while True:
            number = round(self.now() / period) + 1
            await self.sleep(max(number * period - self.now(), LEAST_WAIT))
            for monitor in self.placement["monitor"]:
                if monitor != self.node_id:
                    await self.send(monitor, Heartbeat(number=number))


class Monitor(Role):
    """One that has an opinion of each of the watched; it keeps nothing, and trusts all when it starts."""

    async def start(self) -> None:
        """Watch everybody but this node itself, from now on, whether they were ever heard or not."""
        self.suspicions = {of: self.first_opinion(of) for of in self.placement["watched"] if of != self.node_id}
        for of in self.suspicions:
            self.spawn(partial(self.watch, of))

    def first_opinion(self, of: str) -> Suspicion:
        """Trust it, and expect its first heartbeat within the time that any other may take."""
        return Suspicion(self, of)

    async def watch(self, of: str) -> None:
        """Notice when the heartbeats that came are good no longer, at that very time."""
        suspicion = self.suspicions[of]
        while not suspicion.is_raised():
            left = suspicion.detector.fresh_until - self.now()
            await self.sleep(max(min(left, self.options.heartbeat), LEAST_WAIT))

    async def on_heartbeat(self, heartbeat: Heartbeat) -> None:
        """Take a heartbeat in; trust its sender again, if it was suspected and this is good enough."""
        suspicion = self.suspicions[heartbeat.src]
        was_raised = suspicion.was_raised
        suspicion.hear(heartbeat.src, heartbeat.number)
        if was_raised and not suspicion.was_raised:
            self.spawn(partial(self.watch, heartbeat.src))

    async def on_suspects(self, suspects: Suspects) -> None:
        """Say whom this monitor suspects now."""
        suspected = sorted(of for of, suspicion in self.suspicions.items() if suspicion.was_raised)
        await self.reply(suspects, SuspectsOk(suspected=suspected))
