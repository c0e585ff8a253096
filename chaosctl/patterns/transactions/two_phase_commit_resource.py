"""The resource manager of two-phase commit: holds accounts, prepares transfers, and obeys.

Presumed abort: Mohan, Lindsay, Obermarck, "Transaction Management in the R* Distributed Database Management System"
(1986), section 3. Until it votes yes it may abort alone. After that it is in doubt, with the rows locked, and may not
decide: it asks the transaction manager until it knows. That waiting is what two-phase commit costs. One that only read
votes read-only and is done: nothing on disk, no row locked, no doubt. It lets its rows go while others may still take
theirs, so what a transaction read is no snapshot over several nodes (known of this optimisation; 2PL ends at the vote).
"""

from functools import partial

from chaosctl.node.messages import RpcError
from chaosctl.node.role import LockTimeout, Role
from chaosctl.patterns.transactions import accounts
from chaosctl.patterns.transactions.causes import HEURISTIC_DECISION, LOCK_TIMEOUT, cause_of
from chaosctl.patterns.transactions.two_phase_commit_messages import (
    ABORT,
    COMMIT,
    WAIT,
    Audit,
    AuditOk,
    Commit,
    Committed,
    Decision,
    Effects,
    Inquire,
    Prepare,
    Rollback,
    Vote,
)


