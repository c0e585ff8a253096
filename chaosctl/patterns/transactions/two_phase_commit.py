"""The pattern `two-phase-commit`: transfers between accounts on several nodes, all or nothing, with presumed abort.

J. Gray, "Notes on Data Base Operating Systems" (1978), section 5.8.3; C. Mohan, B. Lindsay, R. Obermarck, "Transaction
Management in the R* Distributed Database Management System" (1986), section 3, for presumed abort; J. Gray, L. Lamport,
"Consensus on Transaction Commit" (2006), section 3, for what it can't do: while the transaction manager is down, who is
prepared waits with its rows locked.
Model: asynchronous, crash-recovery; atomic whatever happens, as long as no disk forgets what was synced.
"""

from chaosctl.node.pattern import Duration, Pattern, Placement
from chaosctl.patterns.transactions.accounts import Holdings
from chaosctl.patterns.transactions.two_phase_commit_broken import (
    CommitsAlone,
    LogsAfterSending,
    NeverAsks,
    PresumesCommit,
)
from chaosctl.patterns.transactions.two_phase_commit_manager import TransactionManager
from chaosctl.patterns.transactions.two_phase_commit_resource import ResourceManager


class TwoPhaseCommitOptions(Holdings, frozen=True):
    """The bank's size and the protocol's patience.

    `accounts` are a0, a1, ... over all resource managers in turn, each with `balance` at first. A transaction without
    all votes after `vote_timeout` is aborted; a commit that is not answered is told again every `retry`; whoever is
    in doubt asks every `inquiry`; a row that stays locked for `lock_timeout` makes the vote a no, which is also how
    deadlocks between resource managers end.
    """

    vote_timeout: Duration = 0.1
    retry: Duration = 0.05
    inquiry: Duration = 0.05
    lock_timeout: Duration = 0.05


def place(nodes: list[str]) -> Placement:
    """Return the first node as the transaction manager, the others as resource managers; one node alone is both."""
    return {"transaction-manager": nodes[:1], "resource-manager": nodes[1:] or nodes}


TWO_PHASE_COMMIT = Pattern(
    name="two-phase-commit",
    summary="Two-phase commit with presumed abort: a transaction manager and resource managers with accounts",
    roles={"transaction-manager": TransactionManager, "resource-manager": ResourceManager},
    workloads=("bank", "order"),
    checks=(
        "atomic-commit",
        "single-effect",
        "conservation",
        "no-overdraft",
        "ack-truth",
        "nothing-in-doubt",
        "monotone-states",
        "local-conservation",
    ),
    options=TwoPhaseCommitOptions,
    placement=place,
    grace=1.5,
    broken={
        "log-after-send": LogsAfterSending,
        "presume-commit": PresumesCommit,
        "heur-commit": CommitsAlone,
        "no-retry": NeverAsks,
    },
    states={
        "began": ("decided commit", "decided abort", "ended"),
        "decided commit": ("ended",),
        "decided abort": (),
        "ended": ("ended",),
        "prepared": ("committed", "aborted", "prepared"),
        "aborted": ("prepared", "aborted"),  # Nothing is kept of an abort: a late prepare is in doubt once more.
        "committed": (),
    },
    sometimes=("asked", "voted_no", "committed", "aborted"),
    database_role="resource-manager",
    serving_role="transaction-manager",
)
