"""One attempt of one supervisor to lead: a survey, which promises nothing, then a claim to a majority of arbiters."""

from collections.abc import Sized
from typing import TYPE_CHECKING

from chaosctl.patterns.workers.messages import Ask, Claim, Claimed, Told, View

if TYPE_CHECKING:
    from chaosctl.patterns.workers.supervisor import Supervisor


class Campaign:
    """`by` says what for: "itself" (it led last), "operator", "detector" or "election"."""

    def __init__(self, supervisor: "Supervisor", by: str, survey: int) -> None:
        self.supervisor, self.by, self.survey = supervisor, by, survey
        self.epoch = 0
        self.told: dict[str, Told] = {}
        self.claimed: dict[str, Claimed] = {}

    async def win(self) -> View | None:
        """Return the newest view before the epoch that was won; None where it was not."""
        supervisor = self.supervisor
        for arbiter in supervisor.arbiters:
            await supervisor.send(arbiter, Ask(survey=self.survey))
        await self.hear(self.told)
        if not self.may_claim():
            return None
        self.epoch = supervisor.epoch = max(supervisor.epoch, *(told.view.epoch for told in self.told.values())) + 1
        supervisor.store.put("epoch", self.epoch)
        await supervisor.store.sync("claim")  # No leader of an older epoch counts on this standby any more.
        for arbiter in supervisor.arbiters:
            await supervisor.send(arbiter, Claim(epoch=self.epoch))
        await self.hear(self.claimed)
        if len(self.claimed) < supervisor.needed() or supervisor.epoch != self.epoch:
            return None
        newest = max((claimed.view for claimed in self.claimed.values()), key=lambda view: view.place)
        return newest if supervisor.may_follow(newest, self.by) else None

    async def hear(self, answers: Sized) -> None:
        """Wait until a majority has answered, or a leader's silence would be suspicious."""
        supervisor = self.supervisor
        deadline = supervisor.clock.now() + supervisor.options.suspect
        while len(answers) < supervisor.needed() and supervisor.clock.now() < deadline:
            await supervisor.sleep(supervisor.options.retry / 5)

    def may_claim(self) -> bool:
        """Return whether a majority has answered, and does not speak against it."""
        supervisor = self.supervisor
        if len(self.told) < supervisor.needed():
            return False
        suspecting = sum(1 for told in self.told.values() if told.is_suspected)
        if self.by in {"detector", "election"} and suspecting < supervisor.needed():
            return False  # Others hear the leader: only the way between it and this node is cut.
        newest = max((told.view for told in self.told.values()), key=lambda view: view.place)
        return supervisor.may_follow(newest, self.by)

    def count(self, answer: Told | Claimed) -> None:
        """Count an arbiter's answer, if it is to this campaign."""
        if isinstance(answer, Told) and answer.survey == self.survey:
            self.told[answer.src] = answer
        elif isinstance(answer, Claimed) and answer.epoch == self.epoch:
            self.claimed[answer.src] = answer
