"""Flexible quorums: the two phases of Paxos may need different numbers of acceptors, as long as any two groups meet.

Heidi Howard, Dahlia Malkhi, Alexander Spiegelman, "Flexible Paxos: Quorum Intersection Revisited" (2016): only a
quorum of phase 1 and one of phase 2 must share an acceptor, not two of the same phase. A small phase 2 makes a command
cheap while the leader stays, and a new leader dear.
"""

from chaosctl.node.pattern import Options, majority


class FlexibleQuorums(Options, frozen=True):
    """`phase_1`, `phase_2`: acceptors needed for a promise and for a choice; 0: a majority.

    A file whose two numbers are together not more than the acceptors is refused.
    """

    phase_1: int = 0
    phase_2: int = 0

    def quorums(self, usual: int) -> tuple[int, int]:
        """Return how many promises make phase 1 and how many acceptances make phase 2."""
        return self.phase_1 or usual, self.phase_2 or usual

    def promises_of(self, acceptors: tuple[str, ...]) -> int:
        """Return how many of these acceptors must promise."""
        return self.quorums(majority(len(acceptors)))[0]

    def acceptances_of(self, acceptors: tuple[str, ...]) -> int:
        """Return how many of these acceptors choose a value by accepting it under one ballot."""
        return self.quorums(majority(len(acceptors)))[1]
