"""Transactions on one node, one after another, and copies on all others from which they answer those that only read.

P. Bernstein, V. Hadzilacos, N. Goodman, "Concurrency Control and Recovery in Database Systems" (1987), section 8.2, a
primary copy: the first node does every transaction that writes, in one step, and numbers it. Another node that is
asked to read alone fetches what it lacks first, whole transactions in their order, and answers from its copy.
Model: strict serializable under asynchrony and crash-recovery. Serial execution is isolation, what is shown is durable
first, and a copy that was brought up to date after it was asked misses nothing that had ended by then. Whoever is cut
off from the first node serves nothing.

What would surprise: the log of transactions is kept whole, and a node that restarts fetches all of it. A request that
comes twice is done twice.
"""

from typing import Any

import msgspec

from chaosctl.node.messages import Message
from chaosctl.node.pattern import Duration, Options, Pattern
from chaosctl.node.role import Role

Parts = list[tuple[str, Any, Any]]
"""Micro-operations: ["r", key, null], ["append", key, element], ["w", key, value]."""

Changes = dict[str, Any]
"""What a transaction left under the keys that it wrote."""


class Txn(Message):
    """A client, or a node for one, asks for a transaction: Maelstrom's message."""

    txn: Parts


class TxnOk(Message):
    """It took effect; reads have what they found."""

    txn: Parts


class Since(Message):
    """A node asks for the transactions after the one of this number."""

    number: int


class SinceOk(Message):
    """These are all that there are, in their order."""

    log: list[Changes]


class TxnStoreOptions(Options, frozen=True):
    """How long a node waits for the first one (`patience`)."""

    patience: Duration = 0.5


class Store(Role):
    """The data on the first node, and a copy on each other."""

    async def start(self) -> None:
        """Count the transactions that are done; a copy begins empty."""
        self.done = len(self.store.scan("log/", Any))
        self.copy: Changes = {}
        self.copied = 0
        if self.done:
            self.emit("came_back")

    async def on_txn(self, request: Txn) -> None:
        """Do it here, or answer from the copy, or pass it on."""
        if self.node_id == self.nodes[0]:
            answer = await self.execute(request.txn)
        elif all(f == "r" for f, _key, _value in request.txn):
            await self.catch_up({name(key) for _f, key, _value in request.txn})
            answer = [(f, key, self.copy.get(name(key))) for f, key, _value in request.txn]
        else:
            answer = (await self.rpc(self.nodes[0], Txn(txn=request.txn), self.options.patience, TxnOk)).txn
        await self.reply(request, TxnOk(txn=answer))

    async def on_since(self, since: Since) -> None:
        """Tell what was done after that, once it is durable."""
        numbers = range(since.number + 1, self.done + 1)
        log = [self.store.get(f"log/{number:09}", Changes) for number in numbers]
        await self.store.sync("tell")
        await self.reply(since, SinceOk(log=log))

    async def execute(self, parts: Parts) -> Parts:
        """Do a transaction: nothing else happens between its first read and its last write.

        What was only read must be durable as well before it is told.
        """
        answer, changes = self.worked_out(parts)
        self.commit(changes)
        await self.store.sync("commit")
        return answer

    def worked_out(self, parts: Parts) -> tuple[Parts, Changes]:
        """Return the answer to a transaction by what is here now, and what it changes."""
        answer: Parts = []
        changes: Changes = {}
        for f, key, value in parts:
            here = changes[name(key)] if name(key) in changes else self.store.get(f"key/{name(key)}", Any, None)
            if f != "r":
                changes[name(key)] = [*(here or []), value] if f == "append" else value
            answer.append((f, key, here if f == "r" else value))
        return answer, changes

    def commit(self, changes: Changes) -> None:
        """Write a transaction's changes, and note them for the copies."""
        if not changes:
            return
        for key, value in changes.items():
            self.store.put(f"key/{key}", value)
        self.done += 1
        self.store.put(f"log/{self.done:09}", changes)

    async def catch_up(self, keys: set[str]) -> None:  # noqa: ARG002 - all keys, for a snapshot is of all.
        """Bring the copy up to date, whole transactions in their order."""
        asked = self.copied
        answer = await self.rpc(self.nodes[0], Since(number=asked), self.options.patience, SinceOk)
        if answer.log and self.copied > asked:
            self.emit("fetched_twice")  # Another read was faster.
        for number, changes in enumerate(answer.log, asked + 1):
            if number > self.copied:
                self.copy.update(changes)
                self.copied = number


def name(key: Any) -> str:
    """Return a key as the store names it: 1 and "1" are two."""
    return msgspec.json.encode(key).decode()


class DirtyRead(Store):
    """Does one micro-operation after another, each written at once: others see a transaction half done."""

    violates = "read-committed"

    async def execute(self, parts: Parts) -> Parts:
        """Commit each part by itself."""
        answer: Parts = []
        for part in parts:
            done, changes = self.worked_out([part])
            self.commit(changes)
            await self.store.sync("commit")
            answer += done
        return answer


class LostUpdate(Store):
    """Reads, waits for the disk, then writes what it made of what it had read: whoever wrote meanwhile is undone."""

    violates = "snapshot-isolation"

    async def execute(self, parts: Parts) -> Parts:
        """Work it out now, and commit it later."""
        answer, changes = self.worked_out(parts)
        await self.store.sync("read")
        self.commit(changes)
        await self.store.sync("commit")
        return answer


class Fractured(Store):
    """Brings up to date only the keys that it is asked for, one by one: a read has keys of several moments."""

    violates = "snapshot-isolation"

    async def catch_up(self, keys: set[str]) -> None:
        """Fetch each key by itself."""
        for key in sorted(keys):
            answer = await self.rpc(self.nodes[0], Since(number=0), self.options.patience, SinceOk)
            for changes in answer.log:
                if key in changes:
                    self.copy[key] = changes[key]


class StaleCopy(Store):
    """Answers from a copy that is up to date by the last read but one: what has ended since then is missed."""

    violates = "strict-serializable"

    async def catch_up(self, keys: set[str]) -> None:
        """Answer first, and look for what is new after that."""
        self.spawn(lambda: Store.catch_up(self, keys))


TXN_STORE = Pattern(
    name="txn-store",
    summary="Transactions on one node, and copies on the others that are brought up to date for each read",
    roles={"store": Store},
    workloads=("txn-list-append", "txn-rw-register"),
    checks=("strict-serializable", "snapshot-isolation", "read-committed"),
    options=TxnStoreOptions,
    broken={
        "dirty-read": DirtyRead,
        "lost-update": LostUpdate,
        "fractured": Fractured,
        "stale-copy": StaleCopy,
    },
    sometimes=("came_back", "fetched_twice"),
)
