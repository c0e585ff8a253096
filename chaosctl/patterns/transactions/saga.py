"""The pattern `saga`: a transfer in steps that commit one by one, each with a compensation that undoes it.

H. Garcia-Molina, K. Salem, "Sagas" (SIGMOD 1987), sections 2, 4 and 5; led by one orchestrator with its log on disk.
Nothing is locked or set aside between the steps, and nobody is isolated: what a step did is seen, and can be spent,
before its saga ends, and again when it is undone.
Model: asynchronous, crash-recovery, messages lost, doubled and overtaken; in the end all steps or none, as long as no
disk forgets what was synced. While the orchestrator is down a transfer stands half done, with no row blocked.
"""

from chaosctl.node.pattern import Duration, Pattern, Placement
from chaosctl.patterns.transactions.accounts import Holdings
from chaosctl.patterns.transactions.saga_broken import (
    ActsAfterCompensation,
    BeginsInMemory,
    CompensatesTwice,
    SparesTheUnanswered,
)
from chaosctl.patterns.transactions.saga_orchestrator import Orchestrator
from chaosctl.patterns.transactions.saga_resource import ResourceManager


class SagaOptions(Holdings, frozen=True):
    """The bank's size and the orchestrator's patience.

    `accounts` are a0, a1, ... over all resource managers in turn, each with `balance` at first; an account that would
    hold more than `limit` (0: no limit) refuses, and what was taken is given back. A step or a compensation that is
    not answered is repeated every `retry`; one before the last step is given up after `tries`, but not after a crash.
    """

    limit: int = 0
    retry: Duration = 0.05
    tries: int = 3
    lock_timeout: Duration = 0.5


def place(nodes: list[str]) -> Placement:
    """Return the first node as the orchestrator, the others as resource managers; one node alone is both."""
    return {"orchestrator": nodes[:1], "resource-manager": nodes[1:] or nodes}


SAGA = Pattern(
    name="saga",
    summary="Steps that commit one by one, and compensations backward from the one that fails",
    roles={"orchestrator": Orchestrator, "resource-manager": ResourceManager},
    workloads=("bank", "order"),
    checks=(
        "eventual-atomicity",
        "acks-settled",
        "single-effect",
        "conservation",
        "no-overdraft",
        "monotone-states",
        "local-conservation",
    ),
    options=SagaOptions,
    placement=place,
    grace=1.5,
    settle=0.3,
    broken={
        "spares-the-unanswered": SparesTheUnanswered,
        "no-suspension": ActsAfterCompensation,
        "no-idempotence": CompensatesTwice,
        "unlogged-begin": BeginsInMemory,
    },
    states={
        "began": ("began", "decided commit", "decided abort", "ended"),  # Twice, where a crash forgot the first.
        "decided commit": (),
        "decided abort": ("ended",),
        "ended": ("ended",),  # That it is over is not synced.
        "committed": ("committed back",),
        "committed back": (),
        "empty_rollback": (),
    },
    sometimes=("committed", "empty_rollback"),
    database_role="resource-manager",
    serving_role="orchestrator",
)
