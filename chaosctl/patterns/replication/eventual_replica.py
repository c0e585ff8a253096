"""A node of `eventual`: the coordinator of what clients bring to it, and one of the copies.

G. DeCandia and others, "Dynamo: Amazon's Highly Available Key-value Store" (SOSP 2007): 4.5 (N, R, W), 4.4 (versions),
4.7 (anti-entropy; here without Merkle trees, by A. Demers and others, "Epidemic Algorithms for Replicated Database
Maintenance" (PODC 1987), section 1.3: a random peer, push and pull). Read repair is the end of 4.5; hints are kept by
`eventual_handoff`.

What would surprise: a client sends no version along, so a write replaces what its coordinator had seen, in a read or a
write that passed here or in its own copy. With R + W > N, and no hint in place of a copy, a read overlaps with every
acknowledged write; yet the store is no register: two reads during a write may see it and then not (ABD's write-back is
missing), and a Lamport stamp from a coordinator that had not seen a write is below it (ABD's query is missing).
"""

from collections.abc import Iterable
from functools import partial, reduce
from typing import Any, TypeVar
from zlib import crc32

import msgspec

from chaosctl.node.messages import Error, ErrorCode, Message, RpcError
from chaosctl.node.role import Role
from chaosctl.patterns.replication import eventual_messages as say
from chaosctl.patterns.replication.eventual_values import Counter, Elements, Latest, Siblings, Stamp, State, merged
from chaosctl.patterns.replication.messages import Read, ReadOk, Write, WriteOk

S = TypeVar("S", Latest, Siblings, Elements, Counter)
TICK = 1e-6  # Two writes of one node never share a stamp, however coarse its clock.


