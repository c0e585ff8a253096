"""The orchestrator of sagas: one step after the other, and where one fails, back through the compensations.

Garcia-Molina and Salem's saga execution component with its log. On disk before the first step: who is to do what. So
back again after a crash it goes on forward (their section 5), for a step that was done already answers the same; and
from the first step that failed it goes backward (section 4), through every step that may have been carried out.
"""

from contextlib import suppress
from functools import partial

import msgspec

from chaosctl.node.messages import Error, ErrorCode, RpcError
from chaosctl.node.role import Role
from chaosctl.patterns.transactions import accounts
from chaosctl.patterns.transactions.causes import cause_of
from chaosctl.patterns.transactions.saga_messages import Compensate, Done, Execute
from chaosctl.patterns.transactions.two_phase_commit_messages import (
    ABORT,
    COMMIT,
    Effects,
    Order,
    Transfer,
)


class Step(msgspec.Struct):
    """One participant's part."""

    participant: str
    effects: Effects


class Saga(msgspec.Struct):
    """What the log knows of a saga: its steps; once one has failed, how many must be compensated."""

    steps: list[Step]
    undo: int = 0


class Orchestrator(Role):
    """Leads each saga to its end. On disk: every saga from before its first step until its last is answered."""

    async def start(self) -> None:
        """Go on with every saga of the log, in its direction."""
        for key, saga in self.store.scan("log/", Saga).items():
            self.spawn(partial(self.resume, key.removeprefix("log/"), saga))

    async def resume(self, gid: str, saga: Saga) -> None:
        """Lead a saga to its end that a crash interrupted; nobody knows any more how far forward it came."""
        if saga.undo or await self.go_on(gid, saga, gives_up=False) is not None:
            await self.go_back(gid, saga)

    async def on_transfer(self, transfer: Transfer) -> None:
        """Move money between two accounts."""
        await self.carry_out(transfer)

    async def on_order(self, order: Order) -> None:
        """Sell one of an item: the payment, then the stock, then the order."""
        await self.carry_out(order)

    async def carry_out(self, request: Transfer | Order) -> None:
        """Write the saga down, carry it out, and answer what became of it."""
        legs = accounts.legs_of(request, self.options)
        if not accounts.is_new(self.store, request):
            return
        gid, saga = accounts.gid_of(request), self.plan(legs)
        self.store.put(f"log/{gid}", saga)
        self.emit("began", gid=gid, participants=[step.participant for step in saga.steps])
        await self.store.sync("begin")  # Before any step: what is done is known to us.
        if (error := await self.go_on(gid, saga, gives_up=True)) is not None:
            await self.reply(request, Error(code=ErrorCode.ABORT, text=error.text))
            await self.go_back(gid, saga)
        else:
            await self.reply(request, accounts.done(request))

    def plan(self, legs: Effects) -> Saga:
        """Return the steps in their order: take the money first, for what can't be undone at will comes last."""
        steps = accounts.by_holder(legs, self.placement["resource-manager"])
        return Saga([Step(participant, effects) for participant, effects in steps.items()])

    async def go_on(self, gid: str, saga: Saga, *, gives_up: bool) -> RpcError | None:
        """Carry the steps out in order and note the end; at one that fails note that, and return its error.

        A step that does not answer may be given up as long as the last was never asked for: others may have spent
        what that one gave, so it can't be taken back. Hence the last is repeated until it is answered.
        """
        for number, step in enumerate(saga.steps, 1):
            error = await self.execute(gid, step, gives_up=gives_up and number < len(saga.steps))
            if error is not None:
                await self.turn_back(gid, saga, number, cause_of(error))
                return error
        self.store.delete(f"log/{gid}")
        self.emit("decided", durable=True, gid=gid, decision=COMMIT, participants=[s.participant for s in saga.steps])
        legs = {account: change for step in saga.steps for account, change in step.effects.items()}
        self.emit("accepted_transfer", durable=True, gid=gid, legs=legs)
        await self.store.sync("end")
        return None

    async def execute(self, gid: str, step: Step, *, gives_up: bool) -> RpcError | None:
        """Have a step carried out; return the error for which it was not, None where it was."""
        tries, code = 0, int(ErrorCode.TIMEOUT)
        while not gives_up or tries < self.options.tries:
            tries += 1
            try:
                await self.rpc(step.participant, Execute(gid=gid, effects=step.effects), self.options.retry, Done)
            except RpcError as error:
                if error.code == ErrorCode.ABORT:
                    return error
                code = error.code
                await self.sleep(self.options.retry)
            else:
                return None
        return RpcError(code, f"{step.participant} did not answer {tries} times")

    async def turn_back(self, gid: str, saga: Saga, failed: int, cause: str) -> None:
        """Decide to compensate, the failed step too, for it may have been carried out; durable before anybody hears."""
        saga.undo = failed
        self.store.put(f"log/{gid}", saga)
        self.emit("decided", durable=True, gid=gid, decision=ABORT, participants=[], cause=cause)
        await self.store.sync("decision")

    async def go_back(self, gid: str, saga: Saga) -> None:
        """Compensate backward, each step until it is answered, whatever often it takes; then forget the saga."""
        for step in reversed(saga.steps[: saga.undo]):
            while not await self.is_compensated(gid, step):
                await self.sleep(self.options.retry)
        self.store.delete(f"log/{gid}")  # That this is not synced does no harm: they are told once more.
        self.emit("ended", gid=gid)

    async def is_compensated(self, gid: str, step: Step) -> bool:
        """Ask a participant to undo its step, and return whether it said that it has."""
        with suppress(RpcError):
            await self.rpc(step.participant, Compensate(gid=gid), self.options.retry, Done)
            return True
        return False
