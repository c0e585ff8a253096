"""What a workload is: the operations that clients invoke, the messages they become, and what an answer means.

A client has one operation outstanding. Written values are unique by design, so that checkers can tell them apart.
"""

from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Protocol, runtime_checkable

import msgspec


class Options(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A workload's options (`[workload.options]`) with their defaults."""

    retry: str = "no"
    """"elsewhere": a client that is refused follows the leader hint or tries the next node, inside the timeout."""


@dataclass(frozen=True)
class Invocation:
    """An operation to be invoked: its name, its value; `node` where it must go to a certain one."""

    f: str
    value: Any = None
    node: str | None = None
    final: bool = False


@dataclass(frozen=True)
class Outcome:
    """How an operation ended: ok with its value, fail (surely did not happen), or info (nobody knows)."""

    type: str
    value: Any = None
    error: list[Any] | None = None


class Workload(Protocol):
    """One kind of load, made anew for each run; its docstring is what `chaosctl list` says of it.

    `operations` are the names it generates (f); `idempotent` those whose timeout is a fail, for reads change nothing.
    It is made with its options and where the system's roles are (`nodes` are those that clients talk to).
    """

    Options: ClassVar[type[Options]]
    operations: ClassVar[tuple[str, ...]]
    idempotent: ClassVar[frozenset[str]]

    options: Any

    def __init__(self, options: Any, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]) -> None: ...

    def next(self, client: int, random: Random) -> Invocation | None:
        """Return the client's next operation; None where it has no more to do."""

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return the operation that a step of a file's script means; raises ValueError where the value can't be."""

    def request(self, invocation: Invocation) -> dict[str, Any]:
        """Return the message body (type and fields, without msg_id) of an operation."""

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:
        """Return what a well-formed answer other than an error means; a malformed one is `info`."""

    def final(self) -> list[Invocation]:
        """Return the final reads and audits, after the grace period, when all is healed and the load has ended."""


@runtime_checkable
class Greeting(Protocol):
    """A workload that has something to say to each node before any operation, in every incarnation."""

    def greeting(self, node: str) -> dict[str, Any]:
        """Return the message body, without msg_id; the node must answer it."""


@runtime_checkable
class Absent(Protocol):
    """A workload to whose reads "there is no such key" is an answer: what was lost would else be no evidence."""

    def absent(self, invocation: Invocation) -> Outcome:
        """Return what error 20 means to a read."""


@runtime_checkable
class Settling(Protocol):
    """A workload whose final reads wait so many seconds without load, where neither file nor pattern says."""

    settle: ClassVar[float]
