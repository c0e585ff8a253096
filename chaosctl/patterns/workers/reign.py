"""What a leader knows in one epoch and forgets with it: who follows, who has joined, who waits for what."""

from dataclasses import dataclass, field

from chaosctl.patterns.workers.messages import Accept, Fence, Held, View


@dataclass
class Reign:
    """One epoch of one leader.

    `target` is the view that it asks the arbiters to keep, `view` the last one that enough of them have on disk.
    `sessions` number the joinings of the other supervisors; those `in_step` have installed what they were given.
    """

    epoch: int
    target: View
    view: View = field(default_factory=View)
    is_serving: bool = False
    followed: dict[str, Fence] = field(default_factory=dict)
    followed_at: dict[str, float] = field(default_factory=dict)
    sessions: dict[str, int] = field(default_factory=dict)
    heard_at: dict[str, float] = field(default_factory=dict)
    in_step: set[str] = field(default_factory=set)
    last_session: int = 0
    recalled: dict[str, list[Held]] = field(default_factory=dict)
    waiting: dict[int, list[Accept]] = field(default_factory=dict)
    deadlines: dict[int, float] = field(default_factory=dict)
    late_at: dict[str, float] = field(default_factory=dict)
    credited: set[int] = field(default_factory=set)
    covered: set[int] = field(default_factory=set)

    def follow(self, arbiter: str, place: Fence, now: float) -> None:
        """Note what an arbiter has on disk."""
        self.followed[arbiter] = max(place, self.followed.get(arbiter, (0, 0)))
        self.followed_at[arbiter] = now

    def establish(self, needed: int) -> None:
        """Take the target for the view once enough arbiters have it."""
        if sum(1 for place in self.followed.values() if place >= self.target.place) >= needed:
            self.view = self.target

    @property
    def is_settled(self) -> bool:
        """Return whether no change of the view is under way."""
        return self.view == self.target

    def is_backed(self, since: float, needed: int) -> bool:
        """Return whether enough arbiters have been heard since then."""
        return sum(1 for heard in self.followed_at.values() if heard >= since) >= needed

    def admit(self, standby: str, now: float) -> int:
        """Return the number of a new session: what is written from now on the standby gets, or it is dropped."""
        self.last_session += 1
        self.sessions[standby] = self.last_session
        self.in_step.discard(standby)
        self.heard_at[standby] = now
        return self.last_session

    def drop_silent(self, since: float) -> None:
        """End the sessions of those who have not been heard since then."""
        for standby in [standby for standby in self.sessions if self.heard_at[standby] < since]:
            del self.sessions[standby]
            self.in_step.discard(standby)

    def revise(self) -> None:
        """Ask for a view that names exactly those who are in step; one change at a time."""
        in_sync = (self.target.leader, *sorted(self.in_step))
        if self.is_settled and in_sync != tuple(self.target.in_sync):
            self.target = View(self.epoch, self.target.version + 1, self.target.leader, in_sync)

    def behind(self, acknowledged: set[str]) -> list[str]:
        """Return who must have an entry yet: all who may take over, now or once the target is the view."""
        owed = {*self.view.in_sync, *self.target.in_sync, *self.sessions}
        return sorted(owed - acknowledged - {self.target.leader})
