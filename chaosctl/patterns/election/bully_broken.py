"""Mistakes that people make when the smaller side should refuse service."""

from chaosctl.patterns.election.bully_member import Member


class TieServes(Member):
    """Takes half of an even number for enough: cut in two halves, both serve."""

    violates = "one-effective-leader"

    def is_enough(self, members: set[str]) -> bool:
        """Return whether these are half of all members, or more."""
        return 2 * len(members) >= len(self.members)


class CountsVisible(Member):
    """Takes a majority of those it sees: the smaller side forgets the others, and then it is a majority of itself."""

    violates = "one-effective-leader"

    def is_enough(self, members: set[str]) -> bool:
        """Return whether these are a majority of who answered any of the last heartbeats."""
        in_sight = self.rounds.backers(self.rounds.last - round(self.options.suspect / self.options.heartbeat))
        return 2 * len(members) > len(in_sight)
