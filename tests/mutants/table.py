"""The table of mutants: mistakes beyond the broken variants, a row each, each convicted by its check."""

from tests.mutants.bully import BULLY
from tests.mutants.eventual import EVENTUAL
from tests.mutants.failure_detector import FAILURE_DETECTOR
from tests.mutants.leader_workers import LEADER_WORKERS
from tests.mutants.lease import LEASE
from tests.mutants.merging import MERGING
from tests.mutants.messages_and_tries import MESSAGE_TRANSACTION, OUTBOX, TCC
from tests.mutants.multi_paxos import MULTI_PAXOS
from tests.mutants.mutant import Mutant
from tests.mutants.orders import ORDERS
from tests.mutants.paxos import PAXOS, PAXOS_CONTROLS
from tests.mutants.primary_backup import PRIMARY_BACKUP
from tests.mutants.quorum_register import QUORUM_REGISTER
from tests.mutants.raft import RAFT, RAFT_CONTROLS
from tests.mutants.raft_election import RAFT_ELECTION
from tests.mutants.ring import RING
from tests.mutants.saga import SAGA
from tests.mutants.single import SINGLE
from tests.mutants.split_brain import SPLIT_BRAIN
from tests.mutants.two_phase_commit import TWO_PHASE_COMMIT
from tests.mutants.txn_store import TXN_STORE

MUTANTS: tuple[Mutant, ...] = (
    *RAFT_ELECTION,
    *RAFT,
    *MULTI_PAXOS,
    *BULLY,
    *RING,
    *LEASE,
    *SPLIT_BRAIN,
    *PAXOS,
    *QUORUM_REGISTER,
    *SINGLE,
    *TXN_STORE,
    *FAILURE_DETECTOR,
    *LEADER_WORKERS,
    *EVENTUAL,
    *MERGING,
    *PRIMARY_BACKUP,
    *ORDERS,
    *TCC,
    *SAGA,
    *OUTBOX,
    *MESSAGE_TRANSACTION,
    *TWO_PHASE_COMMIT,  # a family a line, so that two changes don't meet.
)

CONTROLS: tuple[Mutant, ...] = (
    *RAFT_CONTROLS,
    *PAXOS_CONTROLS,  # a family a line, as above.
)
"""Changes that look wrong and break nothing: a check that convicts one has a false alarm."""
