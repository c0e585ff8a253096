"""Mistakes that people make in elections on a ring."""

from chaosctl.patterns.election.raft_messages import WhoLeads, WhoLeadsOk
from chaosctl.patterns.election.ring_member import RingMember


class CountsVisible(RingMember):
    """Takes a majority of the ring that is left: a side that has skipped the others is all of its own ring."""

    violates = "one-effective-leader"

    def is_enough(self, members: set[str]) -> bool:
        """Return whether these are a majority of who obeyed any of the last circuits."""
        in_sight = self.rounds.backers(self.rounds.last - round(self.options.suspect / self.options.heartbeat))
        return 2 * len(members) > len(in_sight)


class BelievesItself(RingMember):
    """Says that it leads because it thinks so: cut off with a slow clock, it goes on saying it beside its successor."""

    violates = "one-effective-leader"

    async def on_who_leads(self, request: WhoLeads) -> None:
        """Answer at once, from memory, without sending anything round."""
        if self.serving:
            await self.reply(request, WhoLeadsOk(leader=self.node_id, term=self.term))
        else:
            await super().on_who_leads(request)
