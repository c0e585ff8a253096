"""The pattern `lease`: where its roles are, its options, what it is held to, and its broken variants."""

from chaosctl.node.pattern import Duration, Options, Pattern, Placement, majority
from chaosctl.patterns.election.fenced_broken import NoFence
from chaosctl.patterns.election.fenced_work import Executor, Resource
from chaosctl.patterns.election.lease_broken import CountsFromReceipt
from chaosctl.patterns.election.lease_roles import Grantor, Holder


class LeaseOptions(Options, frozen=True):
    """How long a lease lasts, and what is assumed of clocks.

    A lease is asked for, and renewed, every `retry`, and lasts `duration`; `drift` bounds how far the rate of a clock
    is from true time (0.1: one second in ten). `patience`: how long a holder waits for the resource.
    """

    duration: Duration = 0.4
    drift: float = 0.1
    retry: Duration = 0.06
    patience: Duration = 0.2

    def lingers(self) -> float:
        """Return how long a holder may serve at most after a cut: to the end of its lease."""
        return self.duration


def resource_apart(nodes: list[str]) -> Placement:
    """Return the placement with the resource on the last node and everything else on all others."""
    return {"grantor": nodes[:-1], "holder": nodes[:-1], "executor": nodes[:-1], "resource": nodes[-1:]}


LEASE = Pattern(
    name="lease",
    summary="A lease from a majority: a leader for a bounded time, and tokens that fence its predecessors",
    roles={"grantor": Grantor, "holder": Holder, "executor": Executor, "resource": Resource},
    placement=resource_apart,
    apart="resource",
    workloads=("fenced-work",),
    checks=(
        "election-safety",
        "terms-grow",
        "quorum-backed",
        "one-effective-leader",
        "leases-disjoint",
        "minority-silent",
        "leader-in-the-end",
    ),
    options=LeaseOptions,
    leader_event="became_leader",
    stepped_down_event="stepped_down",
    grace=1.5,
    broken={"no-fence": NoFence, "from-receipt": CountsFromReceipt},
    sometimes=("became_leader", "stepped_down"),
    quorum=majority,
    quorum_role="grantor",
    serving_role="holder",
)
