"""Mistakes that people make with leases."""

from chaosctl.patterns.election.lease_roles import Holder, Resource


class NoFence(Resource):
    """Takes every token: a write that was late, or whose holder slept, lands after its successor's."""

    violates = "fencing-order"

    def is_fenced(self, token: int) -> bool:  # noqa: ARG002 (that it does not matter is the mistake)
        """Return no."""
        return False


class CountsFromReceipt(Holder):
    """Counts the lease from when the grant arrives: the time that it was on its way is lived twice."""

    violates = "leases-disjoint"

    def until(self) -> float:
        """Return the end of a lease that begins now."""
        return float(self.now() + self.options.duration * (1 - self.options.drift))
