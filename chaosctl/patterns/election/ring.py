"""The pattern `ring`: its options, what it serves, what it is held to, and its broken variants."""

from chaosctl.node.pattern import Duration, Pattern, majority
from chaosctl.patterns.election.fenced_broken import NoFence
from chaosctl.patterns.election.fenced_work import Executor, Resource
from chaosctl.patterns.election.ring_broken import BelievesItself, CountsVisible
from chaosctl.patterns.election.ring_member import RingMember
from chaosctl.patterns.failure_detector import DetectorOptions


class RingOptions(DetectorOptions, frozen=True):
    """How fast the ring turns, and when it is given up on.

    The leader's word goes round every `heartbeat`; whoever misses it (`detector`, with `suspect` or `phi`) begins an
    election, and another one where that comes to nothing. A member that does not acknowledge within `hop_timeout` is
    skipped until it answers again. `patience`: how long a member waits for an answer that it passes on.
    """

    heartbeat: Duration = 0.03
    hop_timeout: Duration = 0.03
    patience: Duration = 0.2


RING = Pattern(
    name="ring",
    summary="Election on a ring: the highest candidate's token comes back; the smaller side refuses service",
    roles={"ring-member": RingMember, "executor": Executor, "resource": Resource},
    apart="resource",
    workloads=("leadership", "fenced-work"),
    checks=(
        "election-safety",
        "terms-grow",
        "one-effective-leader",
        "minority-silent",
        "leader-in-the-end",
        "leader-agreed",
    ),
    options=RingOptions,
    leader_event="became_leader",
    stepped_down_event="stepped_down",
    election_messages=("token",),
    grace=1.5,
    broken={"counts-visible": CountsVisible, "unconfirmed": BelievesItself, "no-fence": NoFence},
    sometimes=("became_leader", "stepped_down"),
    quorum=majority,
    quorum_role="ring-member",
    serving_role="ring-member",
)
