"""Every mistake that the reference lists (consensus.md, section 6; 2PC and TCC: transactions.md, 2.2) is here.

A line: the reference's name, ours, and the check or figure that must convict it. That it does, under the schedule that
it names, is tested where all variants and mutants are (test_mutants_convicted.py, test_patterns_broken.py).
"""

import pytest

from chaosctl.catalogue import load_pattern
from tests.mutants.mutant import EXPERIMENTS
from tests.mutants.table import CONTROLS, MUTANTS

REFERENCE = (
    ("bully.no-wait", "bully.no-wait", "elections"),  # Terms heal what it breaks; what it costs stays.
    ("bully.trusting", "bully.trusting", "availability"),
    ("bully.proud-rejoin", "bully.proud-rejoin", "one-effective-leader"),
    ("bully.minority-serves", "bully.minority-serves", "minority-silent"),
    ("bully.tie-serves", "bully.tie-serves", "one-effective-leader"),
    ("bully.counts-visible", "bully.counts-visible", "one-effective-leader"),
    ("bully.untermed", "bully.untermed", "election-safety"),
    ("ring.forwards-all", "ring.forwards-all", "messages-per-election"),
    ("ring.fixed-successor", "ring.fixed-successor", "availability"),
    ("ring.no-retry", "ring.no-retry", "availability"),
    ("raft.vote-unsynced", "raft-election.vote-unsynced", "election-safety"),
    ("raft.term-unsynced", "raft-election.term-unsynced", "terms-grow"),
    ("raft.votes-again", "raft-election.votes-again", "one-vote-a-term"),
    ("raft.vote-counter", "raft-election.vote-counter", "quorum-backed"),
    ("raft.stale-votes", "raft-election.stale-votes", "election-safety"),
    ("raft.half-quorum", "raft-election.half-quorum", "quorum-backed"),
    ("raft.no-log-check", "raft.no-log-check", "leader-completeness"),
    ("raft.length-check", "raft.length-check", "leader-completeness"),
    ("raft.old-term-commit", "raft.old-term-commit", "leader-completeness"),
    ("raft.deaf-leader", "raft-election.deaf-leader", "leader-in-the-end"),
    ("raft.local-reads", "raft.local-reads", "linearizable"),
    ("raft.no-noop-read", "raft.no-noop-read", "linearizable"),
    ("raft.timer-any-rpc", "raft-election.refusal-resets-the-timer", "availability"),
    ("raft.same-timeout", "raft-election.same-timeout", "progress"),
    ("raft.ack-unsynced", "raft.append-unsynced", "linearizable"),
    ("raft.truncate-always", "raft.truncate-always", "leader-completeness"),
    ("raft.prevote-bumps", "raft-election.prevote-bumps", "elections"),
    ("raft.no-dedup", "raft.no-dedup", "linearizable"),
    ("lease.no-fence", "lease.no-fence", "one-effective-leader"),
    ("lease.volatile-token", "lease.volatile-token", "terms-grow"),
    ("lease.amnesiac", "lease.amnesiac", "leases-disjoint"),
    ("lease.from-receipt", "lease.from-receipt", "leases-disjoint"),
    ("lease.no-drift", "lease.no-drift", "leases-disjoint"),
    ("lease.blind-release", "lease.blind-release", "leases-disjoint"),
    ("worker.no-epoch", "leader-workers.no-epoch", "obedience"),
    ("leader.volatile-tasks", "leader-workers.volatile-tasks", "no-task-lost"),
    ("leader.takes-twice", "leader-workers.takes-twice", "one-effect-a-task"),
    ("standby.self-promotes", "leader-workers.self-promotes", "one-leader-serves"),
    ("standby.ack-early", "leader-workers.ack-early", "recovery-point"),
    ("standby.manual-auto", "leader-workers.manual-auto", "manual-means-manual"),
    ("standby.fail-back", "leader-workers.fail-back", "manual-means-manual"),
    ("standby.cold-no-replay", "leader-workers.cold-no-replay", "recovery-point"),
    ("paxos.own-value", "paxos.own-value", "agreement"),
    ("paxos.first-value", "paxos.first-value", "agreement"),
    ("paxos.lowest-value", "paxos.lowest-value", "adoption"),
    ("paxos.majority-value", "paxos.majority-value", "agreement"),
    ("paxos.no-accepted", "paxos.no-accepted", "agreement"),
    ("paxos.accept-any", "paxos.accept-any", "promise-kept"),
    ("paxos.accept-silent", "paxos.accept-silent", "agreement"),
    ("paxos.accept-old-ballot", "paxos.accept-old-ballot", "agreement"),
    ("paxos.promise-unsynced", "paxos.promise-unsynced", "agreement"),
    ("paxos.accept-unsynced", "paxos.accept-unsynced", "agreement"),
    ("paxos.volatile-ballot", "paxos.volatile-ballot", "one-value-a-ballot"),
    ("paxos.no-id", "paxos.no-id", "one-value-a-ballot"),
    ("paxos.stale-promises", "paxos.stale-promises", "adoption"),
    ("paxos.counts-messages, promises", "paxos.counts-promises", "adoption"),
    ("paxos.counts-messages, acceptances", "paxos.counts-acceptances", "learned-is-chosen"),
    ("paxos.learner-any", "paxos.learner-any", "learned-is-chosen"),
    ("paxos.learner-across-ballots", "paxos.learner-across-ballots", "learned-is-chosen"),
    ("paxos.half-quorum", "paxos.half-quorum", "agreement"),
    ("paxos.learner-forgets", "paxos.learner-forgets", "integrity"),
    ("paxos.as-the-notes-say", "paxos.as-the-notes-say", "learned-is-chosen"),
    ("mpaxos.first-slot-only", "multi-paxos.first-slot-only", "agreement"),
    ("mpaxos.next-free-local", "multi-paxos.next-free-local", "agreement"),
    ("mpaxos.no-noop", "multi-paxos.no-noop", "progress"),
    ("mpaxos.apply-gap", "multi-paxos.apply-gap", "log-agreement"),
    ("mpaxos.no-reprepare", "multi-paxos.no-reprepare", "agreement"),
    ("mpaxos.lazy-lease", "multi-paxos.lazy-lease", "linearizable"),
    ("mpaxos.snapshot-without-clients", "multi-paxos.snapshot-without-clients", "linearizable"),
    ("mpaxos.early-gc", "multi-paxos.early-gc", "agreement"),
    ("abd.no-writeback", "quorum-register.no-writeback", "linearizable"),
    ("abd.local-timestamp", "quorum-register.local-timestamp", "linearizable"),
    ("abd.no-writer-id", "quorum-register.no-writer-id", "linearizable"),
    ("lww.ge", "eventual.ties-by-arrival", "convergence"),
    ("lww.wall-clock", "eventual.wall-clock", "no-lost-update"),
    ("crdt.shared-slot", "eventual.shared-slot", "no-lost-update"),
    ("crdt.add-merge", "eventual.add-merge", "no-lost-update"),
    ("crdt.volatile-slot", "eventual.volatile-slot", "no-lost-update"),
    ("orset.no-tombstone", "eventual.no-tombstone", "no-resurrection"),
    ("gossip.fixed-peer", "eventual.fixed-peer", "convergence"),
    ("hints.volatile", "eventual.volatile-hints", "convergence"),
    ("repair.older", "eventual.repairs-with-what-is-older", "convergence"),
    ("2pc.no_tm_log", "two-phase-commit.no-log", "atomic-commit"),
    ("2pc.log_after_send", "two-phase-commit.log-after-send", "atomic-commit"),
    ("2pc.presume_commit", "two-phase-commit.presume-commit", "atomic-commit"),
    ("2pc.no_rm_log", "two-phase-commit.votes-first", "atomic-commit"),
    ("2pc.no_idem", "two-phase-commit.prepares-again", "atomic-commit"),
    ("2pc.heur_commit", "two-phase-commit.heur-commit", "atomic-commit"),
    ("2pc.heur_abort", "two-phase-commit.heur-abort", "ack-truth"),
    ("2pc.no_retry", "two-phase-commit.no-retry", "nothing-in-doubt"),
    ("2pc, abort while deciding", "two-phase-commit.aborts-while-deciding", "ack-truth"),
    ("tcc.no_decision_log", "tcc.unlogged-decision", "atomic-commit"),
    ("tcc.no_empty_check", "tcc.empty-rollback-unnoted", "nothing-in-doubt"),
    ("tcc.no_hang_guard", "tcc.no-suspension", "nothing-in-doubt"),
    ("tcc.no_idem_confirm", "tcc.no-idempotence", "single-effect"),
    ("tcc.no_dedup_try", "tcc.tries-again", "nothing-reserved"),
    ("tcc.no_retry", "tcc.tells-once", "nothing-in-doubt"),
)

