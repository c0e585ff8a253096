"""The transaction manager of two-phase commit: collects the votes, decides, and tells until everybody knows.

Presumed abort: C. Mohan, B. Lindsay, R. Obermarck, "Transaction Management in the R* Distributed Database Management
System" (1986), section 3. Only a commit is written, and synced before anybody hears of it; a transaction without a
record is aborted. While that record is being written the answer to an inquiry is neither: `wait`. Who voted read-only
has nothing to commit: phase 2 and the record do without it (same section).
"""

from dataclasses import dataclass
from functools import partial

from chaosctl.node.messages import Error, ErrorCode
from chaosctl.node.role import Role
from chaosctl.patterns.transactions import accounts
from chaosctl.patterns.transactions.causes import COORDINATOR_RECOVERY, PARTICIPANT_TIMEOUT
from chaosctl.patterns.transactions.two_phase_commit_messages import (
    ABORT,
    COMMIT,
    WAIT,
    Commit,
    Committed,
    Decision,
    Effects,
    GuaranteedTransfer,
    Inquire,
    Order,
    Prepare,
    Rollback,
    Transfer,
    Vote,
)

VOTING, DECIDING, COMMITTED, ABORTED = "voting", "deciding", "committed", "aborted"


@dataclass
class Transaction:
    """A transaction under way; `missing` are the participants whose vote, then whose word of the end, is awaited.

    `participants` is without those who said that they only read.
    """

    gid: str
    participants: tuple[str, ...]
    request: Transfer | Order | None = None
    state: str = VOTING

    def __post_init__(self) -> None:
        self.missing = set(self.participants)


class TransactionManager(Role):
    """Decides. On disk: which transactions are committed and not yet ended, and a count of its own starts."""

    async def start(self) -> None:
        """Go on telling what was decided; what was undecided is aborted by not being known any more."""
        self.starts: int = self.store.get("starts", int, 0) + 1
        self.store.put("starts", self.starts)
        await self.store.sync("starts")  # A gid that an earlier incarnation gave away must not come back.
        self.begun = 0
        self.transactions: dict[str, Transaction] = {}
        for key, participants in self.store.scan("commit/", tuple[str, ...]).items():
            transaction = Transaction(key.removeprefix("commit/"), participants, state=COMMITTED)
            self.transactions[transaction.gid] = transaction
            self.spawn(partial(self.tell_commit, transaction))

    async def on_transfer(self, transfer: Transfer) -> None:
        """Move money between two accounts."""
        await self.carry_out(transfer)

    async def on_guaranteed_transfer(self, transfer: GuaranteedTransfer) -> None:
        """Move money between two accounts, if a third could pay it too."""
        accounts.check_guarantor(transfer, self.options)
        await self.carry_out(transfer, {transfer.guarantor: transfer.amount})

    async def on_order(self, order: Order) -> None:
        """Sell one of an item: legs at three services."""
        await self.carry_out(order)

    async def carry_out(self, request: Transfer | Order, least: Effects | None = None) -> None:
        """Phase 1: ask every participant to prepare; without all votes in time, abort. `least`: what must be there."""
        holders = self.placement["resource-manager"]
        effects = accounts.by_holder(accounts.legs_of(request, self.options), holders)
        covers = accounts.by_holder(least or {}, holders)
        if not accounts.is_new(self.store, request):
            return
        self.begun += 1
        transaction = Transaction(
            f"{self.node_id}-{self.starts}-{self.begun}", tuple(sorted({*effects, *covers})), request
        )
        self.transactions[transaction.gid] = transaction
        self.emit("began", gid=transaction.gid, participants=sorted(effects))  # Who reads has no end to come to.
        for participant in transaction.participants:
            work, least = effects.get(participant, {}), covers.get(participant, {})
            await self.send(participant, Prepare(gid=transaction.gid, effects=work, covers=least))
        await self.sleep(self.options.vote_timeout)
        if transaction.state == VOTING:
            await self.abort(transaction, "not all votes came in time", PARTICIPANT_TIMEOUT)

    async def on_vote(self, vote: Vote) -> None:
        """Count a vote; the last yes commits, the first no aborts."""
        transaction = self.transactions.get(vote.gid)
        if transaction is None or transaction.state != VOTING:
            return  # Too late to count: whoever is prepared will be told, or will ask.
        if not vote.yes:
            await self.abort(transaction, vote.why, vote.cause)
            return
        transaction.missing.discard(vote.src)
        if vote.read_only:
            transaction.participants = tuple(node for node in transaction.participants if node != vote.src)
        if not transaction.missing:
            await self.commit(transaction)

    async def commit(self, transaction: Transaction) -> None:
        """Decide to commit: on disk first, then to the client, then to the participants."""
        transaction.state = DECIDING
        self.store.put(f"commit/{transaction.gid}", transaction.participants)
        self.emit("decided", durable=True, gid=transaction.gid, decision=COMMIT, participants=transaction.participants)
        await self.store.sync("decision")  # The commit point: before it every answer is abort or wait.
        transaction.state, transaction.missing = COMMITTED, set(transaction.participants)
        if transaction.request is not None:
            await self.reply(transaction.request, accounts.done(transaction.request))
        await self.tell_commit(transaction)

    async def tell_commit(self, transaction: Transaction) -> None:
        """Phase 2: tell the participants to commit, again and again, until all have."""
        while transaction.missing:
            for participant in sorted(transaction.missing):
                await self.send(participant, Commit(gid=transaction.gid))
            await self.sleep(self.options.retry)

    async def on_committed(self, committed: Committed) -> None:
        """Forget a transaction when the last participant has committed; that this is not synced does no harm."""
        transaction = self.transactions.get(committed.gid)
        if transaction is None or transaction.state != COMMITTED:
            return
        transaction.missing.discard(committed.src)
        if not transaction.missing:
            del self.transactions[transaction.gid]
            self.store.delete(f"commit/{transaction.gid}")
            self.emit("ended", gid=transaction.gid)

    async def abort(self, transaction: Transaction, why: str, cause: str) -> None:
        """Decide to abort, by forgetting: nothing is written of it, and nobody needs to answer."""
        transaction.state = ABORTED
        del self.transactions[transaction.gid]
        participants = transaction.participants
        self.emit("decided", gid=transaction.gid, decision=ABORT, participants=participants, cause=cause)
        for participant in participants:
            await self.send(participant, Rollback(gid=transaction.gid))
        if transaction.request is not None:
            await self.store.sync("seen")  # For the request's sake: no later copy of it is done.
            await self.reply(transaction.request, Error(code=ErrorCode.ABORT, text=why))

    async def on_inquire(self, inquire: Inquire) -> None:
        """Tell somebody in doubt how it was decided, or to wait."""
        transaction = self.transactions.get(inquire.gid)
        if transaction is None:
            outcome = self.presume()
            self.emit("presumed", gid=inquire.gid, decision=outcome, cause=COORDINATOR_RECOVERY)
            await self.reply(inquire, Decision(outcome=outcome))
        else:
            await self.reply(inquire, Decision(outcome=COMMIT if transaction.state == COMMITTED else WAIT))

    def presume(self) -> str:
        """Return how a transaction ended that nothing is known of: aborted, for a commit would be on disk."""
        return ABORT
