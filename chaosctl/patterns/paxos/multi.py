"""Multi-Paxos: a replicated log under a key-value store, with a stable leader.

Leslie Lamport, "Paxos Made Simple" (2001), section 3. The roles stand in files of their own: `acceptor`
(multi_acceptor), `proposer` (multi_proposer: who leads, and tells what is chosen), `store` (multi_store: learner and
state machine; multi_leased_store: reads by lease). Model: safe under asynchrony and crash-recovery; live while a
majority of acceptors and a leader among them are connected and timely. With `lease` reads, and only they, need clocks
whose rates stay within `drift` of true time. Membership is fixed.
"""

from chaosctl.node.pattern import Duration, Pattern, majority
from chaosctl.patterns.paxos.multi_acceptor import LogAcceptor
from chaosctl.patterns.paxos.multi_leased_store import LeasedStore
from chaosctl.patterns.paxos.multi_messages import Slots
from chaosctl.patterns.paxos.multi_proposer import LEADER, LogProposer
from chaosctl.patterns.paxos.quorums import FlexibleQuorums
from chaosctl.patterns.replication.messages import Read, ReadOk


class MultiPaxosOptions(FlexibleQuorums, frozen=True):
    """The leader's `heartbeat`; a silent leader is given up after a time drawn from the election timeout's range.

    A store submits a command again each `retry`, and gives it up after `patience`. `phase_1`, `phase_2`: acceptors that
    a leader needs to lead and to have a command chosen, 0 for a majority. After so many slots as `snapshot` says (0:
    never) a store keeps its state in place of them, and a node that was away gets that. With `lease` (0: none) reads
    take no slot: the leader answers for so long after it asked a majority, less `drift`, the bound on clocks' rates.
    """

    heartbeat: Duration = 0.02
    election_timeout_min: Duration = 0.1
    election_timeout_max: Duration = 0.2
    retry: Duration = 0.05
    patience: Duration = 0.4
    snapshot: int = 0
    lease: Duration = 0.0
    drift: float = 0.1


class ReadsItsCopy(LeasedStore):
    """Answers a read from its own copy: one that is cut off, or behind, shows the past."""

    violates = "linearizable"

    async def on_read(self, read: Read) -> None:
        """Look, and answer."""
        await self.reply(read, ReadOk(value=self.machine.data.get(read.key)))


class FirstSlotOnly(LogProposer):
    """Recovers the first unknown slot alone, as if there were but one: the next ones are given to new commands."""

    violates = "agreement"

    def reported(self) -> Slots:
        """Return what was reported for one slot."""
        return {slot: entry for slot, entry in super().reported().items() if slot == self.known + 1}


class LazyLease(LogProposer):
    """Takes itself for leased as long as it asks: cut off, it goes on answering while others lead and write."""

    violates = "linearizable"

    def may_tell(self) -> bool:
        """Return whether this node leads, and has asked lately."""
        return self.state == LEADER and self.lease.number > 0


MULTI_PAXOS = Pattern(
    name="multi-paxos",
    summary="A replicated log by Multi-Paxos under a key-value store: CP with a stable leader",
    roles={"acceptor": LogAcceptor, "proposer": LogProposer, "store": LeasedStore},
    workloads=("key-value",),
    checks=("linearizable", "agreement", "promise-kept", "one-value-a-ballot", "election-safety", "log-agreement"),
    options=MultiPaxosOptions,
    leader_event="became_leader",
    stepped_down_event="stepped_down",
    grace=1.5,
    broken={"local-reads": ReadsItsCopy, "first-slot-only": FirstSlotOnly, "lazy-lease": LazyLease},
    sometimes=("became_leader", "stepped_down"),
    quorum=majority,
    quorum_role="acceptor",
    serving_role="store",
)
