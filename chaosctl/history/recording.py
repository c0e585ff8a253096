"""A run as checks and figures see it: rows in order, and what the experiment declared."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from chaosctl.history.records import Event, FaultRow, MessageRow, Operation
from chaosctl.node.messages import RUNNER

T = TypeVar("T")


@dataclass(frozen=True)
class Declared:
    """What the experiment says about the system: who is there, who plays what, how many make a quorum.

    `timeout` is an operation's deadline in seconds; `load_end_ns` and `end_ns` are when the load and the grace ended.
    `tolerates_exits`: a node of the user's that ends by itself is started again, and that is no accident.
    `election_messages`: the types of message that nodes send for an election and nothing else.
    `quorum` decides; `election_quorum` elects, or answers Paxos's phase 1 (None: as many). `members` are those of whom
    a quorum is one (none: all nodes). `lingers`: so long after a cut the smaller side may serve (a lease runs out).
    `states`: what a node may say of a transaction or a message, and all that may ever follow that.
    """

    experiment: str
    nodes: tuple[str, ...]
    pattern: str
    placement: dict[str, tuple[str, ...]]
    options: dict[str, Any]
    workload: str
    workload_options: dict[str, Any]
    quorum: int | None
    leader_event: str | None
    stepped_down_event: str | None
    progress: bool
    timeout: float
    grace: float
    load_end_ns: int
    end_ns: int
    tolerates_exits: bool = False
    election_messages: tuple[str, ...] = ()
    election_quorum: int | None = None
    members: tuple[str, ...] = ()
    lingers: float = 0.0
    states: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def electors(self) -> int | None:
        """How many members elect; None where there is no quorum."""
        return self.quorum if self.election_quorum is None else self.election_quorum


@dataclass
class Recording:
    """Everything that was seen of one run. `messages()` reads the log anew each time: it may not fit in memory."""

    declared: Declared
    operations: list[Operation] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    faults: list[FaultRow] = field(default_factory=list)
    messages: Callable[[], Iterator[MessageRow]] = lambda: iter(())
    complete: bool = True
    notes: list[str] = field(default_factory=list)
    worked_out: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


def worked_out_once(work: Callable[[Recording], T]) -> Callable[[Recording], T]:
    """Return a function whose first call on a recording does the work, for several checks ask; nobody changes it."""

    @wraps(work)
    def of(recording: Recording) -> T:
        if work not in recording.worked_out:
            recording.worked_out[work] = work(recording)
        known: T = recording.worked_out[work]
        return known

    return of


@worked_out_once
def events_by_name(recording: Recording) -> dict[tuple[str, bool], list[Event]]:
    """Return the events by their name and whether the runner saw them itself: dozens of checks and figures ask."""
    found: dict[tuple[str, bool], list[Event]] = {}
    for event in recording.events:
        found.setdefault((event.event, event.role == RUNNER), []).append(event)
    return found
