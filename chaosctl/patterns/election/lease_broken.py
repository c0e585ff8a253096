"""Mistakes that people make with leases."""

from chaosctl.patterns.election.lease_roles import Holder


class CountsFromReceipt(Holder):
    """Counts the lease from when the grant arrives: the time that it was on its way is lived twice."""

    violates = "leases-disjoint"

    def until(self) -> float:
        """Return the end of a lease that begins now."""
        return float(self.now() + self.options.duration * (1 - self.options.drift))
