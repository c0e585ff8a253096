"""The transaction manager of Try, Confirm, Cancel: writes the beginning and the decision, and sees it through.

The beginning is on disk before the first Try, so a crash leaves no reservation that nobody knows of: back again it
cancels what was undecided. What is decided never turns: Confirm until all have, or Cancel until all have.
"""

from contextlib import suppress
from functools import partial

import msgspec

from chaosctl.node.messages import Error, ErrorCode, Message, RpcError
from chaosctl.node.role import Role
from chaosctl.patterns.transactions import accounts
from chaosctl.patterns.transactions.causes import COORDINATOR_RECOVERY, cause_of
from chaosctl.patterns.transactions.tcc_messages import Cancel, Confirm, Done, Try
from chaosctl.patterns.transactions.two_phase_commit_messages import ABORT, COMMIT, Order, Transfer

TRYING, CONFIRMING, CANCELLING = "trying", "confirming", "cancelling"


class Log(msgspec.Struct):
    """What the disk knows of a transaction: how far it is, and who takes part."""

    state: str
    participants: list[str]


class TransactionManager(Role):
    """Decides. On disk: every transaction from before its first Try until its last Confirm or Cancel is answered."""

    async def start(self) -> None:
        """Go on with what was decided; cancel what was not."""
        for key, log in self.store.scan("log/", Log).items():
            gid = key.removeprefix("log/")
            if log.state == TRYING:
                self.put(gid, CANCELLING, log.participants)
                cause, participants = COORDINATOR_RECOVERY, log.participants
                self.emit("decided", gid=gid, decision=ABORT, participants=participants, cause=cause)
            self.spawn(partial(self.finish, gid))

    async def on_transfer(self, transfer: Transfer) -> None:
        """Move money between two accounts."""
        await self.carry_out(transfer)

    async def on_order(self, order: Order) -> None:
        """Sell one of an item: legs at three services."""
        await self.carry_out(order)

    async def carry_out(self, request: Transfer | Order) -> None:
        """Try at every participant; when all have reserved confirm, else cancel."""
        legs = accounts.legs_of(request, self.options)
        if not accounts.is_new(self.store, request):
            return
        gid = accounts.gid_of(request)
        effects = accounts.by_holder(legs, self.placement["resource-manager"])
        self.put(gid, TRYING, sorted(effects))
        self.emit("began", gid=gid, participants=sorted(effects))
        await self.store.sync("begin")  # Before any Try: what is reserved is known to us.
        try:
            for participant in sorted(effects):
                attempt = Try(gid=gid, effects=effects[participant])
                await self.rpc(participant, attempt, self.options.try_timeout, Done)
        except RpcError as refusal:
            await self.cancel(gid, sorted(effects), cause_of(refusal))
            await self.reply(request, Error(code=ErrorCode.ABORT, text=refusal.text))
        else:
            await self.confirm(gid, sorted(effects))
            await self.reply(request, accounts.done(request))
        await self.finish(gid)

    def put(self, gid: str, state: str, participants: list[str]) -> None:
        """Write how far a transaction is, in memory."""
        self.store.put(f"log/{gid}", Log(state, participants))

    async def confirm(self, gid: str, participants: list[str]) -> None:
        """Decide to confirm: on disk before anybody hears of it."""
        self.put(gid, CONFIRMING, participants)
        self.emit("decided", durable=True, gid=gid, decision=COMMIT, participants=participants)
        await self.store.sync("decision")

    async def cancel(self, gid: str, participants: list[str], cause: str) -> None:
        """Decide to cancel: durable before the client is told, so that no later start decides otherwise."""
        self.put(gid, CANCELLING, participants)
        self.emit("decided", durable=True, gid=gid, decision=ABORT, participants=participants, cause=cause)
        await self.store.sync("decision")

    async def finish(self, gid: str) -> None:
        """Tell each participant the decision until it has answered, whatever often it takes; then forget it."""
        log: Log = self.store.get(f"log/{gid}", Log)
        missing = list(log.participants)
        while missing:
            for participant in tuple(missing):
                step: Message = Confirm(gid=gid) if log.state == CONFIRMING else Cancel(gid=gid)
                with suppress(RpcError):  # Neither may be given up: once more, then.
                    await self.rpc(participant, step, self.options.retry, Done)
                    missing.remove(participant)
            if missing:
                await self.sleep(self.options.retry)
        self.store.delete(f"log/{gid}")  # That this is not synced does no harm: they are told once more.
        self.emit("ended", gid=gid)
