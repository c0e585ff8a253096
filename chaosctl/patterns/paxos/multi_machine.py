"""The state machine under a replicated log: a key-value store that does every client's command once.

Diego Ongaro, "Consensus: Bridging Theory and Practice" (2014), section 6.3: the last command of each client and its
answer are part of the state, and so of every snapshot; else a retry would have a second effect on whoever took one.
"""

from typing import Any

from chaosctl.node.messages import Error, ErrorCode, Message
from chaosctl.patterns.paxos.multi_messages import Command, Done, Snapshot
from chaosctl.patterns.replication.messages import CasOk, ReadOk, WriteOk


class Machine:
    """The keys' values, and of each client the last command with what came of it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.slot = snapshot.slot
        self.data: dict[int | str, Any] = dict(snapshot.data)
        self.done: dict[str, Done] = {done.client: done for done in snapshot.done}

    def snapshot(self) -> Snapshot:
        """Return the state as it is after the last slot applied."""
        return Snapshot(self.slot, list(self.data.items()), list(self.done.values()))

    def apply(self, command: Command) -> None:
        """Apply the next slot's command; one that was done before has no second effect."""
        self.slot += 1
        if command.f != "noop" and not self.is_done(command.client, command.number):
            self.done[command.client] = Done(command.client, command.number, *self.execute(command))

    def is_done(self, client: str, number: int) -> bool:
        """Return whether a client's command, or a later one, was applied."""
        return client in self.done and self.done[client].number >= number

    def answer(self, client: str) -> Message:
        """Return the answer to a client's last command."""
        match self.done[client]:
            case Done(f="read", result=result):
                return ReadOk(value=result)
            case Done(f="write"):
                return WriteOk()
            case Done(f="cas"):
                return CasOk()
            case done:
                return Error(code=ErrorCode.PRECONDITION_FAILED, text=f"found {done.result!r}")

    def execute(self, command: Command) -> tuple[str, Any]:
        """Do what the command says, and return what was done and with which result."""
        present = self.data.get(command.key)
        if command.f == "read":
            return "read", present
        if command.f == "cas" and present != command.expected:
            return "refused", present
        self.data[command.key] = command.value
        return command.f, None
