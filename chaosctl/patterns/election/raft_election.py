"""The pattern `raft-election`: its options, what it serves, what it is held to, and its broken variants."""

from chaosctl.node.pattern import Duration, Options, Pattern, majority
from chaosctl.patterns.election.fenced_broken import NoFence
from chaosctl.patterns.election.fenced_work import Executor, Resource
from chaosctl.patterns.election.raft import Voter
from chaosctl.patterns.election.raft_broken import (
    BelievesItself,
    CountsReplies,
    HalfIsEnough,
    VotesAgain,
    VotesUnsynced,
)


class RaftOptions(Options, frozen=True):
    """The timers, and two additions that keep a returning or half-cut node from unseating a leader for nothing.

    An election timeout is drawn anew each time from its range, which should be ten to twenty message delays wide.
    `pre_vote`: ask first whether a majority would vote (thesis, 9.6). `check_quorum`: a leader that hears no majority
    for an election timeout steps down, and voters that hear a leader do not vote (6.2, 4.2.3). `behind`: members whose
    log lacks an entry that all others have, so that those do not vote for them (3.6.1). `patience`: how long for an
    answer that is passed on.
    """

    heartbeat: Duration = 0.02
    election_timeout_min: Duration = 0.1
    election_timeout_max: Duration = 0.2
    pre_vote: bool = True
    check_quorum: bool = True
    behind: tuple[str, ...] = ()
    patience: Duration = 0.2


RAFT_ELECTION = Pattern(
    name="raft-election",
    summary="Raft's leader election: terms, votes on disk, random timeouts, pre-vote, check-quorum",
    roles={"voter": Voter, "executor": Executor, "resource": Resource},
    apart="resource",
    workloads=("leadership", "fenced-work"),
    checks=(
        "election-safety",
        "one-vote-a-term",
        "terms-grow",
        "quorum-backed",
        "leader-completeness",
        "one-effective-leader",
        "minority-silent",
        "leader-in-the-end",
        "leader-agreed",
    ),
    options=RaftOptions,
    leader_event="became_leader",
    stepped_down_event="stepped_down",
    election_messages=("request_pre_vote", "pre_vote", "request_vote", "vote"),
    grace=1.0,
    broken={
        "vote-unsynced": VotesUnsynced,
        "votes-again": VotesAgain,
        "vote-counter": CountsReplies,
        "half-quorum": HalfIsEnough,
        "unconfirmed": BelievesItself,
        "no-fence": NoFence,
    },
    sometimes=("became_leader", "stepped_down", "vote_split"),
    quorum=majority,
    quorum_role="voter",
    serving_role="voter",
)
