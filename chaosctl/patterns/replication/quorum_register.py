"""A register for each key, replicated by quorums without consensus: any node serves, a majority decides.

H. Attiya, A. Bar-Noy, D. Dolev, "Sharing Memory Robustly in Message-Passing Systems" (JACM 1995), with many writers
(N. Lynch, A. Shvartsman, FTCS 1997): a write asks a quorum for the highest stamp and stores a higher one at a quorum; a
read asks a quorum and writes back what it is about to return.
Model: linearizable under asynchrony and crash-recovery where R + W > N; it serves while a quorum of each kind answers.
No compare-and-set: that would take consensus.

What would surprise: replicas outside a quorum stay behind for ever, and only reads are safe, not copies. And a stamp
carries its writer's incarnation: a writer that forgot in a crash what it had sent must not use that stamp again.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any
from zlib import crc32

from msgspec import Meta

from chaosctl.node.messages import Error, ErrorCode, Message
from chaosctl.node.pattern import Duration, Options, Pattern, majority
from chaosctl.node.role import Role
from chaosctl.patterns.replication.messages import Read, ReadOk, Write, WriteOk

Stamp = tuple[int, str, int]  # (counter, writer, its incarnation): ordered, and no two writes share one.

NEVER: Stamp = (0, "", 0)


class RegisterOptions(Options, frozen=True):
    """Copies `n` of a key (0: on every node), quorums `r` and `w` (0: a majority of them).

    A round is sent again each `retry` and given up after `patience`.
    """

    n: Annotated[int, Meta(ge=0)] = 0
    r: Annotated[int, Meta(ge=0)] = 0
    w: Annotated[int, Meta(ge=0)] = 0
    retry: Duration = 0.05
    patience: Duration = 0.5


class Query(Message):
    """The first round asks what a copy has for a key."""

    round: int
    key: int | str


class QueryOk(Message):
    """What a copy has: a value, under a stamp."""

    round: int
    stamp: Stamp
    value: Any


class Update(Message):
    """Keep this value, if its stamp is higher than yours."""

    round: int
    key: int | str
    stamp: Stamp
    value: Any


class UpdateOk(Message):
    """I have it, or a later one, on disk."""

    round: int


@dataclass
class Round:
    """One operation under way at its coordinator: first it asks (`answers`), then it stores (`stored`)."""

    request: Read | Write
    answers: dict[str, tuple[Stamp, Any]] = field(default_factory=dict)
    update: Update | None = None
    stored: set[str] = field(default_factory=set)


class Replica(Role):
    """Both sides: the copy of every key, and the coordinator of the operations that clients bring here."""

    async def start(self) -> None:
        """Count this incarnation durably, before any stamp is made in it."""
        self.boot = self.store.get("boot", int, 0) + 1
        self.store.put("boot", self.boot)
        await self.store.sync("boot")
        self.rounds: dict[int, Round] = {}
        self.issued: dict[int | str, int] = {}
        self.last_round = 0

    # The coordinator.

    async def on_read(self, read: Read) -> None:
        """Begin a read."""
        self.begin(read)

    async def on_write(self, write: Write) -> None:
        """Begin a write."""
        self.begin(write)

    def begin(self, request: Read | Write) -> None:
        """Ask everybody, again and again until the operation is over."""
        self.last_round += 1
        number = self.boot * 1_000_000_000 + self.last_round  # A late answer must not count in another's round.
        self.rounds[number] = Round(request)
        self.spawn(partial(self.pursue, number))

    async def pursue(self, number: int) -> None:
        """Send the present phase's message to all who have not answered; in the end say what is known."""
        deadline = self.now() + self.options.patience
        while (round_ := self.rounds.get(number)) and self.now() < deadline:
            for node in self.homes(round_.request.key):
                await self.ask(node, number, round_)
            await self.sleep(self.options.retry)
        if round_ := self.rounds.pop(number, None):
            surely_not = round_.update is None
            code = ErrorCode.TEMPORARILY_UNAVAILABLE if surely_not else ErrorCode.TIMEOUT
            await self.reply(round_.request, Error(code=code, text="no quorum"))

    async def ask(self, node: str, number: int, round_: Round) -> None:
        """Send one node what it has not answered yet."""
        if round_.update is None:
            if node not in round_.answers:
                await self.send(node, Query(round=number, key=round_.request.key))
        elif node not in round_.stored:
            await self.send(node, round_.update)

    async def on_query_ok(self, answer: QueryOk) -> None:
        """With a quorum's answers: choose what to store, and store it everywhere."""
        round_ = self.rounds.get(answer.round)
        if round_ is None or round_.update is not None:
            return
        round_.answers[answer.src] = (answer.stamp, answer.value)
        if len(round_.answers) >= self.needed(self.options.r):
            stamp, value = self.choose(round_)
            round_.update = Update(round=answer.round, key=round_.request.key, stamp=stamp, value=value)
            for node in self.homes(round_.request.key):
                await self.send(node, round_.update)

    def choose(self, round_: Round) -> tuple[Stamp, Any]:
        """Return what a read writes back, the highest it saw; or a write's value under a higher stamp than any."""
        highest = max(round_.answers.values(), key=lambda answer: answer[0])
        if any(stamp != highest[0] for stamp, _ in round_.answers.values()):
            self.emit("copies_differ", key=round_.request.key)
        if isinstance(round_.request, Read):
            return highest
        key = round_.request.key
        self.issued[key] = max(highest[0][0], self.issued.get(key, 0)) + 1
        return (self.issued[key], self.node_id, self.boot), round_.request.value

    async def on_update_ok(self, stored: UpdateOk) -> None:
        """With a quorum's copies: answer the client."""
        round_ = self.rounds.get(stored.round)
        if round_ is None or round_.update is None:
            return
        round_.stored.add(stored.src)
        if len(round_.stored) >= self.needed(self.options.w):
            del self.rounds[stored.round]
            await self.answer(round_, round_.update.value)

    async def answer(self, round_: Round, value: Any) -> None:
        """Tell the client how its operation ended."""
        await self.reply(round_.request, ReadOk(value=value) if isinstance(round_.request, Read) else WriteOk())

    def homes(self, key: int | str) -> tuple[str, ...]:
        """Return the N nodes that have copies of a key: those from its place on the ring on."""
        place = crc32(str(key).encode()) % len(self.nodes) if self.options.n else 0
        return (*self.nodes[place:], *self.nodes[:place])[: self.options.n or None]

    def needed(self, configured: int) -> int:
        """Return a quorum's size: what the options say, or a majority of a key's copies."""
        return configured or majority(self.options.n or len(self.nodes))

    # The copy.

    async def on_query(self, query: Query) -> None:
        """Say what is here."""
        stamp, value = self.copy(query.key)
        await self.reply(query, QueryOk(round=query.round, stamp=stamp, value=value))

    async def on_update(self, update: Update) -> None:
        """Keep what is newer; it is on disk before anybody counts this copy."""
        if update.stamp > self.copy(update.key)[0]:
            self.store.put(f"key/{update.key}", (update.stamp, update.value))
        await self.store.sync("update")
        await self.reply(update, UpdateOk(round=update.round))

    def copy(self, key: int | str) -> tuple[Stamp, Any]:
        """Return this node's stamp and value of a key."""
        stamp, value = self.store.get(f"key/{key}", tuple[Stamp, Any], (NEVER, None))
        return stamp, value


