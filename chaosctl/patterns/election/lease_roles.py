"""A lease: one node leads for a bounded time by the word of a majority, and a token fences whoever led before.

C. Gray, D. Cheriton, "Leases: an efficient fault-tolerant mechanism for distributed file cache consistency" (SOSP
1989), section 3.1; M. Burrows, "The Chubby lock service" (OSDI 2006), section 2.4 (sequencers); M. Kleppmann, "How to
do distributed locking" (2016), fencing tokens.
Model: asynchronous messages, crash-recovery. Leases do not overlap while the rates of clocks stay within `drift` of
true time and nothing sets them back. The order of the work at the resource is safe under any clock and any pause.

What would surprise: that a holder looks at its lease before each write protects nothing, for it may be stopped between
look and write, or the write be late. Only the resource can tell, by refusing tokens lower than one it has seen. And the
two ends count differently: a holder from before it asked, and less; a grantor from when it grants, and more.
"""

from functools import partial

from chaosctl.node.messages import Error, ErrorCode
from chaosctl.node.pattern import majority
from chaosctl.node.role import Role
from chaosctl.patterns.election.lease_messages import Ask, Granted, Refused, Release
from chaosctl.patterns.election.raft_messages import WhoLeads, WhoLeadsOk

BACKOFF = 4.0
"""So many times `retry` at most who did not get the lease waits longer: two that ask at once spoil it for both."""


class Grantor(Role):
    """Grants its part of the lease to one at a time, under tokens that only grow. On disk: the highest token.

    What it granted is not on disk: after a restart it is silent for as long as any lease may last.
    """

    async def start(self) -> None:
        """Come back silent, if anything was ever granted here."""
        self.highest = self.store.get("highest", int, 0)
        self.lease: tuple[int, str] = (0, "")
        self.is_silent = self.highest > 0
        self.spawn(self.speak_again)

    async def speak_again(self) -> None:
        """Wait out what this node may have granted before it crashed."""
        await self.sleep(self.lasts())
        self.is_silent = False

    def lasts(self) -> float:
        """Return how long a grant binds this node, by its own clock, however fast: not less than the lease."""
        return float(self.options.duration * (1 + self.options.drift))

    async def on_ask(self, ask: Ask) -> None:
        """Grant what nobody else has, under a token above all granted; it is on disk before it is said."""
        holder = self.lease[1]
        if self.is_silent or ask.token <= self.highest or holder not in ("", ask.src):
            await self.reply(ask, Refused(asked=ask.token, token=self.highest, holder=holder))
            return
        self.highest, self.lease = ask.token, (ask.token, ask.src)
        self.store.put("highest", self.highest)
        self.emit("granted", durable=True, term=ask.token, candidate=ask.src)
        await self.store.sync("grant")
        self.spawn(partial(self.expire, ask.token))
        await self.reply(ask, Granted(token=ask.token))

    async def expire(self, token: int) -> None:
        """Forget a grant when its holder has surely stopped using it, if it was not renewed."""
        await self.sleep(self.lasts())
        self.forget(token)

    async def on_release(self, release: Release) -> None:
        """Forget a grant that is given back."""
        self.forget(release.token)

    def forget(self, token: int) -> None:
        """Forget the grant under this token, and no later one."""
        if self.lease[0] == token:
            self.lease = (0, "")


class Holder(Role):
    """Asks for the lease, renews it, and leads while it has it."""

    async def start(self) -> None:
        """Begin to ask; the first in the list asks first."""
        self.grantors = self.placement["grantor"]
        self.rank = self.placement["holder"].index(self.node_id)
        self.asked = self.seen = self.store.get("asked", int, 0)
        self.asked_at = 0.0
        self.grants: set[str] = set()
        self.refusals: set[str] = set()
        self.token, self.expires, self.leading = 0, 0.0, False
        self.known_holder = ""
        self.spawn(self.watch)

    async def watch(self) -> None:
        """Ask again and again: who has the lease renews it so, under a new token; the others come at random times."""
        await self.sleep(self.options.retry * self.rank)
        while True:
            await self.ask()
            await self.sleep(self.options.retry)
            if not self.leading:
                await self.give_back()
                await self.sleep(self.options.retry * self.random.uniform(0, BACKOFF))

    async def on_operator(self, command: str, arguments: dict[str, str]) -> None:  # noqa: ARG002 (takes none)
        """Obey `ask`: ask for the lease at once."""
        if command == "ask":
            await self.ask()

    async def ask(self) -> None:
        """Ask all grantors, under a token that no other node and no other time of this one uses."""
        members = len(self.placement["holder"])
        token = (max(self.asked, self.seen) // members + 1) * members + self.rank
        self.store.put("asked", token)
        await self.store.sync("ask")  # Else a late grant could count in an attempt after a restart.
        self.asked, self.asked_at = token, self.now()
        self.grants, self.refusals = set(), set()
        for grantor in self.grantors:
            await self.send(grantor, Ask(token=token))

    async def give_back(self) -> None:
        """Release what an attempt got that came to nothing; never while leading, for an earlier grant rests on it."""
        if not self.grants:
            return
        token, self.asked_at, self.grants = self.asked, -self.options.duration, set()  # What comes late is worthless.
        for grantor in self.grantors:
            await self.send(grantor, Release(token=token))

    async def on_granted(self, granted: Granted) -> None:
        """Lead once a majority of all grantors has granted this very token, for what is left of its time."""
        if granted.token != self.asked:
            return
        self.grants.add(granted.src)
        left = self.until() - self.now()
        if len(self.grants) < majority(len(self.grantors)) or self.token == granted.token or left <= 0:
            return
        self.token, self.expires = granted.token, self.until()
        event = "renewed" if self.leading else "became_leader"
        self.leading, self.known_holder = True, self.node_id
        self.emit(event, term=self.token, at_most=left / (1 - self.options.drift))
        self.spawn(partial(self.stop_after, self.token, left))

    def until(self) -> float:
        """Return when the lease that was asked for last ends for its holder: counted from before it asked, and less."""
        return float(self.asked_at + self.options.duration * (1 - self.options.drift))

    async def stop_after(self, token: int, left: float) -> None:
        """Lead no longer when this token's time is over, if no later one was granted."""
        await self.sleep(left)
        if self.leading and self.token == token:
            self.leading = False
            self.emit("stepped_down", term=token, why="expired")

    async def on_refused(self, refused: Refused) -> None:
        """Learn which tokens are used up, and who has the lease; give up at once what can't be won."""
        self.seen = max(self.seen, refused.token)
        if self.leading or refused.asked != self.asked:
            return
        self.known_holder = refused.holder
        self.refusals.add(refused.src)
        if len(self.refusals) > len(self.grantors) - majority(len(self.grantors)):
            await self.give_back()

    async def on_who_leads(self, request: WhoLeads) -> None:
        """Say so as the holder, while the lease lasts by this node's clock; else who has it as far as is known."""
        if self.leading and self.now() < self.expires:
            await self.reply(request, WhoLeadsOk(leader=self.node_id, term=self.token))
            return
        hint = self.known_holder if self.known_holder != self.node_id else ""
        await self.reply(request, Error(code=ErrorCode.TEMPORARILY_UNAVAILABLE, text="no lease", leader=hint or None))
