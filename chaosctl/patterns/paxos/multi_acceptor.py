"""The acceptor of a Multi-Paxos log: one promise for all slots, an acceptance for each.

Leslie Lamport, "Paxos Made Simple" (2001), sections 2.2 and 3: on_prepare_log is phase 1(b) for every slot at once,
on_accept_slot is phase 2(b). No promise and no acceptance is answered before it is synced. A lease (multi_lease) is a
promise to promise nothing for a while; it is not on disk, so an acceptor that comes back is bound for as long as any.
"""

from chaosctl.node.role import Role
from chaosctl.patterns.paxos.messages import NO_BALLOT, Ballot
from chaosctl.patterns.paxos.multi_messages import (
    AcceptedSlot,
    AcceptSlot,
    AskLease,
    Command,
    LeaseGranted,
    PrepareLog,
    PromiseLog,
    RefusedLog,
    Slots,
    Snapshotted,
)

SLOT = "accepted/"


class LogAcceptor(Role):
    """Promises ballots, accepts commands, and forgets neither in a crash."""

    async def start(self) -> None:
        """Come back with what was synced."""
        self.promised = self.store.get("promised", Ballot, NO_BALLOT)
        self.cut = self.store.get("cut", int, 0)
        self.bound_to, self.bound_until = "", self.now() + self.lasts() if self.promised > NO_BALLOT else 0.0
        entries = self.store.scan(SLOT, tuple[Ballot, Command])
        self.accepted: Slots = {int(key.removeprefix(SLOT)): entry for key, entry in entries.items()}

    async def on_prepare_log(self, prepare: PrepareLog) -> None:
        """Phase 1(b): promise, and tell what was accepted from that slot on; nothing while another has the lease."""
        is_bound = self.now() < self.bound_until and self.bound_to != prepare.src
        if prepare.ballot < self.promised or is_bound:
            await self.reply(prepare, RefusedLog(promised=self.promised))
            return
        self.promise(prepare.ballot)
        accepted = [(slot, *entry) for slot, entry in self.accepted.items() if slot >= prepare.first]
        cut = self.cut
        await self.store.sync("promise")
        await self.reply(prepare, PromiseLog(ballot=prepare.ballot, accepted=accepted, cut=cut))

    async def on_accept_slot(self, accept: AcceptSlot) -> None:
        """Phase 2(b): accept unless a higher ballot was promised."""
        if accept.ballot < self.promised:
            await self.reply(accept, RefusedLog(promised=self.promised))
            return
        self.promise(accept.ballot)
        self.accepted[accept.slot] = (accept.ballot, accept.command)
        self.store.put(f"{SLOT}{accept.slot}", (accept.ballot, accept.command))
        self.emit("accepted", durable=True, slot=accept.slot, ballot=accept.ballot, value=accept.command)
        await self.store.sync("accept")
        await self.reply(accept, AcceptedSlot(ballot=accept.ballot, slot=accept.slot))

    async def on_ask_lease(self, ask: AskLease) -> None:
        """Bind this acceptor to the leader whose ballot it promised, from now on, by its own clock."""
        if ask.ballot == self.promised:
            self.bound_to, self.bound_until = ask.src, self.now() + self.lasts()
            await self.store.sync("lease")  # Without the promise on disk it would come back unbound.
            await self.reply(ask, LeaseGranted(ballot=ask.ballot, number=ask.number))

    def lasts(self) -> float:
        """Return how long a lease binds an acceptor, however fast its clock is: not less than it lasts."""
        return float(self.options.lease * (1 + self.options.drift))

    async def on_snapshotted(self, news: Snapshotted) -> None:
        """Forget slots that the snapshot beside this role has; a new leader is told that they are chosen."""
        for slot in [slot for slot in self.accepted if slot <= news.slot]:
            del self.accepted[slot]
            self.store.delete(f"{SLOT}{slot}")
        self.cut = max(self.cut, news.slot)
        self.store.put("cut", self.cut)

    def promise(self, ballot: Ballot) -> None:
        """Accept nothing below this ballot any more, once that is synced."""
        if ballot > self.promised:
            self.promised = ballot
            self.store.put("promised", ballot)
            self.emit("promised", durable=True, ballot=ballot)  # Of no slot: it is for all of them.
