"""The arbiter, on every node: keeps who leads, and shows clients the way to whoever it is.

Two supervisors and a heartbeat between them can't tell a dead leader from a cut link. A majority of all nodes can
decide all the same, because any two majorities share a node, and a node that has promised an epoch obeys no older one.
This is Paxos over views (L. Lamport, D. Malkhi, L. Zhou, "Vertical Paxos and Primary-Backup Replication", 2009): a
claim is its phase 1, and the leader's word, said again as its heartbeat, is phase 2.
"""

from typing import TypeVar

from chaosctl.node.messages import ErrorCode, Message, RpcError
from chaosctl.node.role import Role
from chaosctl.patterns.failure_detector import Suspicion
from chaosctl.patterns.workers.messages import (
    Accept,
    Ask,
    Audit,
    AuditOk,
    Claim,
    Claimed,
    Deposed,
    Followed,
    Lead,
    Review,
    Submit,
    SubmitOk,
    Told,
    View,
)

M = TypeVar("M", bound=Message)


class Arbiter(Role):
    """What one node has promised, and the newest view it was told."""

    async def start(self) -> None:
        """Read what the disk kept."""
        self.promised: tuple[int, str] = self.store.get("promised", tuple[int, str], (0, ""))
        self.view: View = self.store.get("view", View, View())
        self.suspicion = Suspicion(self)

    async def on_ask(self, ask: Ask) -> None:
        """Say what is known of the leader; it promises nothing."""
        suspects = self.suspicion.is_raised()
        await self.reply(ask, Told(survey=ask.survey, view=self.view, is_suspected=suspects))

    async def on_claim(self, claim: Claim) -> None:
        """Promise an epoch to one supervisor, unless it is promised to another or over already."""
        if not self.may_promise(claim.epoch, claim.src):
            await self.reply(claim, Deposed(epoch=self.promised[0]))
            return
        self.promise(claim.epoch, claim.src)
        view = self.view  # Read before the sync: no older leader can change it any more.
        await self.store.sync("promise")
        await self.reply(claim, Claimed(epoch=claim.epoch, view=view))

    def may_promise(self, epoch: int, candidate: str) -> bool:
        """Return whether an epoch is above every promise, or was this candidate's already."""
        return epoch > self.promised[0] or (epoch, candidate) == self.promised

    def promise(self, epoch: int, leader: str) -> None:
        """Obey no older epoch."""
        self.promised = (epoch, leader)
        self.store.put("promised", self.promised)

    async def on_lead(self, lead: Lead) -> None:
        """Keep a newer view; an older epoch is told that it is over."""
        if lead.view.epoch < self.promised[0]:
            await self.reply(lead, Deposed(epoch=self.promised[0]))
            return
        if lead.src != self.view.leader:
            self.suspicion = Suspicion(self)
        self.suspicion.hear("")  # By no name: its opinion is for who asks.
        if lead.view.place > self.view.place:
            self.promise(lead.view.epoch, lead.src)
            self.view = lead.view
            self.store.put("view", self.view)
        await self.store.sync("view")
        await self.reply(lead, Followed(epoch=lead.view.epoch, version=lead.view.version))

    async def on_submit(self, submit: Submit) -> None:
        """Pass a client's task on; the answer is the leader's."""
        await self.reply(submit, await self.pass_on(Accept(task=submit.task), SubmitOk))

    async def on_audit(self, audit: Audit) -> None:
        """Pass a client's audit on."""
        await self.reply(audit, await self.pass_on(Review(), AuditOk))

    async def pass_on(self, request: Message, answer: type[M]) -> M:
        """Ask the leader; its errors, and its silence, are the client's."""
        if not self.view.leader:
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, "nobody leads yet")
        return await self.rpc(self.view.leader, request, self.options.patience, answer)
