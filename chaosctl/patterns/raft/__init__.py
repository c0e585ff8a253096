"""The pattern `raft`: a replicated log by Raft under a key-value store, to set beside Multi-Paxos.

Diego Ongaro, John Ousterhout, "In Search of an Understandable Consensus Algorithm" (2014), sections 5.2 to 5.4.
The store and its clients' side are Multi-Paxos's own, so that what differs is the log: who may lead (only whose log has
all that is committed, where Multi-Paxos lets anybody lead and fetch it), and how entries are agreed on (one after the
other, where Multi-Paxos decides each slot by itself). Membership is fixed, the log is never cut.
"""

from chaosctl.node.pattern import Duration, Pattern, majority
from chaosctl.patterns.election.raft_election import RaftOptions
from chaosctl.patterns.paxos.multi_store import LogStore
from chaosctl.patterns.raft.broken import AppendsUnsynced, CommitsOldTerms
from chaosctl.patterns.raft.replica import Replica


class RaftLogOptions(RaftOptions, frozen=True):
    """The election's timers, and: a store submits a command again each `retry`, and gives it up after `patience`.

    So many entries as `batch` says go into one message at most. `snapshot`: as in multi-paxos, for the store alone.
    """

    retry: Duration = 0.05
    patience: Duration = 0.4
    batch: int = 200
    snapshot: int = 0


RAFT = Pattern(
    name="raft",
    summary="A replicated log by Raft under a key-value store: CP with a leader whose log is complete",
    roles={"voter": Replica, "store": LogStore},
    workloads=("key-value",),
    checks=(
        "linearizable",
        "log-matching",
        "log-agreement",
        "leader-completeness",
        "agreement",
        "election-safety",
        "one-vote-a-term",
        "terms-grow",
        "quorum-backed",
    ),
    options=RaftLogOptions,
    leader_event="became_leader",
    stepped_down_event="stepped_down",
    election_messages=("request_pre_vote", "pre_vote", "request_vote", "vote"),
    grace=1.5,
    broken={"old-term-commit": CommitsOldTerms, "append-unsynced": AppendsUnsynced},
    sometimes=("became_leader", "stepped_down"),
    quorum=majority,
    serving_role="store",
)
