"""Rounds of heartbeats in one reign: who answered which, and which questions wait for which.

Diego Ongaro, "Consensus: Bridging Theory and Practice" (2014), section 6.4: a question is answered only after enough
members have answered a round that began after it came. A late answer to an older round confirms that round alone.
"""

from collections.abc import Callable

from chaosctl.node.messages import Message

MOST_WAITING = 1_000
"""So many questions at most wait for a round; more are refused."""


class Rounds:
    """One leader's rounds in one term; a new reign begins with a new one."""

    def __init__(self, leader: str) -> None:
        self.leader = leader
        self.last = self.confirmed = 0
        self.answered: dict[str, int] = {}
        self.waiting: list[tuple[int, Message]] = []

    def begin(self) -> int:
        """Return the number of a new round."""
        self.last += 1
        return self.last

    def answer(self, member: str, number: int) -> None:
        """Note that a member has answered a round, and so every earlier one."""
        self.answered[member] = max(number, self.answered.get(member, 0))

    def backers(self, number: int) -> set[str]:
        """Return who stands behind the leader in a round: itself, and who answered that or a later one."""
        return {self.leader} | {member for member, answered in self.answered.items() if answered >= number}

    def confirm(self, is_enough: Callable[[set[str]], bool]) -> bool:
        """Confirm the latest round that enough have answered; return whether it is one that was not yet confirmed."""
        newer = (number for number in {*self.answered.values(), self.last} if number > self.confirmed)
        latest = max((number for number in newer if is_enough(self.backers(number))), default=0)
        self.confirmed = max(self.confirmed, latest)
        return latest > 0

    def ask(self, request: Message) -> bool:
        """Let a question wait for the next round; False where too many wait already."""
        if len(self.waiting) >= MOST_WAITING:
            return False
        self.waiting.append((self.last + 1, request))
        return True

    def take_due(self) -> list[Message]:
        """Return the questions whose round is confirmed; they wait no longer."""
        due = [request for number, request in self.waiting if number <= self.confirmed]
        self.waiting = self.waiting[len(due) :]  # Ordered by round.
        return due

    def take_all(self) -> list[Message]:
        """Return all questions that wait; no round will confirm them."""
        waiting, self.waiting = self.waiting, []
        return [request for _, request in waiting]
