"""The pattern `paxos`: one value chosen once, by proposers, acceptors and learners, together on a node or apart.

Leslie Lamport, "Paxos Made Simple" (2001), section 2. Model: asynchronous, crash-recovery; messages lost, late,
doubled, reordered; nothing forged. Safe whatever happens; it decides while a majority of the acceptors answer in time
and proposers don't duel. `[system.roles]` says who plays what: an acceptor counts once, wherever it is.
"""

from typing import Literal

from chaosctl.node.pattern import Duration, Pattern, majority
from chaosctl.patterns.paxos.acceptor import Acceptor
from chaosctl.patterns.paxos.broken import (
    AcceptsAny,
    LearnsFromAny,
    PromisesUnsynced,
    ProposesOwnValue,
    TakesItsOwnForTheChoice,
)
from chaosctl.patterns.paxos.learner import Learner
from chaosctl.patterns.paxos.proposer import Proposer
from chaosctl.patterns.paxos.quorums import FlexibleQuorums


class PaxosOptions(FlexibleQuorums, frozen=True):
    """What a proposer does where the paper is silent, and what it leaves open.

    `retransmit`: a request that is not answered is sent again after so long. `backoff`: after a refusal the next
    ballot waits for a random part of this, of twice this after the next, and so on up to `backoff_max`.
    `proposers`: "duelling", or "distinguished": each leaves its clients' values to the first before it that answers
    within `patience` (2.4). `learners`: "all" are told by the acceptors, or a "distinguished" one, which tells the
    others (2.3). `phase_1`, `phase_2`: acceptors needed in each phase, 0 for a majority.
    """

    retransmit: Duration = 0.05
    backoff: Duration = 0.01
    backoff_max: Duration = 0.2
    proposers: Literal["duelling", "distinguished"] = "duelling"
    patience: Duration = 0.1
    learners: Literal["all", "distinguished"] = "all"


PAXOS = Pattern(
    name="paxos",
    summary="Single-decree Paxos: proposers, acceptors and learners agree on one value",
    roles={"proposer": Proposer, "acceptor": Acceptor, "learner": Learner},
    workloads=("consensus",),
    checks=(
        "agreement",
        "validity",
        "integrity",
        "promise-kept",
        "one-value-a-ballot",
        "adoption",
        "learned-is-chosen",
    ),
    options=PaxosOptions,
    grace=1.5,
    broken={
        "promise-unsynced": PromisesUnsynced,
        "own-value": ProposesOwnValue,
        "accept-any": AcceptsAny,
        "learner-any": LearnsFromAny,
        "as-the-notes-say": TakesItsOwnForTheChoice,
    },
    sometimes=("refused", "chosen_seen", "learned"),
    quorum=majority,
    quorum_role="acceptor",
    serving_role="proposer",
)
