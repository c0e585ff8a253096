"""Verdicts from recordings: each check reads what a run left and says pass, fail or unknown, with its evidence.

Imports run downwards: verdict -> vacuity -> the checks' files -> facts, calls, leaders, ledger -> check -> history. A
check is a class in one of those files and a line here.
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from chaosctl.checkers.check import Check
    from chaosctl.checkers.linearizable_models import Model

CHECKS: dict[str, str] = {
    "election-safety": "chaosctl.checkers.election:ElectionSafety",
    "one-vote-a-term": "chaosctl.checkers.election:OneVoteATerm",
    "terms-grow": "chaosctl.checkers.election:TermsGrow",
    "quorum-backed": "chaosctl.checkers.election:QuorumBacked",
    "leader-completeness": "chaosctl.checkers.election:LeaderCompleteness",
    "one-effective-leader": "chaosctl.checkers.leadership:OneEffectiveLeader",
    "leader-in-the-end": "chaosctl.checkers.leadership:LeaderInTheEnd",
    "leader-agreed": "chaosctl.checkers.components:LeaderAgreed",
    "minority-silent": "chaosctl.checkers.components:MinoritySilent",
    "leases-disjoint": "chaosctl.checkers.leases:LeasesDisjoint",
    "agreement": "chaosctl.checkers.agreement:Agreement",
    "validity": "chaosctl.checkers.agreement:Validity",
    "integrity": "chaosctl.checkers.agreement:Integrity",
    "learned-is-chosen": "chaosctl.checkers.agreement:LearnedIsChosen",
    "promise-kept": "chaosctl.checkers.paxos:PromiseKept",
    "one-value-a-ballot": "chaosctl.checkers.paxos:OneValueABallot",
    "adoption": "chaosctl.checkers.adoption:Adoption",
    "atomic-commit": "chaosctl.checkers.transactions:AtomicCommit",
    "single-effect": "chaosctl.checkers.transactions:SingleEffect",
    "nothing-in-doubt": "chaosctl.checkers.transactions:NothingInDoubt",
    "nothing-reserved": "chaosctl.checkers.transactions:NothingReserved",
    "monotone-states": "chaosctl.checkers.states:MonotoneStates",
    "heuristics-told": "chaosctl.checkers.heuristics:HeuristicsTold",
    "conservation": "chaosctl.checkers.bank:Conservation",
    "local-conservation": "chaosctl.checkers.cuts:LocalConservation",
    "no-overdraft": "chaosctl.checkers.bank:NoOverdraft",
    "ack-truth": "chaosctl.checkers.bank:AckTruth",
    "eventual-atomicity": "chaosctl.checkers.eventual:EventualAtomicity",
    "acks-settled": "chaosctl.checkers.eventual:AcksSettled",
    "nothing-left": "chaosctl.checkers.eventual:NothingLeft",
    "acknowledged-messages": "chaosctl.checkers.acknowledged:AcknowledgedMessages",
    "reconciles-exactly": "chaosctl.checkers.reconciliation:ReconcilesExactly",
    "progress": "chaosctl.checkers.progress:Progress",
    "echo": "chaosctl.checkers.echo:Echo",
    "unique-ids": "chaosctl.checkers.unique_ids:UniqueIds",
    "set-full": "chaosctl.checkers.growing:SetFull",
    "counter-sums": "chaosctl.checkers.growing:CounterSums",
    "no-lost-update": "chaosctl.checkers.updates:NoLostUpdate",
    "no-resurrection": "chaosctl.checkers.updates:NoResurrection",
    "convergence": "chaosctl.checkers.convergence:Convergence",
    "log-agreement": "chaosctl.checkers.log:LogAgreement",
    "strong-completeness": "chaosctl.checkers.detection:StrongCompleteness",
    "eventual-accuracy": "chaosctl.checkers.detection:EventualAccuracy",
    "log-matching": "chaosctl.checkers.log:LogMatching",
    "no-task-lost": "chaosctl.checkers.tasks:NoTaskLost",
    "one-effect-a-task": "chaosctl.checkers.tasks:OneEffectATask",
    "obedience": "chaosctl.checkers.tasks:Obedience",
    "manual-means-manual": "chaosctl.checkers.tasks:ManualMeansManual",
    "one-leader-serves": "chaosctl.checkers.tasks:OneLeaderServes",
    "recovery-point": "chaosctl.checkers.tasks:RecoveryPoint",
    "linearizable": "chaosctl.checkers.linearizable:Linearizable",
    "sequential": "chaosctl.checkers.sequential:Sequential",
    "read-your-writes": "chaosctl.checkers.sessions:ReadYourWrites",
    "monotonic-reads": "chaosctl.checkers.sessions:MonotonicReads",
    "monotonic-writes": "chaosctl.checkers.sessions:MonotonicWrites",
    "writes-follow-reads": "chaosctl.checkers.sessions:WritesFollowReads",
    "read-uncommitted": "chaosctl.checkers.isolation.checks:ReadUncommitted",
    "read-committed": "chaosctl.checkers.isolation.checks:ReadCommitted",
    "repeatable-read": "chaosctl.checkers.isolation.checks:RepeatableRead",
    "snapshot-isolation": "chaosctl.checkers.isolation.checks:SnapshotIsolation",
    "serializable": "chaosctl.checkers.isolation.checks:Serializable",
    "strong-session-read-uncommitted": "chaosctl.checkers.isolation.checks:StrongSessionReadUncommitted",
    "strong-session-read-committed": "chaosctl.checkers.isolation.checks:StrongSessionReadCommitted",
    "strong-session-snapshot-isolation": "chaosctl.checkers.isolation.checks:StrongSessionSnapshotIsolation",
    "strong-session-serializable": "chaosctl.checkers.isolation.checks:StrongSessionSerializable",
    "strong-snapshot-isolation": "chaosctl.checkers.isolation.checks:StrongSnapshotIsolation",
    "strict-serializable": "chaosctl.checkers.isolation.checks:StrictSerializable",
    "acknowledged-kept": "chaosctl.checkers.account:AcknowledgedKept",
    "statement-order": "chaosctl.checkers.account:StatementOrder",
    "never-overdrawn": "chaosctl.checkers.account:NeverOverdrawn",
    "orders-kept": "chaosctl.checkers.shop:OrdersKept",
    "orders-settled": "chaosctl.checkers.shop:OrdersSettled",
    "sold-once": "chaosctl.checkers.shop:SoldOnce",
    "never-oversold": "chaosctl.checkers.shop:NeverOversold",
    "soft-state-bounded": "chaosctl.checkers.shop:SoftStateBounded",
}


OBJECT_CHECKS = (
    "linearizable",
    "sequential",
    "read-your-writes",
    "monotonic-reads",
    "monotonic-writes",
    "writes-follow-reads",
)
"""Checks of what objects do, which need nothing but the clients' operations, and take the model of the object."""


def load(name: str, model: "Model | None" = None) -> "Check":
    """Return the check of this name; one of OBJECT_CHECKS with the model, if there is one."""
    check = _class_at(CHECKS[name])
    return cast("Check", check() if model is None else check(model))


@cache
def _class_at(place: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)


def wants_messages(name: str) -> bool:
    """Return whether the check says `unknown` where the run kept no message log."""
    return "messages" in load(name).needs
