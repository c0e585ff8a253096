"""One account, a copy of it on every member; the leader books, and answers when enough copies have it.

B. Oki, B. Liskov, "Viewstamped Replication" (PODC 1988): a new leader goes on with the newest entries that enough
members report, and they take nothing more from an older one. S. Davidson, H. Garcia-Molina, D. Skeen, "Consistency in
Partitioned Networks" (ACM Computing Surveys, 1985), sections 2 and 4: what is enough decides what a cut does. With
`rule = "majority"` (the smaller side refuses) the account is linearizable under asynchrony, cuts and crashes. With
`rule = "none"` every side serves, safe only while nothing is ever cut: after a heal one side's entries are left.

Who leads is the `bully` member's word, beside this role on every node, and asked anew for each request. What would
surprise: the money is not wrong in any copy, not even while the network is cut. Each side's books are in order.
"""

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from chaosctl.node.messages import Error, ErrorCode, Message, RpcError
from chaosctl.node.pattern import majority
from chaosctl.node.role import Role
from chaosctl.patterns.election.raft_messages import WhoLeads, WhoLeadsOk
from chaosctl.patterns.replication.split_brain_messages import (
    Append,
    Appended,
    Ask,
    Balance,
    BalanceOk,
    Book,
    BookOk,
    Entry,
    Have,
    Statement,
    StatementOk,
)

M = TypeVar("M", bound=Message)


