"""The pattern `bully`: its options, what it serves, what it is held to, and its broken variants."""

from typing import Literal

from chaosctl.node.pattern import Duration, Pattern, majority
from chaosctl.patterns.election.bully_broken import CountsVisible, TieServes
from chaosctl.patterns.election.bully_member import Member
from chaosctl.patterns.election.fenced_broken import NoFence
from chaosctl.patterns.election.fenced_work import Executor, Resource
from chaosctl.patterns.failure_detector import DetectorOptions


class BullyOptions(DetectorOptions, frozen=True):
    """Who may serve, and the bounds on messages that the paper assumes.

    `rule`: "majority" lets a coordinator serve only while a majority of all members answers it; "none" is the paper's
    algorithm, for networks that are never cut. `tie_breaker`: a node with which half of the members is enough.
    `answer_timeout` is 2 T_m + T_p, after which whoever has not answered is dead. A coordinator is suspected by its
    heartbeats (`detector`, with `suspect` or `phi`); `suspect` is also how long an announcement is waited for.
    `patience`: how long a member waits for an answer that it passes on.
    """

    rule: Literal["majority", "none"] = "majority"
    tie_breaker: str = ""
    heartbeat: Duration = 0.02
    suspect: Duration = 0.12
    answer_timeout: Duration = 0.06
    patience: Duration = 0.2


BULLY = Pattern(
    name="bully",
    summary="The bully election: the highest that is there leads; the smaller side refuses service",
    roles={"member": Member, "executor": Executor, "resource": Resource},
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
    options=BullyOptions,
    leader_event="became_leader",
    stepped_down_event="stepped_down",
    election_messages=("election", "answer", "coordinator"),
    grace=1.0,
    broken={"tie-serves": TieServes, "counts-visible": CountsVisible, "no-fence": NoFence},
    sometimes=("became_leader", "stepped_down"),
    quorum=majority,
    quorum_role="member",
    serving_role="member",
)
