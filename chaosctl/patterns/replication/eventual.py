"""The pattern `eventual`, a store like Dynamo: every node answers, copies meet later. What can be set, and left out.

The rules stand in `eventual_replica` (coordinator, copies, anti-entropy), `eventual_handoff` (hints) and
`eventual_values` (what wins, or merges). W. Vogels, "Eventually Consistent" (CACM 2009).
Model: with R = W = 1 always available, also alone, also on the smaller side of a cut; eventually consistent under
asynchrony and crash-recovery: when writes stop and the links heal all copies become equal. Reads are stale. What a
conflict costs depends on what a key holds: `linearizable` is promised of nothing here.
"""

from typing import Annotated, Literal

from msgspec import Meta

from chaosctl.node.pattern import Duration, Options, Pattern
from chaosctl.patterns.replication.eventual_broken import FixedPeer, TiesByArrival, VolatileHints
from chaosctl.patterns.replication.eventual_handoff import Handoff
from chaosctl.patterns.replication.eventual_replica import Replica


class EventualOptions(Options, frozen=True):
    """What becomes of concurrent writes (`conflict`): one wins by its stamp, or all are kept until the next write.

    `stamps` are Lamport's or what the node's clock on the wall says. Sets and counters (the workloads of these names)
    merge always. `n` copies of a key (0: on every node), of which `r` are read and `w` written before a client is
    answered; `ask` all of them each time, or just so many, drawn anew (a quorum that does not expand). How copies meet:
    `gossip` with a random node (0: none), `read_repair`, `handoff` of hints each `handoff_retry`. After `patience` a
    home is silent, after twice that a request is given up.
    """

    conflict: Literal["last-writer-wins", "siblings"] = "last-writer-wins"
    stamps: Literal["lamport", "wall"] = "lamport"
    n: Annotated[int, Meta(ge=0)] = 0
    r: Annotated[int, Meta(ge=1)] = 1
    w: Annotated[int, Meta(ge=1)] = 1
    ask: Literal["all", "quorum"] = "all"
    gossip: Duration = 0.05
    read_repair: bool = True
    handoff: bool = True
    handoff_retry: Duration = 0.1
    patience: Duration = 0.15


EVENTUAL = Pattern(
    name="eventual",
    summary="Every node answers, copies meet later by gossip, read repair and hints: AP, as Dynamo",
    roles={"replica": Replica, "handoff": Handoff},
    workloads=("key-value", "set", "counter"),
    checks=("convergence",),
    options=EventualOptions,
    settle=1.0,
    broken={"ties-by-arrival": TiesByArrival, "fixed-peer": FixedPeer, "volatile-hints": VolatileHints},
    sometimes=("stored", "handed_back"),
    serving_role="replica",
)
