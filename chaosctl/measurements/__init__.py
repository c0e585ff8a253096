"""Figures from recordings: how available, how fast, how costly. They read histories and events, never runtimes.

Imports run downwards: the figures' files -> observed -> calls, leadership, phases -> history. A figure is a class in
one of those files and a line here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from chaosctl.history.recording import Recording
    from chaosctl.measurements.figure import Figure

FIGURES: dict[str, str] = {
    "operations": "chaosctl.measurements.outcomes:Operations",
    "missed": "chaosctl.measurements.outcomes:Missed",
    "throughput": "chaosctl.measurements.outcomes:Throughput",
    "availability": "chaosctl.measurements.availability:Availability",
    "share-served": "chaosctl.measurements.availability:ShareServed",
    "longest-unavailability": "chaosctl.measurements.availability:LongestUnavailability",
    "detect-time": "chaosctl.measurements.recovery:DetectTime",
    "takeover-time": "chaosctl.measurements.recovery:TakeoverTime",
    "first-served-time": "chaosctl.measurements.recovery:FirstServedTime",
    "recovery-time": "chaosctl.measurements.recovery:RecoveryTime",
    "latency-p50": "chaosctl.measurements.latency:LatencyP50",
    "latency-p95": "chaosctl.measurements.latency:LatencyP95",
    "latency-p99": "chaosctl.measurements.latency:LatencyP99",
    "latency-max": "chaosctl.measurements.latency:LatencyMax",
    "messages-per-operation": "chaosctl.measurements.costs:MessagesPerOperation",
    "syncs-per-operation": "chaosctl.measurements.costs:SyncsPerOperation",
    "elections": "chaosctl.measurements.elections:Elections",
    "messages-per-election": "chaosctl.measurements.elections:MessagesPerElection",
    "leaderless-time": "chaosctl.measurements.elections:LeaderlessTime",
    "dual-leader-time": "chaosctl.measurements.elections:DualLeaderTime",
    "reunion-time": "chaosctl.measurements.elections:ReunionTime",
    "fenced-writes": "chaosctl.measurements.fenced:FencedWrites",
    "damaging-writes": "chaosctl.measurements.fenced:DamagingWrites",
    "ballots-per-decision": "chaosctl.measurements.consensus:BallotsPerDecision",
    "decision-time": "chaosctl.measurements.consensus:DecisionTime",
    "premature-beliefs": "chaosctl.measurements.consensus:PrematureBeliefs",
    "ballots-wasted": "chaosctl.measurements.consensus:BallotsWasted",
    "rounds-per-decision": "chaosctl.measurements.consensus:RoundsPerDecision",
    "messages-per-decision": "chaosctl.measurements.consensus:MessagesPerDecision",
    "roles-disagree-time": "chaosctl.measurements.consensus:RolesDisagreeTime",
    "first-decision-time": "chaosctl.measurements.logs:FirstDecisionTime",
    "log-gap": "chaosctl.measurements.logs:LogGap",
    "catch-up-time": "chaosctl.measurements.logs:CatchUpTime",
    "crash-detection-time": "chaosctl.measurements.detection:CrashDetectionTime",
    "mistake-rate": "chaosctl.measurements.detection:MistakeRate",
    "mistake-duration": "chaosctl.measurements.detection:MistakeDuration",
    "query-accuracy": "chaosctl.measurements.detection:QueryAccuracy",
    "tasks-lost": "chaosctl.measurements.tasks:TasksLost",
    "tasks-repeated": "chaosctl.measurements.tasks:TasksRepeated",
    "tasks-reassigned": "chaosctl.measurements.tasks:TasksReassigned",
    "tasks-recovered": "chaosctl.measurements.tasks:TasksRecovered",
    "in-doubt-time": "chaosctl.measurements.transactions:InDoubtTime",
    "in-doubt-count": "chaosctl.measurements.transactions:InDoubtCount",
    "locked-row-seconds": "chaosctl.measurements.transactions:LockedRowSeconds",
    "database-in-doubt": "chaosctl.measurements.databases:DatabaseInDoubt",
    "database-left-in-doubt": "chaosctl.measurements.databases:DatabaseLeftInDoubt",
    "database-rows-in-doubt": "chaosctl.measurements.databases:DatabaseRowsInDoubt",
    "database-blocked": "chaosctl.measurements.databases:DatabaseBlocked",
    "gilbert-lynch-availability": "chaosctl.measurements.answered:GilbertLynchAvailability",
    "stale-reads": "chaosctl.measurements.staleness:StaleReads",
    "staleness-age-p50": "chaosctl.measurements.staleness:StalenessAgeP50",
    "staleness-age-p99": "chaosctl.measurements.staleness:StalenessAgeP99",
    "t-visibility": "chaosctl.measurements.staleness:TVisibility",
    "k-staleness": "chaosctl.measurements.staleness:KStaleness",
    "siblings": "chaosctl.measurements.staleness:Siblings",
    "session-violations": "chaosctl.measurements.staleness:SessionViolations",
    "lost-updates": "chaosctl.measurements.replicas:LostUpdates",
    "convergence-time": "chaosctl.measurements.replicas:ConvergenceTime",
    "hints": "chaosctl.measurements.replicas:Hints",
    "repair-bytes": "chaosctl.measurements.replicas:RepairBytes",
    "abort-rate": "chaosctl.measurements.transactions:AbortRate",
    "time-to-consistency-p50": "chaosctl.measurements.visibility:TimeToConsistencyP50",
    "time-to-consistency-max": "chaosctl.measurements.visibility:TimeToConsistencyMax",
    "fractured-reads": "chaosctl.measurements.visibility:FracturedReads",
    "dirty-reads": "chaosctl.measurements.visibility:DirtyReads",
    "redeliveries": "chaosctl.measurements.messages:Redeliveries",
    "check-backs": "chaosctl.measurements.messages:CheckBacks",
    "duplicates-absorbed": "chaosctl.measurements.messages:DuplicatesAbsorbed",
    "dead-letters": "chaosctl.measurements.messages:DeadLetters",
    "backlog-max": "chaosctl.measurements.messages:BacklogMax",
    "acknowledged-messages-lost": "chaosctl.measurements.acknowledged:AcknowledgedMessagesLost",
    "drain-time": "chaosctl.measurements.messages:DrainTime",
    "reconciler-precision": "chaosctl.measurements.reconciliation:ReconcilerPrecision",
    "reconciler-recall": "chaosctl.measurements.reconciliation:ReconcilerRecall",
    "repair-time": "chaosctl.measurements.reconciliation:RepairTime",
    "conflicting-writes": "chaosctl.measurements.account:ConflictingWrites",
    "lost-writes": "chaosctl.measurements.account:LostWrites",
    "overdrawn": "chaosctl.measurements.account:Overdrawn",
    "stale-answers": "chaosctl.measurements.shop:StaleAnswers",
    "settle-time-p50": "chaosctl.measurements.shop:SettleTimeP50",
    "settle-time-max": "chaosctl.measurements.shop:SettleTimeMax",
}


def load(name: str) -> "Figure":
    """Return the figure of this name."""
    module, _, attribute = FIGURES[name].partition(":")
    return cast("Figure", getattr(import_module(module), attribute)())


def dimensions() -> dict[str, tuple[str, ...]]:
    """Return each figure's dimensions, for the catalogue: by which of phase, side, f and node it can be asked."""
    return {name: load(name).dimensions for name in FIGURES}


def measure_all(recording: "Recording") -> dict[str, dict[str, Any]]:
    """Return every figure that the run has values of, in the form of metrics.json."""
    from chaosctl.measurements.observed import Observed  # noqa: PLC0415  # `validate` reads this module, and no rows.

    observed = Observed(recording)
    measured = {}
    for name in FIGURES:
        figure = load(name)
        if values := figure.measure(observed):
            rows = [{key: part for key, part in vars(value).items() if key != "extra" or part} for value in values]
            measured[name] = {"unit": figure.unit, "better": figure.better, "values": rows}
    return measured
