"""One node, no replication: what every other store is compared with, for the first rule is not to distribute.

The first node serves; the others pass requests on to it, so that clients may be anywhere.
Model: linearizable under asynchrony and crash-recovery, as any single copy is that answers nothing before it is on
disk, reads included (a value that was shown and then forgotten would go back). Its crash stops everything.
"""

from typing import Any, TypeVar

from chaosctl.node.messages import ErrorCode, Message, RpcError
from chaosctl.node.pattern import Duration, Options, Pattern
from chaosctl.node.role import Role
from chaosctl.patterns.replication.messages import Cas, CasOk, Read, ReadOk, Write, WriteOk

M = TypeVar("M", bound=Message)


class SingleOptions(Options, frozen=True):
    """How long the others wait for the one (`patience`)."""

    patience: Duration = 0.5


class Server(Role):
    """The one copy on the first node, and a way to it on all others."""

    async def start(self) -> None:
        """Come back with what was synced, if there is any."""
        if self.store.scan("key/", Any):
            self.emit("came_back")

    async def on_read(self, read: Read) -> None:
        """Answer with the value, once it is durable."""
        if self.is_elsewhere():
            await self.reply(read, await self.pass_on(Read(key=read.key), ReadOk))
            return
        value = self.store.get(f"key/{read.key}", Any, None)
        await self.store.sync("read")
        await self.reply(read, ReadOk(value=value))

    async def on_write(self, write: Write) -> None:
        """Write, sync, answer."""
        if self.is_elsewhere():
            await self.reply(write, await self.pass_on(Write(key=write.key, value=write.value), WriteOk))
            return
        self.store.put(f"key/{write.key}", write.value)
        await self.store.sync("write")
        await self.reply(write, WriteOk())

    async def on_cas(self, cas: Cas) -> None:
        """Write if the value is as expected; what was compared is durable before a refusal tells of it."""
        if self.is_elsewhere():
            await self.reply(cas, await self.pass_on(Cas(key=cas.key, from_=cas.from_, to=cas.to), CasOk))
            return
        value = self.store.get(f"key/{cas.key}", Any, None)
        if value == cas.from_:
            self.store.put(f"key/{cas.key}", cas.to)
        await self.store.sync("cas")
        if value != cas.from_:
            raise RpcError(ErrorCode.PRECONDITION_FAILED, f"expected {cas.from_!r}, found {value!r}")
        await self.reply(cas, CasOk())

    def is_elsewhere(self) -> bool:
        """Return whether another node has the copy."""
        return self.node_id != self.nodes[0]

    async def pass_on(self, request: Message, answer: type[M]) -> M:
        """Ask the node that has the copy; its errors, and its silence, are the client's."""
        return await self.rpc(self.nodes[0], request, self.options.patience, answer)


class AnswersFirst(Server):
    """Answers a write before it is on disk: a crash in between, and an acknowledged write is gone."""

    violates = "linearizable"

    async def on_write(self, write: Write) -> None:
        """Write, answer, sync some time."""
        if self.is_elsewhere():
            await super().on_write(write)
            return
        self.store.put(f"key/{write.key}", write.value)
        await self.reply(write, WriteOk())


class ForgetsReads(Server):
    """Shows a value before it is on disk: a reader sees it, a crash takes it back."""

    violates = "linearizable"

    async def on_read(self, read: Read) -> None:
        """Answer from memory."""
        if self.is_elsewhere():
            await super().on_read(read)
            return
        await self.reply(read, ReadOk(value=self.store.get(f"key/{read.key}", Any, None)))


SINGLE = Pattern(
    name="single",
    summary="One node, no replication: what everything is compared with",
    roles={"server": Server},
    workloads=("key-value",),
    checks=("linearizable",),
    sometimes=("came_back",),
    options=SingleOptions,
    broken={"answers-first": AnswersFirst, "forgets-reads": ForgetsReads},
)