HARMLESS = {
    "raft.commit-over": "raft.commit-over",
    "paxos, promises below without lowering": "paxos.promises-below-without-lowering",
    "paxos, an equal ballot again": "paxos.refuses-the-same-prepare-again",
    "paxos, ballots without id compared strictly": "paxos.no-id-compared-strictly",
}
"""What breaks nothing here, and why, is said beside the control."""

OPTIONS = {
    "raft.no-prevote": "raft-election/rejoin-plain",
    "raft.no-checkquorum": "raft-election/star-unchecked",
    "cp.r1w1": "quorum-register/r1-w1",
}
"""What is no mistake but a choice: the experiment that shows what it costs."""


@pytest.mark.parametrize(("_name", "ours", "check"), REFERENCE, ids=[line[0] for line in REFERENCE])
def test_a_mistake_of_the_reference_is_a_variant_or_a_mutant_that_its_check_convicts(_name, ours, check):
    pattern, _, name = ours.partition(".")
    variant = load_pattern(pattern).broken.get(name)
    convicting = [mutant.check for mutant in MUTANTS if str(mutant) == ours] + ([variant.violates] if variant else [])
    assert convicting == [check]


@pytest.mark.parametrize("ours", HARMLESS.values())
def test_a_mistake_that_breaks_nothing_here_is_a_control(ours):
    assert ours in {str(control) for control in CONTROLS}


@pytest.mark.parametrize("experiment", OPTIONS.values())
def test_a_choice_that_the_reference_lists_is_an_option_with_an_experiment(experiment):
    assert (EXPERIMENTS / f"{experiment}.toml").exists()
