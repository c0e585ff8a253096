"""A pattern whose nodes keep nothing and ask the runner's service lin-kv: for tests of services under both runtimes."""

import os

from chaosctl.node import stdio
from chaosctl.node.pattern import Pattern
from chaosctl.node.role import Role
from chaosctl.node.settings import read_settings
from chaosctl.patterns.replication.messages import Cas, CasOk, Read, ReadOk, Write, WriteOk

PATIENCE = 0.5


class Proxy(Role):
    """Passes every request on, and its answer, error or silence back."""

    async def on_read(self, read: Read) -> None:
        await self.reply(read, await self.rpc("lin-kv", Read(key=read.key), PATIENCE, ReadOk))

    async def on_write(self, write: Write) -> None:
        await self.reply(write, await self.rpc("lin-kv", Write(key=write.key, value=write.value), PATIENCE, WriteOk))

    async def on_cas(self, cas: Cas) -> None:
        request = Cas(key=cas.key, from_=cas.from_, to=cas.to)
        await self.reply(cas, await self.rpc("lin-kv", request, PATIENCE, CasOk))


ASKS_SERVICE = Pattern(
    name="asks-service",
    summary="Nodes that ask lin-kv",
    roles={"proxy": Proxy},
    workloads=("key-value",),
    checks=("linearizable",),
    progress=False,
)

if __name__ == "__main__":  # A process of its own: the supervisor, another one, does not know this pattern.
    stdio.main(ASKS_SERVICE, read_settings(os.environ))
