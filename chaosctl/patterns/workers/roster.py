"""Whom a leader can count on in one epoch: which arbiters have its view, and which standbys have its table."""

from dataclasses import dataclass, field

from chaosctl.patterns.workers.messages import Fence, View


@dataclass
class Roster:
    """Plain bookkeeping, without a word to anybody.

    `target` is the view that the leader asks the arbiters to keep, `view` the last one that enough have on disk.
    `sessions` number the joinings of the other supervisors; those `in_step` have installed what they were given.
    """

    target: View
    view: View = field(default_factory=View)
    followed: dict[str, Fence] = field(default_factory=dict)
    followed_at: dict[str, float] = field(default_factory=dict)
    sessions: dict[str, int] = field(default_factory=dict)
    heard_at: dict[str, float] = field(default_factory=dict)
    in_step: set[str] = field(default_factory=set)
    last_session: int = 0

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

    def confirm(self, standby: str, session: int, now: float) -> None:
        """Count on a standby that has installed what it was given in its present session."""
        if self.sessions.get(standby) == session:
            self.in_step.add(standby)
            self.heard_at[standby] = now

    def drop_silent(self, since: float) -> None:
        """End the sessions of those who have not been heard since then."""
        for standby in [standby for standby in self.sessions if self.heard_at[standby] < since]:
            del self.sessions[standby]
            self.in_step.discard(standby)

    def revise(self) -> None:
        """Ask for a view that names exactly those who are in step; one change at a time."""
        target = self.target
        in_sync = (target.leader, *sorted(self.in_step))
        if self.is_settled and in_sync != tuple(target.in_sync):
            self.target = View(target.epoch, target.version + 1, target.leader, in_sync)

    def behind(self, acknowledged: set[str]) -> list[str]:
        """Return who must have an entry yet: all who may take over, now or once the target is the view."""
        owed = {*self.view.in_sync, *self.target.in_sync, *self.sessions}
        return sorted(owed - acknowledged - {self.target.leader})