class Account(Role):
    """A copy of the account. On disk: the highest term that was promised, the entries, and whose they are."""

    async def start(self) -> None:
        """Come back with what was synced, leading nothing."""
        self.promised: int = self.store.get("promised", int, 0)
        self.reign: int = self.store.get("reign", int, 0)
        self.entries: list[Entry] = list(self.store.scan("entry/", Entry).values())
        self.term, self.taking_over, self.leader = 0, 0, ""
        self.reported: dict[str, Have] = {}
        self.have: dict[str, int] = {}
        self.seen: set[tuple[str, int | None]] = set()
        self.waiting: list[tuple[int, Message, Message]] = []
        self.spawn(self.keep_up)

    # Clients.

    async def on_book(self, book: Book) -> None:
        """Book it behind all that is booked, once; the answer waits for the copies."""
        if (book.src, book.msg_id) in self.seen:
            return  # The network doubled it. Refused in its second copy, it might be booked in the first.
        self.seen.add((book.src, book.msg_id))
        if not await self.leads(forwarded=book.forwarded):
            passed_on = Book(number=book.number, amount=book.amount, forwarded=True)
            await self.reply(book, await self.pass_on(passed_on, BookOk))
            return
        place = next((place for place, entry in enumerate(self.entries, 1) if entry.number == book.number), 0)
        if not place:
            if self.balance() + book.amount < 0:
                raise RpcError(ErrorCode.ABORT, f"no cover: there are {self.balance()}")
            self.write([Entry(book.number, book.amount)], after=len(self.entries))
            place = len(self.entries)
        await self.answer_when_copied(book, place, BookOk(place=place, balance=self.balance(place)))

    async def on_balance(self, balance: Balance) -> None:
        """Show what is booked, when enough copies have all of it."""
        if not await self.leads(forwarded=balance.forwarded):
            await self.reply(balance, await self.pass_on(Balance(forwarded=True), BalanceOk))
            return
        answer = BalanceOk(place=len(self.entries), balance=self.balance())
        await self.answer_when_copied(balance, len(self.entries), answer)

    async def on_statement(self, statement: Statement) -> None:
        """List what is booked, when enough copies have all of it."""
        if not await self.leads(forwarded=statement.forwarded):
            await self.reply(statement, await self.pass_on(Statement(forwarded=True), StatementOk))
            return
        await self.answer_when_copied(statement, len(self.entries), StatementOk(entries=list(self.entries)))

    async def leads(self, *, forwarded: bool) -> bool:
        """Return whether this copy leads now, by the word of the member beside it; raises where nobody may serve."""
        who = await self.rpc(self.node_id, WhoLeads(), self.options.patience, WhoLeadsOk)
        self.leader = who.leader
        if who.leader == self.node_id:
            await self.take_over(who.term)
            return True
        if forwarded:
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, "another one leads by now", leader=who.leader)
        return False

    async def pass_on(self, request: Message, answer: type[M]) -> M:
        """Ask the leader; its errors, and its silence, are the client's."""
        return await self.rpc(self.leader, request, self.options.patience, answer)

    def balance(self, place: int | None = None) -> int:
        """Return what there is after so many entries (absent: after all)."""
        return int(self.options.opening) + sum(entry.amount for entry in self.entries[:place])

    async def answer_when_copied(self, request: Message, place: int, answer: Message) -> None:
        """Answer as soon as enough members have the entries up to this place."""
        self.waiting.append((place, request, answer))
        await self.tell_all()
        await self.sync_own()

    # Taking over.

    def is_enough(self, members: set[str]) -> bool:
        """Return whether these may serve: a majority of all members, or half of them with the tie-breaker among it."""
        if self.options.rule == "none":
            return True
        is_half = 2 * len(members) == len(self.nodes)
        return len(members) >= majority(len(self.nodes)) or (is_half and self.options.tie_breaker in members)

    async def take_over(self, term: int) -> None:
        """Lead in this term with the newest entries of all who answer; the first request in a term begins it."""
        if self.term == term:
            return
        if self.taking_over == term or term < self.promised:
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, "somebody takes over")
        self.taking_over, self.reported = term, {}
        for node in self.nodes:
            await self.send(node, Ask(term=term))
        await self.sleep(self.options.gather)  # Whoever has not answered by then is not there.
        is_due = self.taking_over == term  # Else an attempt for a newer term has begun, and what was reported is its.
        self.taking_over = 0 if is_due else self.taking_over
        if is_due and self.promised == term and self.is_enough(set(self.reported)):
            newest = max(self.reported.values(), key=self.newness)
            self.follow(term, newest.entries)
            self.term, self.have = term, {}
            self.emit("took_over", term=term, entries=len(self.entries))
            return
        raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, "too few answer")

    def newness(self, have: Have) -> tuple[int, int]:
        """Return by what copies are compared: who wrote last, and only then how much there is."""
        return have.reign, len(have.entries)

    async def on_ask(self, ask: Ask) -> None:
        """Promise to take nothing more from an older leader, on disk before it is counted on."""
        if ask.term < self.promised:
            return
        self.promise(ask.term)
        have = Have(term=ask.term, reign=self.reign, entries=list(self.entries))
        await self.store.sync("promise")
        await self.reply(ask, have)

    async def on_have(self, have: Have) -> None:
        """Note what a member has."""
        if have.term == self.taking_over:
            self.reported[have.src] = have

    def promise(self, term: int) -> None:
        """Be of this term from now on, in memory; what becomes of the bookings that wait here nobody can tell."""
        if term > self.promised:
            self.promised, self.term = term, 0
            self.store.put("promised", term)
            waiting, self.waiting = self.waiting, []
            self.spawn(partial(self.give_up, [request for _, request, _ in waiting]))

    async def give_up(self, requests: Sequence[Message]) -> None:
        """Say so to those who wait."""
        for request in requests:
            await self.reply(request, Error(code=ErrorCode.TIMEOUT, text="deposed before enough copies had it"))

    # Copies.

    async def keep_up(self) -> None:
        """As the leader, repeat to each member what it has not confirmed."""
        while True:
            await self.sleep(self.options.heartbeat)
            if self.term:
                await self.tell_all()

    async def tell_all(self) -> None:
        """Send each other member what it lacks; a copy that has confirmed nothing in this term gets everything."""
        for node in self.nodes:
            after = self.have.get(node, 0)
            if node != self.node_id and (node not in self.have or after < len(self.entries)):
                await self.send(node, Append(term=self.term, after=after, entries=self.entries[after:]))

    async def on_append(self, append: Append) -> None:
        """Have what the leader has, on disk before the answer; an older leader learns that it is deposed."""
        if not self.accepts(append):
            await self.reply(append, Appended(term=self.promised, have=0))
            return
        self.promise(append.term)
        if append.term != self.reign and append.after == 0:
            self.follow(append.term, append.entries)
        elif append.term == self.reign and append.after <= len(self.entries):
            known = len(self.entries) - append.after  # One leader's entries only grow: a late copy adds nothing.
            self.write(append.entries[known:], after=len(self.entries))
        have = len(self.entries) if append.term == self.reign else 0
        await self.store.sync("append")
        await self.reply(append, Appended(term=append.term, have=have))

    def accepts(self, append: Append) -> bool:
        """Return whether no newer leader was promised anything."""
        return append.term >= self.promised

    async def on_appended(self, appended: Appended) -> None:
        """Count a copy; and answer what enough copies have."""
        if appended.term > self.promised:
            self.promise(appended.term)
        elif appended.term == self.term:
            self.have[appended.src] = max(appended.have, self.have.get(appended.src, 0))
            await self.answer_copied()

    async def sync_own(self) -> None:
        """Count the leader's own copy, once it is on disk."""
        term, have = self.term, len(self.entries)
        await self.store.sync("book")
        if term == self.term:
            self.have[self.node_id] = max(have, self.have.get(self.node_id, 0))
            await self.answer_copied()

    async def answer_copied(self) -> None:
        """Answer all whose entries enough members have."""
        due = [waiting for waiting in self.waiting if self.is_copied(waiting[0])]
        self.waiting = [waiting for waiting in self.waiting if not self.is_copied(waiting[0])]
        for _, request, answer in due:  # A reign may end meanwhile: who waited in it must not wait in the next.
            await self.reply(request, answer)

    def is_copied(self, place: int) -> bool:
        """Return whether enough members, this one included, have the entries up to this place on disk."""
        members = {node for node, have in self.have.items() if have >= place}
        return self.node_id in members and self.is_enough(members)

    def follow(self, term: int, entries: Sequence[Entry]) -> None:
        """Have this leader's entries and no others; what is dropped with that is said."""
        kept = {entry.number for entry in entries}
        if dropped := [entry.number for entry in self.entries if entry.number not in kept]:
            self.emit("discarded", durable=True, term=self.reign, numbers=dropped)
        self.reign = term
        self.store.put("reign", term)
        for place in range(len(entries), len(self.entries)):
            self.store.delete(f"entry/{place:06}")
        self.write(entries, after=0)

    def write(self, entries: Sequence[Entry], after: int) -> None:
        """Have these behind the first so many entries, on disk with the next sync."""
        self.entries = [*self.entries[:after], *entries]
        for place, entry in enumerate(entries, after):
            self.store.put(f"entry/{place:06}", entry)
