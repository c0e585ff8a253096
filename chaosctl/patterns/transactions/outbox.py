"""The pattern `outbox`: transfers by a local message table, complete in the end instead of at once.

The local message table is D. Pritchett, "BASE: an ACID alternative" (ACM Queue, 2008), sections "A local message
queue" and "Idempotence"; the inbox is the same table at the receiver. The money leaves in one local transaction and
arrives in another: nobody waits with rows locked, and in between it is on no account, as every audit can see.
Model: asynchronous, crash-recovery, messages lost, doubled and overtaken; atomic in the end as long as no disk forgets
what was synced, and reconciliation finds what one did forget. Ok does not mean done: it means that the transfer will be
carried out or, refused by the receiver's rules (`limit`), undone.
"""

from chaosctl.node.pattern import BrokerKind, BrokerSync, Duration, Pattern
from chaosctl.patterns.transactions.accounts import Holdings
from chaosctl.patterns.transactions.outbox_broken import (
    KeepsTheMoney,
    MarksFirst,
    SendsBeforeCommit,
    TakesEverythingIn,
)
from chaosctl.patterns.transactions.outbox_resource import ResourceManager


class OutboxOptions(Holdings, frozen=True):
    """The bank's or the shop's size, and the relay's patience.

    `accounts` are a0, a1, ... over all nodes in turn, each with `balance` at first; an account that would hold more
    than `limit` (0: no limit) refuses, and the money goes back. The message table is read every `poll`; what has not
    arrived is sent again after `retry`, and parked after `most_tries`. Every `reconcile` the holders compare what was
    sent with what came: an operator may `damage` a row (`kind`: missing, missing-source, duplicate, amount) and see it
    found and repaired. A node waits for another's answer for `forward_timeout`.
    Notes go straight to their receivers, or through a real message `broker` whose disk is written at `broker_sync`;
    reconciliation gives what that has acknowledged `in_transit` to arrive.
    """

    broker: BrokerKind = "embedded"
    broker_sync: BrokerSync = "default"
    in_transit: Duration = 1.0

    limit: int = 0
    poll: Duration = 0.02
    retry: Duration = 0.1
    most_tries: int = 5
    reconcile: Duration = 0.5
    forward_timeout: Duration = 0.2
    lock_timeout: Duration = 1.0

    def __post_init__(self) -> None:
        """Refuse what no broker does."""
        if (self.broker, self.broker_sync) == ("nats", "everysec"):
            raise ValueError("NATS syncs every 2 minutes (default) or at once (always), not every second")


OUTBOX = Pattern(
    name="outbox",
    summary="A local message table: the transfer and the message of it in one local transaction, relayed, deduplicated",
    roles={"resource-manager": ResourceManager},
    workloads=("bank", "order"),
    checks=(
        "eventual-atomicity",
        "acks-settled",
        "nothing-left",
        "single-effect",
        "conservation",
        "no-overdraft",
        "reconciles-exactly",
        "monotone-states",
        "local-conservation",
    ),
    options=OutboxOptions,
    database_role="resource-manager",
    grace=2.0,
    broken={
        "send-before-commit": SendsBeforeCommit,
        "no-dedup": TakesEverythingIn,
        "mark-first": MarksFirst,
        "no-compensation": KeepsTheMoney,
    },
    states={
        "decided commit": ("committed", "committed back"),
        "decided abort": (),
        "committed": ("committed back",),
        "refused": (),
        "committed back": (),
    },
    sometimes=("committed", "message_done", "parked", "reconciled"),
)