class Replica(Role):
    """One node, which serves every key, and holds a copy of those whose home it is."""

    async def start(self) -> None:
        """Come back with what was on disk, as a new actor."""
        self.actor = f"{self.node_id}/{self.random.getrandbits(32):08x}"
        self.copies: dict[str, State] = self.store.scan("key/", State)
        self.seen: dict[str, State] = {}  # What passed through this coordinator in this incarnation.
        self.served: dict[str, int] = {}
        self.rounds: dict[int, say.Round] = {}
        self.last_round = self.random.getrandbits(32) << 20  # No late answer to a former life counts.
        self.last_reading = 0.0
        for key in self.copies:
            self.tell_stored(key)
        if self.options.gossip:
            self.spawn(self.gossip)

    # Clients (section 4.5).

    async def on_read(self, read: Read) -> None:
        """Ask every home, answer with what the first R of them have, merged."""
        await self.begin(say.Round(read, f"key/{read.key}", self.options.r, ReadOk(value=None)))

    async def on_write(self, write: Write) -> None:
        """Make a version above what was seen here, and store it at every home."""
        key = f"key/{write.key}"
        if self.options.conflict == "siblings":
            siblings = self.base(key, Siblings)
            replaced, state = siblings.values(), siblings.write(self.actor, write.value)
            await self.update(write, state, WriteOk(), replaced)
        else:
            latest = self.base(key, Latest)
            await self.update(write, Latest(self.stamp(latest.stamp), write.value), WriteOk(), [latest.value])

    async def on_increment(self, increment: say.Increment) -> None:
        """Count in this actor's own slot."""
        counter = self.base(f"key/{increment.key}", Counter)
        await self.update(increment, counter.increment(self.actor, increment.amount), say.IncrementOk())

    async def on_add(self, add: say.Add) -> None:
        """Bring the element in, under a dot of its own."""
        elements = self.base(f"key/{add.key}", Elements)
        await self.update(add, elements.add(self.actor, add.element), say.AddOk())

    async def on_remove(self, remove: say.Remove) -> None:
        """Take away what was seen of the element; what was not seen can't be removed."""
        elements = self.base(f"key/{remove.key}", Elements)
        if remove.element not in elements.shown():
            raise RpcError(ErrorCode.KEY_DOES_NOT_EXIST, "nobody has shown that element here")
        await self.update(remove, elements.remove(remove.element), say.RemoveOk())

    def base(self, key: str, kind: type[S]) -> S:
        """Return all that this node knows of a key: its own copy, and what passed through its coordinator."""
        state = self.join(self.copies.get(key), self.seen.get(key))
        return state if isinstance(state, kind) else kind()

    def stamp(self, base: Stamp) -> Stamp:
        """Return a stamp above the one that is replaced, by Lamport's rule; or what this node's clock says."""
        if self.options.stamps == "lamport":
            return (base[0] + 1, self.actor)
        self.last_reading = max(self.now(), self.last_reading + TICK)
        return (self.last_reading, self.actor)

    async def update(self, request: Message, state: State, done: Message, replaced: Iterable[Any] = ()) -> None:
        """Store a new version at the homes of its key, unless the network has doubled the request."""
        if self.served.get(request.src, -1) >= (request.msg_id or 0):
            return
        self.served[request.src] = request.msg_id or 0
        key = f"key/{request.key}"  # type: ignore[attr-defined]  # Every request of a client has one.
        self.seen[key] = state
        if isinstance(request, Write):
            self.emit("replaced", key=request.key, value=request.value, values=list(replaced))
        await self.begin(say.Round(request, key, self.options.w, done, state))

    # The coordinator's rounds.

    async def begin(self, round_: say.Round) -> None:
        """Ask all homes, this node too if it is one; or, to have less traffic, as few as suffice."""
        round_.asked = self.homes(round_.key)
        if self.options.ask == "quorum":
            round_.asked = self.random.sample(round_.asked, min(round_.needed, len(round_.asked)))
        self.last_round += 1
        self.rounds[number := self.last_round] = round_
        self.spawn(partial(self.expire, number))
        for home in round_.asked:
            if round_.state is None:
                await self.send(home, say.Fetch(round=number, key=round_.key))
            else:
                await self.send(home, say.Store(round=number, key=round_.key, state=round_.state))

    def homes(self, key: str) -> list[str]:
        """Return the N nodes from the key's place on the ring on (section 4.2; without virtual nodes)."""
        place = crc32(key.encode()) % len(self.nodes)
        return [*self.nodes[place:], *self.nodes[:place]][: self.options.n or None]

    async def on_fetch_ok(self, answer: say.FetchOk) -> None:
        """Count a copy that was read."""
        await self.count(answer.round, answer.src, answer.state)

    async def on_store_ok(self, answer: say.StoreOk) -> None:
        """Count a copy that was stored."""
        if round_ := self.rounds.get(answer.round):
            await self.count(answer.round, answer.src, round_.state)

    async def on_hint_ok(self, answer: say.HintOk) -> None:
        """Count a hint for the copy that it stands for: a sloppy quorum (section 4.6)."""
        if round_ := self.rounds.get(answer.round):
            await self.count(answer.round, answer.home, round_.state)

    async def count(self, number: int, home: str, state: State | None) -> None:
        """Answer the client with the R-th or W-th copy; the round is over with the last."""
        round_ = self.rounds.get(number)
        if round_ is None:
            return
        round_.answers[home] = state
        if len(round_.answers) >= round_.needed and not round_.is_answered:
            round_.is_answered = True
            await self.reply(round_.request, self.answer(round_))
        if len(round_.answers) == len(round_.asked):
            await self.end(number)

    def answer(self, round_: say.Round) -> Message:
        """Return what the client is told, and note what it has seen by that."""
        state = reduce(self.join, round_.answers.values(), None)
        if round_.state is not None or state is None:
            return round_.done
        self.seen[round_.key] = self.join(self.seen.get(round_.key), state) or state
        return ReadOk(value=state.shown())

    async def expire(self, number: int) -> None:
        """Leave hints for those who are silent; after as long again say that there was no quorum."""
        await self.sleep(self.options.patience)
        round_ = self.rounds.get(number)
        if round_ is None:
            return
        if self.options.handoff and round_.state is not None:
            for home in [home for home in round_.asked if home not in round_.answers]:
                await self.send(self.node_id, say.Hint(round=number, home=home, key=round_.key, state=round_.state))
        await self.sleep(self.options.patience)
        await self.end(number)
        if not round_.is_answered:
            code = ErrorCode.TEMPORARILY_UNAVAILABLE if round_.state is None else ErrorCode.TIMEOUT
            await self.reply(round_.request, Error(code=code, text="no quorum of copies"))

    async def end(self, number: int) -> None:
        """Forget a round; bring the copies that it found behind up to date (read repair)."""
        round_ = self.rounds.pop(number, None)
        if round_ is None or round_.state is not None or not self.options.read_repair:
            return
        newest = reduce(self.join, round_.answers.values(), None)
        for home, state in round_.answers.items():
            if newest is not None and state != newest:
                await self.send(home, say.Newer(states={round_.key: newest}))

    # The copy.

    async def on_fetch(self, fetch: say.Fetch) -> None:
        """Say what is here, old or new."""
        await self.reply(fetch, say.FetchOk(round=fetch.round, state=self.copies.get(fetch.key)))

    async def on_store(self, store: say.Store) -> None:
        """Have it on disk before it is counted."""
        await self.take({store.key: store.state})
        await self.reply(store, say.StoreOk(round=store.round))

    async def on_hand_back(self, hint: say.HandBack) -> None:
        """Take what was written while this node was away."""
        await self.take({hint.key: hint.state})
        await self.reply(hint, say.HandBackOk())

    async def take(self, states: dict[str, State]) -> None:
        """Merge what came into what is here; in whatever order it comes, all copies end alike."""
        newer = {key: self.join(self.copies.get(key), state) or state for key, state in states.items()}
        changed = [key for key, state in newer.items() if state != self.copies.get(key)]
        for key in changed:
            self.copies[key] = newer[key]
            self.store.put(key, newer[key])
        await self.store.sync("take")
        for key in changed:
            self.tell_stored(key)

    def tell_stored(self, key: str) -> None:
        """Let measurements know when copies are equal."""
        encoded = msgspec.json.encode(self.copies[key], order="deterministic")
        self.emit("stored", key=key.removeprefix("key/"), version=crc32(encoded))

    def join(self, one: State | None, other: State | None) -> State | None:
        """Return what two copies come to together."""
        return merged(one, other)

    # Anti-entropy (Demers, section 1.3).

    async def gossip(self) -> None:
        """Now and then push everything to somebody."""
        while len(self.nodes) > 1:
            await self.sleep(self.options.gossip * self.random.uniform(0.5, 1.5))
            peer = self.choose_peer()
            await self.send(peer, say.Push(states=self.shared_with(peer)))

    def choose_peer(self) -> str:
        """Return any other node: whoever is cut off or down will be another's luck next time."""
        return self.random.choice([node for node in self.nodes if node != self.node_id])

    def shared_with(self, peer: str) -> dict[str, State]:
        """Return what is here and belongs there."""
        return {key: state for key, state in self.copies.items() if peer in self.homes(key)}

    async def on_push(self, push: say.Push) -> None:
        """Give back what the sender has missed, and take what is newer."""
        here = {key: self.join(push.states.get(key), state) for key, state in self.shared_with(push.src).items()}
        missed = {key: state for key, state in here.items() if state is not None and state != push.states.get(key)}
        await self.take(push.states)
        if missed:
            await self.reply(push, say.Newer(states=missed))

    async def on_newer(self, newer: say.Newer) -> None:
        """Take what is newer."""
        await self.take(newer.states)
