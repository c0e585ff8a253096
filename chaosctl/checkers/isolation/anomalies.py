"""Which anomalies there are, what each of them is, and which isolation level forbids it.

A. Adya, "Weak Consistency" (1999), for G0 to G2; P. Bailis and others (2014) for lost update; A. Cerone, A. Gotsman
(2016) and K. Daudjee, K. Salem (2006) for snapshot isolation and sessions; Elle's models for how they imply each other.
Every read here is of a key, none of a predicate, so each G-single and G-nonadjacent is a G2-item as well.
"""

from dataclasses import dataclass

from chaosctl.checkers.isolation.graph import Kind, Order

MEANINGS = {
    "G0": "write cycle: transactions overwrote each other in both directions",
    "G1a": "aborted read: a write was seen of a transaction that failed",
    "G1b": "intermediate read: a write was seen that its transaction went on to overwrite",
    "G1c": "circular information flow: each of the transactions saw, or overwrote, what another one did",
    "G-single": "read skew: a transaction saw one effect of another and missed another one",
    "G-nonadjacent": "a cycle with several reads that missed a write, no two in a row, which no snapshots explain",
    "G2-item": "write skew: transactions each missed what the other wrote",
    "G-SI": "transactions that wrote one key overlapped, for each of them missed what another one did",
    "lost-update": "several transactions read one version and each wrote the next one",
    "dirty-update": "a committed write builds on one of a transaction that failed",
    "incompatible-order": "two reads of one list fit no one order of appends",
    "internal": "a transaction missed what it had read or written itself just before",
    "future-read": "a transaction read what it wrote only later",
    "garbage-read": "a value was read that nobody wrote",
    "duplicate-elements": "an element that was appended once was read twice in one list",
}
"""Anomalies and what they are; those of cycles have kinds with `-process` and `-realtime` besides."""

READ_UNCOMMITTED = frozenset({"G0", "garbage-read", "duplicate-elements"})
READ_COMMITTED = READ_UNCOMMITTED | {"G1a", "G1b", "G1c", "incompatible-order", "future-read", "dirty-update"}
REPEATABLE_READ = READ_COMMITTED | {"G-single", "G-nonadjacent", "G2-item", "lost-update"}
SNAPSHOT_ISOLATION = READ_COMMITTED | {"internal", "G-single", "G-nonadjacent", "G-SI", "lost-update"}
SERIALIZABLE = REPEATABLE_READ | {"internal"}


@dataclass(frozen=True)
class Level:
    """An isolation level: what it forbids, and which order of time counts (its cycles then have kinds with it)."""

    forbids: frozenset[str]
    order: Order = Order.NONE


LEVELS = {
    "read-uncommitted": Level(READ_UNCOMMITTED),
    "read-committed": Level(READ_COMMITTED),
    "repeatable-read": Level(REPEATABLE_READ),
    "snapshot-isolation": Level(SNAPSHOT_ISOLATION),
    "serializable": Level(SERIALIZABLE),
    "strong-session-read-uncommitted": Level(READ_UNCOMMITTED, Order.PROCESS),
    "strong-session-read-committed": Level(READ_COMMITTED, Order.PROCESS),
    "strong-session-snapshot-isolation": Level(SNAPSHOT_ISOLATION, Order.PROCESS),
    "strong-session-serializable": Level(SERIALIZABLE, Order.PROCESS),
    "strong-snapshot-isolation": Level(SNAPSHOT_ISOLATION, Order.REALTIME),
    "strict-serializable": Level(SERIALIZABLE, Order.REALTIME),
}

IN_ORDER = {Order.PROCESS: "in the order of sessions", Order.REALTIME: "in real time"}

SUFFIXES = {Order.NONE: "", Order.PROCESS: "-process", Order.REALTIME: "-realtime"}


@dataclass(frozen=True)
class Edge:
    """A step of a cycle: what makes one transaction come before another."""

    before: int
    after: int
    kind: Kind


@dataclass(frozen=True)
class Anomaly:
    """An anomaly: its name, the transactions in it, what happened, in sentences; of a cycle its edges in a round."""

    name: str
    txns: tuple[int, ...]
    lines: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()

    @property
    def meaning(self) -> str:
        """Return what such an anomaly is."""
        kind, order = self._kind
        if kind == "G-single" and order is not Order.NONE:
            return f"stale read: a transaction missed a write that came before it {IN_ORDER[order]}"
        return f"{MEANINGS[kind]}, {IN_ORDER[order]}" if order is not Order.NONE else MEANINGS[kind]

    @property
    def severity(self) -> tuple[int, int]:
        """Return what sorts the worst first: without time before with it, and then as MEANINGS has them."""
        kind, order = self._kind
        return int(order), list(MEANINGS).index(kind)

    @property
    def _kind(self) -> tuple[str, Order]:
        """Return the kind of anomaly, and the order of time that counts in it."""
        for order in (Order.PROCESS, Order.REALTIME):
            if self.name.endswith(SUFFIXES[order]):
                return self.name.removesuffix(SUFFIXES[order]), order
        return self.name, Order.NONE
