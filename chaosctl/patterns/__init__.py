"""The systems under test, each beside its paper. They import `chaosctl.node` alone; nothing imports them.

`PATTERNS` is the registry: a pattern's name to where its declaration is, loaded when a file names it.
"""

PATTERNS: dict[str, str] = {
    "single": "chaosctl.patterns.replication.single:SINGLE",
    "quorum-register": "chaosctl.patterns.replication.quorum_register:QUORUM_REGISTER",
    "primary-backup": "chaosctl.patterns.replication.primary_backup:PRIMARY_BACKUP",
    "no-partition": "chaosctl.patterns.replication.no_partition:NO_PARTITION",
    "txn-store": "chaosctl.patterns.replication.txn_store:TXN_STORE",
    "eventual": "chaosctl.patterns.replication.eventual:EVENTUAL",
    "g-set": "chaosctl.patterns.merging.crdt:G_SET",
    "pn-counter": "chaosctl.patterns.merging.crdt:PN_COUNTER",
    "broadcast": "chaosctl.patterns.merging.broadcast:BROADCAST",
    "multi-paxos": "chaosctl.patterns.paxos.multi:MULTI_PAXOS",
    "paxos": "chaosctl.patterns.paxos:PAXOS",
    "bully": "chaosctl.patterns.election.bully:BULLY",
    "ring": "chaosctl.patterns.election.ring:RING",
    "raft": "chaosctl.patterns.raft:RAFT",
    "raft-election": "chaosctl.patterns.election.raft_election:RAFT_ELECTION",
    "lease": "chaosctl.patterns.election.lease:LEASE",
    "failure-detector": "chaosctl.patterns.detection:FAILURE_DETECTOR",
    "leader-workers": "chaosctl.patterns.workers.leader_workers:LEADER_WORKERS",
    "split-brain": "chaosctl.patterns.replication.split_brain:SPLIT_BRAIN",
    "orders": "chaosctl.patterns.base.orders:ORDERS",
    "two-phase-commit": "chaosctl.patterns.transactions.two_phase_commit:TWO_PHASE_COMMIT",
    "tcc": "chaosctl.patterns.transactions.tcc:TCC",
    "saga": "chaosctl.patterns.transactions.saga:SAGA",
    "message-transaction": "chaosctl.patterns.transactions.message_transaction:MESSAGE_TRANSACTION",
    "outbox": "chaosctl.patterns.transactions.outbox:OUTBOX",
}
