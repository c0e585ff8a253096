"""Time that never goes back, for deadlines: a node's clock may be set back, and what is due then would be due late."""

from chaosctl.node.role import Role


class ForwardClock:
    """Counts what passes on a role's clock; what it is set back by has not passed, and is not taken away."""

    def __init__(self, role: Role) -> None:
        self.role, self.last, self.passed = role, role.now(), 0.0

    def now(self) -> float:
        """Return the seconds since this was made, never fewer than the last time."""
        now = self.role.now()
        self.passed += max(now - self.last, 0.0)
        self.last = now
        return self.passed
