"""What replicas of a Raft log say to each other beyond the election's messages (thesis, figure 3.1)."""

import msgspec

from chaosctl.node.messages import Message
from chaosctl.patterns.election.raft_messages import HeartbeatAck, LogEnd
from chaosctl.patterns.paxos.multi_messages import Command


class Entry(msgspec.Struct, frozen=True):
    """A command, and the term in which a leader put it into its log."""

    term: int
    command: Command


class AppendEntries(Message):
    """Append these after the entry `previous` (term, index), if you have it; entries up to `committed` are committed.

    Without entries it is a heartbeat; `round` numbers the leader's rounds of them.
    """

    term: int
    round: int
    previous: LogEnd
    entries: list[Entry]
    committed: int


class Appended(HeartbeatAck):
    """`success`: my log is the leader's up to `index`. Else: it can't be the leader's beyond `index`."""

    success: bool
    index: int
