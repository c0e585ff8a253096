"""Reads by the leader's lease (multi_lease): two messages at most, and no slot of the log.

Diego Ongaro, "Consensus: Bridging Theory and Practice" (2014), section 6.4: the leader is asked for an index, not for
the value; who asked answers from its own copy once that index is applied there. Where the leader holds no lease a read
waits for one; it never falls back to the log.
"""

from chaosctl.node.messages import Error, ErrorCode, RpcError
from chaosctl.patterns.paxos.multi_messages import AskSlot, SlotIs
from chaosctl.patterns.paxos.multi_store import LogStore
from chaosctl.patterns.replication.messages import Read, ReadOk


class LeasedStore(LogStore):
    """A store that reads by the leader's lease, if there is to be one (option `lease`), and else through the log."""

    async def start(self) -> None:
        """Come back without readers."""
        self.readers: list[tuple[int, Read]] = []
        await super().start()

    async def on_read(self, read: Read) -> None:
        """Ask the leader how far the log is, and answer when this copy is as far."""
        if not self.options.lease:
            await super().on_read(read)
            return
        deadline = self.now() + self.options.patience
        while self.leader and self.now() < deadline:
            try:
                answer = await self.rpc(self.leader, AskSlot(), self.options.retry, SlotIs)
            except RpcError:
                await self.sleep(self.options.retry)
            else:
                self.readers.append((answer.slot, read))
                await self.answer_readers()
                return
        await self.reply(read, Error(code=ErrorCode.TEMPORARILY_UNAVAILABLE, text="no leader holds a lease"))

    async def apply_chosen(self) -> None:
        """Apply what follows, and answer who waited for it."""
        await super().apply_chosen()
        await self.answer_readers()

    async def answer_readers(self) -> None:
        """Answer from the copy what it is far enough for."""
        due = [read for slot, read in self.readers if slot <= self.machine.slot]
        self.readers = [(slot, read) for slot, read in self.readers if slot > self.machine.slot]
        for read in due:
            await self.reply(read, ReadOk(value=self.machine.data.get(read.key)))
