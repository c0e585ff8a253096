"""The systems under test, each beside its paper. They import `chaosctl.node` alone; nothing imports them.

`PATTERNS` is the registry: a pattern's name to where its declaration is, loaded when a file names it.
"""

PATTERNS: dict[str, str] = {
    "bully": "chaosctl.patterns.election.bully:BULLY",
    "eventual": "chaosctl.patterns.replication.eventual:EVENTUAL",
    "multi-paxos": "chaosctl.patterns.paxos.multi:MULTI_PAXOS",
    "leader-workers": "chaosctl.patterns.workers.leader_workers:LEADER_WORKERS",
    "lease": "chaosctl.patterns.election.lease:LEASE",
    "quorum-register": "chaosctl.patterns.replication.quorum_register:QUORUM_REGISTER",
    "ring": "chaosctl.patterns.election.ring:RING",
    "no-partition": "chaosctl.patterns.replication.no_partition:NO_PARTITION",
    "primary-backup": "chaosctl.patterns.replication.primary_backup:PRIMARY_BACKUP",
    "raft-election": "chaosctl.patterns.election.raft_election:RAFT_ELECTION",
    "paxos": "chaosctl.patterns.paxos:PAXOS",
    "single": "chaosctl.patterns.replication.single:SINGLE",
    "two-phase-commit": "chaosctl.patterns.transactions.two_phase_commit:TWO_PHASE_COMMIT",
    "outbox": "chaosctl.patterns.transactions.outbox:OUTBOX",
    "tcc": "chaosctl.patterns.transactions.tcc:TCC",
    "message-transaction": "chaosctl.patterns.transactions.message_transaction:MESSAGE_TRANSACTION",
}
