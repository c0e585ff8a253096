"""Every mistake that the reference lists for elections, leases and workers: a variant, a mutant or an option here.

A line: the reference's name, ours, and the check or figure that must convict it. That it does, under the schedule that
it names, is tested where all variants and mutants are (test_mutants_convicted.py, test_patterns_broken.py).
"""

import pytest

from chaosctl.catalogue import load_pattern
from tests.mutants.mutant import EXPERIMENTS
from tests.mutants.table import CONTROLS, MUTANTS

REFERENCE = (
    ("bully.no-wait", "bully.no-wait", "messages-per-election"),  # Terms heal what it breaks; what it costs stays.
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
)

HARMLESS = {"raft.commit-over": "raft.commit-over"}
"""What breaks nothing here, and why, is said beside the control."""

OPTIONS = {
    "raft.no-prevote": "raft-election/rejoin-plain",
    "raft.no-checkquorum": "raft-election/star-unchecked",
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
