"""The pattern `tcc`: transfers by Try, Confirm, Cancel, a two-phase commit of the business instead of the database.

P. Helland, "Life beyond Distributed Transactions" (CIDR 2007), section 5, tentative operations; G. Pardon, C. Pautasso,
"Atomic Distributed Transactions: a RESTful Design" (WS-REST 2014); the fence is Seata's tcc_fence_log, DTM's barrier.
Between the phases no row is locked: what is reserved is taken from what others may use, and that is all.
Model: asynchronous, crash-recovery, messages lost, doubled and overtaken; atomic whatever happens, as long as no disk
forgets what was synced. While the manager is down, what was tried stays reserved; fence rows are kept for ever here.
"""

from chaosctl.node.pattern import Duration, Pattern, Placement
from chaosctl.patterns.transactions.accounts import Holdings
from chaosctl.patterns.transactions.tcc_broken import (
    ConfirmsTwice,
    DecidesInMemory,
    ForgetsFences,
    TriesAfterCancel,
)
from chaosctl.patterns.transactions.tcc_manager import TransactionManager
from chaosctl.patterns.transactions.tcc_resource import ResourceManager


class TccOptions(Holdings, frozen=True):
    """The bank's size and the manager's patience.

    `accounts` are a0, a1, ... over all resource managers in turn, each with `balance` at first. A Try that is not
    answered within `try_timeout` cancels the transaction; Confirm and Cancel are repeated every `retry`.
    """

    try_timeout: Duration = 0.1
    retry: Duration = 0.05
    lock_timeout: Duration = 0.5


def place(nodes: list[str]) -> Placement:
    """Return the first node as the transaction manager, the others as resource managers; one node alone is both."""
    return {"transaction-manager": nodes[:1], "resource-manager": nodes[1:] or nodes}


TCC = Pattern(
    name="tcc",
    summary="Try, Confirm, Cancel: reservations instead of locks, with a fence against late and doubled steps",
    roles={"transaction-manager": TransactionManager, "resource-manager": ResourceManager},
    workloads=("bank", "order"),
    checks=(
        "atomic-commit",
        "single-effect",
        "conservation",
        "no-overdraft",
        "ack-truth",
        "nothing-in-doubt",
        "nothing-reserved",
        "monotone-states",
        "local-conservation",
    ),
    options=TccOptions,
    placement=place,
    grace=1.5,
    settle=0.3,
    broken={
        "no-suspension": TriesAfterCancel,
        "forgets-fences": ForgetsFences,
        "no-idempotence": ConfirmsTwice,
        "unlogged-decision": DecidesInMemory,
    },
    states={
        "began": ("began", "decided commit", "decided abort", "ended"),  # Twice, where a crash forgot the first.
        "decided commit": ("ended",),
        "decided abort": ("decided abort", "ended"),
        "ended": ("decided abort", "ended"),  # That it is over is not synced, and then comes once more.
        "prepared": ("committed", "aborted"),
        "committed": (),
        "aborted": (),
        "empty_rollback": (),
    },
    sometimes=("committed", "aborted", "empty_rollback"),
    database_role="resource-manager",
    serving_role="transaction-manager",
)
