"""A master lease: while no other node can lead, the leader alone says how far the log is, without a round.

T. Chandra, R. Griesemer, J. Redstone, "Paxos Made Live" (2007), section 5.2 (master leases); C. Gray, D. Cheriton,
"Leases" (1989), section 3.1: the holder counts from before it asked, and less, a grantor from when it grants, and more.
So reads are linearizable while the rates of clocks stay within `drift` of true time; writes need no clock.
"""


class MasterLease:
    """What a leader knows of its lease: when it asked, and whom it got a grant from. One a reign.

    `needed` acceptors must have granted: so many that any quorum of phase 1 has one of them. `lasts` is in seconds.
    """

    def __init__(self, needed: int, lasts: float) -> None:
        self._needed, self._lasts = needed, lasts
        self._asked: dict[int, float] = {}
        self._granted: dict[str, float] = {}
        self.number = 0

    def ask(self, now: float) -> int:
        """Return the number of the request that is sent now."""
        self._asked = {number: at for number, at in self._asked.items() if now < at + self._lasts}
        self.number += 1
        self._asked[self.number] = now
        return self.number

    def grant(self, acceptor: str, number: int) -> None:
        """Count a grant from when it was asked for."""
        if number in self._asked:
            self._granted[acceptor] = max(self._granted.get(acceptor, 0.0), self._asked[number])

    def holds(self, now: float) -> bool:
        """Return whether nobody else can lead yet."""
        latest = sorted(self._granted.values(), reverse=True)
        return len(latest) >= self._needed and now < latest[self._needed - 1] + self._lasts
