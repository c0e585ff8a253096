"""What the roles of a Multi-Paxos log say to each other."""

from typing import Any

import msgspec

from chaosctl.node.messages import Message
from chaosctl.patterns.paxos.messages import Ballot


class Command(msgspec.Struct, frozen=True):
    """An entry of the log: a client's operation, or "noop" where a slot had to be filled with nothing.

    It is named by client and msg_id, so that it has one effect however often it came. A cas sets `value` if the key
    has `expected`.
    """

    client: str
    number: int
    f: str
    key: int | str = ""
    value: Any = None
    expected: Any = None


NOOP = Command("", 0, "noop")


class Done(msgspec.Struct, frozen=True):
    """The last command of a client that was applied, and what came of it; `f` is "refused" for a cas that failed."""

    client: str
    number: int
    f: str
    result: Any = None


class Snapshot(msgspec.Struct, frozen=True):
    """The state after all slots up to `slot`: the keys' values, and each client's last command."""

    slot: int
    data: list[tuple[int | str, Any]]
    done: list[Done]


NOTHING = Snapshot(0, [], [])

Slots = dict[int, tuple[Ballot, Command]]
"""What is accepted, by slot."""


class PrepareLog(Message):
    """Phase 1(a) for every slot from `first` on."""

    ballot: Ballot
    first: int


class PromiseLog(Message):
    """Phase 1(b): the promise, and all that was accepted from that slot on; up to `cut` all is chosen and forgotten."""

    ballot: Ballot
    accepted: list[tuple[int, Ballot, Command]]
    cut: int = 0


class AcceptSlot(Message):
    """Phase 2(a) for one slot."""

    ballot: Ballot
    slot: int
    command: Command


class AcceptedSlot(Message):
    """Phase 2(b): it is on disk here."""

    ballot: Ballot
    slot: int


class RefusedLog(Message):
    """A higher ballot was promised."""

    promised: Ballot


class Leading(Message):
    """The leader's heartbeat: its ballot, and the last slot that it has proposed."""

    ballot: Ballot
    last: int


class AskLease(Message):
    """The leader asks an acceptor to promise nobody else's ballot for a while; `number` counts such requests."""

    ballot: Ballot
    number: int


class LeaseGranted(Message):
    """The acceptor does so."""

    ballot: Ballot
    number: int


class AskSlot(Message):
    """A store that is to read asks the leader how far the log is."""


class SlotIs(Message):
    """All that any client can know of is in the slots up to this one, if the answer is younger than the question."""

    slot: int


class LeaderIs(Message):
    """A node's proposer tells the store beside it whom to ask, and how long the log is at least."""

    leader: str
    last: int


class Submit(Message):
    """A store asks the leader to put a command into the log."""

    command: Command


class Chosen(Message):
    """These slots are decided."""

    commands: list[tuple[int, Command]]


class Applied(Message):
    """A store tells the proposer beside it that all slots up to this one are applied."""

    slot: int


class CatchUp(Message):
    """A store that has missed something asks another for what was chosen from `first` on."""

    first: int


class Snapshotted(Message):
    """A store tells the acceptor beside it that its snapshot, on disk, has all slots up to this one, all chosen."""

    slot: int


class InstallSnapshot(Message):
    """To a store that asked for slots that were forgotten: the state in their place."""

    snapshot: Snapshot