class ResourceManager(Role):
    """Holds accounts in its database; every transfer that changed them is a row in its ledger."""

    async def start(self) -> None:
        """Open the accounts, once; ask about what a crash left in doubt."""
        mine = accounts.held_by(self.node_id, self.options, self.placement["resource-manager"])
        await accounts.open_accounts(self.database, mine)
        self.preparing: set[str] = set()
        anticipated = self.store.scan("heuristic/", str)
        for gid in self.database.prepared():
            if f"heuristic/{gid}" in anticipated:  # Ordered, and a crash came in between.
                await self.end(gid, anticipated[f"heuristic/{gid}"])
            else:
                self.spawn(partial(self.resolve, gid))
        for key in anticipated:
            self.spawn(partial(self.resolve, key.removeprefix("heuristic/")))

    async def on_prepare(self, prepare: Prepare) -> None:
        """Phase 1: do the work, make it durable but undecided, and vote; the same prepare twice is done once."""
        if prepare.gid in self.preparing:
            self.emit("absorbed", gid=prepare.gid)
            return
        self.preparing.add(prepare.gid)
        try:
            if not prepare.effects:
                await self.read(prepare)
                await self.reply(prepare, Vote(gid=prepare.gid, yes=True, read_only=True))
                return
            is_known = prepare.gid in self.database.prepared() or await self.is_finished(prepare.gid)
            if is_known:
                self.emit("absorbed", gid=prepare.gid)
            else:
                await self.work(prepare)
            await self.reply(prepare, Vote(gid=prepare.gid, yes=True))
        except LockTimeout:
            await self.refuse(prepare, "a row is locked", LOCK_TIMEOUT)
        except RpcError as refusal:
            await self.refuse(prepare, refusal.text, cause_of(refusal))
        finally:
            self.preparing.discard(prepare.gid)

    async def refuse(self, prepare: Prepare, why: str, cause: str) -> None:
        """Vote no: nothing was done."""
        self.emit("voted_no", gid=prepare.gid, why=why, cause=cause)
        await self.reply(prepare, Vote(gid=prepare.gid, yes=False, why=why, cause=cause))

    async def read(self, prepare: Prepare) -> None:
        """Look whether there is enough to cover what others do; raises RpcError or LockTimeout. Nothing is written."""
        async with self.database.transaction("read") as transaction:
            await accounts.cover(transaction, prepare.covers)
        self.emit("read_only", gid=prepare.gid)

    async def is_finished(self, gid: str) -> bool:
        """Return whether the ledger has it: a late copy of a prepare must not be done again."""
        async with self.database.transaction("ledger") as transaction:
            return await transaction.get(f"ledger/{gid}", Effects) is not None

    async def work(self, prepare: Prepare) -> None:
        """Change the balances and prepare; raises RpcError or LockTimeout."""
        try:
            async with self.database.transaction("work", prepare.gid) as transaction:
                await accounts.cover(transaction, prepare.covers)
                for account, change in sorted(prepare.effects.items()):  # One order for all: no deadlock in here.
                    await accounts.change(transaction, account, change)
                await transaction.put(f"ledger/{prepare.gid}", prepare.effects)
                tell = partial(self.emit, "prepared", durable=True, gid=prepare.gid, effects=prepare.effects)
                await transaction.prepare(then=tell)
        finally:
            if prepare.gid in self.database.prepared():  # It may be even where a server's answer was lost.
                self.spawn(partial(self.resolve, prepare.gid))

    async def resolve(self, gid: str) -> None:
        """While in doubt, ask whoever began it; its name is in the gid. An operator's word too wants to be compared."""
        manager = gid.rsplit("-", 2)[0]
        await self.sleep(self.options.inquiry)
        while gid in self.database.prepared() or self.store.get(f"heuristic/{gid}", str) is not None:
            self.emit("asked", gid=gid)
            try:
                decision = await self.rpc(manager, Inquire(gid=gid), self.options.inquiry, Decision)
            except RpcError:
                continue  # It has waited for the answer: no need to wait again.
            if decision.outcome == WAIT:
                await self.sleep(self.options.inquiry)
            else:
                await self.finish(gid, decision.outcome)

    async def on_commit(self, commit: Commit) -> None:
        """Phase 2: commit, and say so when it is durable."""
        await self.finish(commit.gid, COMMIT)
        await self.reply(commit, Committed(gid=commit.gid))

    async def on_rollback(self, rollback: Rollback) -> None:
        """Phase 2: roll back, if there is anything."""
        await self.finish(rollback.gid, ABORT)

    async def finish(self, gid: str, outcome: str) -> None:
        """Carry the manager's decision out, if it is not; return when that is durable, whoever carried it out."""
        await self.compare(gid, outcome)
        await self.end(gid, outcome)

    async def end(self, gid: str, outcome: str) -> None:
        """Commit or roll back.

        The database is asked even about a gid that is no longer in doubt: the task that ended it may wait for the disk
        yet, and a commit acknowledged before that is one that a crash undoes when the manager has forgotten it.
        """
        if outcome == COMMIT:
            tell = partial(self.emit, "committed", durable=True, gid=gid)
            if not await self.database.commit_prepared(gid, then=tell):
                self.emit("absorbed", gid=gid)
        else:  # An abort may come to whom there is nothing to roll back: that is no second one.
            await self.database.rollback_prepared(gid, then=partial(self.emit, "aborted", durable=True, gid=gid))

    async def on_operator(self, command: str, arguments: dict[str, str]) -> None:  # noqa: ARG002 (takes none)
        """Decide whatever is in doubt when somebody orders `commit` or `abort`: heuristically, the manager unheard."""
        for gid in tuple(self.database.prepared()) if command in (COMMIT, ABORT) else ():
            self.store.put(f"heuristic/{gid}", command)
            self.emit("heuristic_decision", durable=True, gid=gid, decision=command, cause=HEURISTIC_DECISION)
            await self.store.sync("heuristic")
            await self.end(gid, command)

    async def compare(self, gid: str, outcome: str) -> None:
        """Tell when a decision comes that an operator anticipated otherwise: the damage is done, a person must know.

        Said once, by the first word of the manager: when it has heard that we committed it forgets, and presumes abort.
        """
        anticipated: str | None = self.store.get(f"heuristic/{gid}", str)
        if anticipated is None:
            return
        self.store.delete(f"heuristic/{gid}")
        if anticipated != outcome:
            self.emit("heuristic_mixed", durable=True, gid=gid, anticipated=anticipated, decision=outcome)
        await self.store.sync("heuristic")

    async def on_audit(self, audit: Audit) -> None:
        """Tell a client the balances, as far as they are decided."""
        await self.reply(audit, AuditOk(balances=await accounts.balances(self.database)))
