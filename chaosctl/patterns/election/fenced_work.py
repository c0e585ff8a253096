"""Work that only a leader may do, for every election alike: under its term, at a resource that this term fences.

M. Burrows, "The Chubby lock service" (OSDI 2006), section 2.4 (sequencers); M. Kleppmann, "How to do distributed
locking" (2016), fencing tokens. Who leads is the word of the elector beside the executor; it is asked anew for each
piece of work, and the term that it names is the token.
Model: the order of the work at the resource is safe under asynchrony, any clock, any pause and any number of leaders.

What would surprise: that to ask before each write protects nothing, for the executor may be stopped between the answer
and the write, or the write be late. Only the resource can tell, by refusing tokens lower than one it has seen. Without
that, two leaders do damage, and this is where it shows: an election alone shows what its members believe.
"""

from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.role import Role
from chaosctl.patterns.election.fenced_messages import Work, WorkOk, Write, Written
from chaosctl.patterns.election.raft_messages import WhoLeads, WhoLeadsOk


class Executor(Role):
    """Does clients' work while the elector on its node leads; else passes it on to whom that one names."""

    async def on_work(self, work: Work) -> None:
        """Ask the elector beside; as the leader's executor, do the work at the resource."""
        try:
            reign = await self.rpc(self.node_id, WhoLeads(forwarded=True), self.options.patience, WhoLeadsOk)
        except RpcError as refusal:
            await self.pass_on(work, refusal.leader or "")
            return
        written = await self.rpc(self.placement["resource"][0], Write(token=reign.term), self.options.patience, Written)
        await self.reply(work, WorkOk(holder=self.node_id, token=reign.term, position=written.position))

    async def pass_on(self, work: Work, leader: str) -> None:
        """Give the work to the leader's executor, once; its errors, and its silence, are the client's."""
        if leader in ("", self.node_id) or work.forwarded:
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, "this node does not lead", leader=leader or None)
        done = await self.rpc(leader, Work(forwarded=True), self.options.patience, WorkOk)
        await self.reply(work, WorkOk(holder=done.holder, token=done.token, position=done.position))


class Resource(Role):
    """Where the work is done; it refuses tokens lower than one it has seen. On disk: that, and how much was done."""

    async def start(self) -> None:
        """Come back with what was synced."""
        self.highest, self.position = self.store.get("done", tuple[int, int], (0, 0))

    async def on_write(self, write: Write) -> None:
        """Do the work, unless its leader was fenced; it is on disk before it is said."""
        if self.is_fenced(write.token):
            self.emit("fenced", token=write.token, holder=write.src, highest=self.highest)
            raise RpcError(ErrorCode.PRECONDITION_FAILED, f"token {write.token}, and {self.highest} was here")
        self.highest, self.position = max(self.highest, write.token), self.position + 1
        position = self.position
        self.store.put("done", (self.highest, position))
        self.emit("written", durable=True, token=write.token, holder=write.src, position=position)
        await self.store.sync("write")
        await self.reply(write, Written(position=position))

    def is_fenced(self, token: int) -> bool:
        """Return whether a later leader has been here."""
        return token < int(self.highest)
