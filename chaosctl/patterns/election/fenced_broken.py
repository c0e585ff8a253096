"""The mistake that people make with fencing tokens: to have them, and not to look at them."""

from chaosctl.patterns.election.fenced_work import Resource


class NoFence(Resource):
    """Takes every token: a write that was late, or whose leader slept, lands after its successor's."""

    violates = "one-effective-leader"

    def is_fenced(self, token: int) -> bool:  # noqa: ARG002 (that it does not matter is the mistake)
        """Return no."""
        return False
