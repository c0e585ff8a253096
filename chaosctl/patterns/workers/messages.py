"""What clients, supervisors, workers and arbiters say to each other.

An epoch is one reign of one leader; a fence, (epoch, attempt), is one assignment of one task, and grows with each.
"""

from collections.abc import Sequence

import msgspec

from chaosctl.node.messages import Message

Fence = tuple[int, int]


class View(msgspec.Struct, frozen=True):
    """Who leads an epoch, and which supervisors have all that it has; versions count the changes within the epoch."""

    epoch: int = 0
    version: int = 0
    leader: str = ""
    in_sync: Sequence[str] = ()

    @property
    def place(self) -> Fence:
        """Return what orders views."""
        return self.epoch, self.version


class Entry(msgspec.Struct, frozen=True):
    """A task in the leader's table: its latest assignment, and the run whose effect it had (empty: still open)."""

    task: int
    fence: Fence
    worker: str
    run: str = ""

    @property
    def place(self) -> tuple[bool, Fence]:
        """Return what orders the states of one task: done after open, later assignments after earlier ones."""
        return bool(self.run), self.fence


class Order(msgspec.Struct, frozen=True):
    """One task of an assignment."""

    task: int
    fence: Fence


class Held(msgspec.Struct, frozen=True):
    """What a worker has of a task: the run that it has done, or that it is doing (empty)."""

    task: int
    fence: Fence
    run: str = ""


class Submit(Message):
    """A client wants a task done."""

    task: int


class SubmitOk(Message):
    """It is done, and this run is the one that counts."""

    run: str


class Audit(Message):
    """A client asks what was done."""


class AuditOk(Message):
    """The run of each task that is done."""

    runs: dict[str, str]


class Accept(Message):
    """An arbiter passes a client's task on to the leader."""

    task: int


class Review(Message):
    """An arbiter passes a client's audit on to the leader."""


class Ask(Message):
    """A supervisor asks whether anybody leads."""

    survey: int


class Told(Message):
    """The newest view that this arbiter has, and whether it suspects that leader."""

    survey: int
    view: View
    is_suspected: bool


class Claim(Message):
    """A supervisor wants to lead this epoch."""

    epoch: int


class Claimed(Message):
    """Promised: no older epoch is obeyed here any more; and the newest view that is known here."""

    epoch: int
    view: View


class Lead(Message):
    """The leader's word to all arbiters, again and again: this is the view."""

    view: View


class Followed(Message):
    """It is on this arbiter's disk."""

    epoch: int
    version: int


class Deposed(Message):
    """No: there is a higher epoch."""

    epoch: int


class Beat(Message):
    """The leader lives, says it to the other supervisors; `session` is 0 to one that has to join (again)."""

    epoch: int
    session: int


class InStep(Message):
    """A standby has what it was given when it joined, and is alive."""

    epoch: int
    session: int


class Join(Message):
    """A supervisor joins a leader, and hands over what it has: tasks that the leader may never have heard of."""

    epoch: int
    entries: list[Entry]


class Joined(Message):
    """All that the leader has, to be had instead."""

    session: int
    entries: list[Entry]


class Append(Message):
    """Entries of the table have changed (hot)."""

    epoch: int
    session: int
    entries: list[Entry]


class AppendOk(Message):
    """It is on this standby's disk."""


class Checkpoint(Message):
    """The whole table, now and then (cold)."""

    epoch: int
    session: int
    number: int
    entries: list[Entry]


class CheckpointOk(Message):
    """It is on this standby's disk."""


class Assign(Message):
    """The leader gives a worker tasks."""

    epoch: int
    orders: list[Order]


class Done(Message):
    """A worker has done a task; said again until the leader releases it."""

    held: Held


class Release(Message):
    """The leader needs this result no longer."""

    task: int


class Recall(Message):
    """A new leader asks a worker what it has, and to obey this epoch from now on."""

    epoch: int


class Recalled(Message):
    """All that this worker has."""

    epoch: int
    held: list[Held]