class NoWriteBack(Replica):
    """Returns a read without writing it back: one reader sees a new value, the next one the old (new-old inversion)."""

    violates = "linearizable"

    async def on_query_ok(self, answer: QueryOk) -> None:
        """Answer a read as soon as a quorum has."""
        round_ = self.rounds.get(answer.round)
        if round_ is None or not isinstance(round_.request, Read):
            await super().on_query_ok(answer)
            return
        round_.answers[answer.src] = (answer.stamp, answer.value)
        if len(round_.answers) >= self.needed(self.options.r):
            del self.rounds[answer.round]
            await self.answer(round_, self.choose(round_)[1])


class LocalStamp(Replica):
    """Stamps a write from its own copy alone: one that has missed a write stamps below it, and is lost."""

    violates = "linearizable"

    def choose(self, round_: Round) -> tuple[Stamp, Any]:
        """Count on from what is here."""
        if isinstance(round_.request, Write):
            round_.answers = {self.node_id: self.copy(round_.request.key)}
        return super().choose(round_)


QUORUM_REGISTER = Pattern(
    name="quorum-register",
    summary="A register for each key by read and write quorums (ABD): CP without a leader",
    roles={"replica": Replica},
    workloads=("key-value",),
    checks=("linearizable",),
    sometimes=("copies_differ",),
    options=RegisterOptions,
    broken={"no-writeback": NoWriteBack, "local-timestamp": LocalStamp},
    quorum=majority,
)
