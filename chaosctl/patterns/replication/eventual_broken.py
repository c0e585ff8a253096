"""What people get wrong in stores that let copies meet later: `eventual` with one step changed."""

from chaosctl.patterns.replication.eventual_handoff import Handoff, Held
from chaosctl.patterns.replication.eventual_messages import Hint, HintOk
from chaosctl.patterns.replication.eventual_replica import Replica
from chaosctl.patterns.replication.eventual_values import Latest, State, merged


class TiesByArrival(Replica):
    """Compares clocks alone: of two writes with equal clocks each copy keeps the one that came first, for ever."""

    violates = "convergence"

    def join(self, one: State | None, other: State | None) -> State | None:
        """Take no notice of who wrote."""
        if isinstance(one, Latest) and isinstance(other, Latest) and one.stamp[0] == other.stamp[0]:
            return one
        return merged(one, other)


class FixedPeer(Replica):
    """Gossips with the same neighbour always, n1 with n2, n3 with n4: what others have missed they never hear of."""

    violates = "convergence"

    def choose_peer(self) -> str:
        """Return the other one of the pair."""
        own = self.nodes.index(self.node_id)
        return self.nodes[min(own ^ 1, len(self.nodes) - 1)]


class VolatileHints(Handoff):
    """Keeps hints in memory alone: the keeper crashes, and what a home has missed is forgotten."""

    violates = "convergence"

    async def on_hint(self, hint: Hint) -> None:
        """Keep it, and answer at once."""
        self.hints[f"hint/{hint.home}/{hint.key}"] = Held(hint.home, hint.key, hint.state)
        await self.reply(hint, HintOk(round=hint.round, home=hint.home))
