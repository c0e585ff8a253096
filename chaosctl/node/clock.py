"""A node's own clock: run time * rate + offset, which faults of kind `clock` change while the node runs."""

from contextlib import AbstractContextManager
from typing import Any

from chaosctl.errors import BadInput
from chaosctl.node.host import Host


class NodeClock:
    """What a node believes about time; `sleep` and `timeout` feel the rate alone."""

    def __init__(self, host: Host, rate: float, offset: float) -> None:
        self._host = host
        self.set(rate, offset)

    def set(self, rate: float, offset: float) -> None:
        """Change the clock now; waits under way keep the length they began with."""
        if not rate > 0:
            raise BadInput(f"a clock's rate must be above 0, not {rate}")
        self.rate, self.offset = rate, offset

    def now(self) -> float:
        """Return the seconds that this node's clock shows."""
        return self._host.now_ns() * self.rate / 1e9 + self.offset

    def timeout(self, seconds: float) -> AbstractContextManager[Any]:
        """Return a scope that is left after so many seconds of this clock."""
        return self._host.timeout(self.true_seconds(seconds))

    def true_seconds(self, seconds: float) -> float:
        """Return how long so many seconds of this clock really are."""
        return seconds / self.rate
