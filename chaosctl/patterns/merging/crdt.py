"""The patterns `g-set` and `pn-counter`, state-based CRDTs: what can be set, and what each is.

The rules stand in `replica` and `payloads`, and the papers' names there. Model: every replica answers alone, also cut
off from all others; eventually consistent under asynchrony, loss, doubling and crash-recovery. A disk that is wiped is
outside of the model: its replica begins its entry anew, and others hold a greater one.
"""

from typing import ClassVar

from chaosctl.node.pattern import Duration, Options, Pattern
from chaosctl.patterns.merging.crdt_broken import AddUnsynced, FixedPeer, Overwrites, SharedEntry
from chaosctl.patterns.merging.payloads import GSet, PnCounter
from chaosctl.patterns.merging.replica import Replica


class GSetOptions(Options, frozen=True):
    """After about how long a replica sends its state to another (`gossip`)."""

    payload: ClassVar[type] = GSet

    gossip: Duration = 0.05


class PnCounterOptions(Options, frozen=True):
    """After about how long a replica sends its state to another (`gossip`)."""

    payload: ClassVar[type] = PnCounter

    gossip: Duration = 0.05


RARE = ("came_back", "joined", "absorbed")

G_SET = Pattern(
    name="g-set",
    summary="A set that only grows, a copy on every node, whole states merged by gossip: a CRDT",
    roles={"replica": Replica},
    workloads=("g-set",),
    checks=("set-full",),
    options=GSetOptions,
    settle=1.0,
    broken={"overwrites": Overwrites, "fixed-peer": FixedPeer},
    sometimes=RARE,
)

PN_COUNTER = Pattern(
    name="pn-counter",
    summary="A counter up and down with an entry a node, whole states merged by gossip: a CRDT",
    roles={"replica": Replica},
    workloads=("pn-counter", "g-counter"),
    checks=("counter-sums",),
    options=PnCounterOptions,
    settle=1.0,
    broken={"add-unsynced": AddUnsynced, "shared-entry": SharedEntry},
    sometimes=RARE,
)
