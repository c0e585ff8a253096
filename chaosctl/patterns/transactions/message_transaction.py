"""The pattern `message-transaction`: transfers by a broker's half messages, complete in the end instead of at once.

Apache RocketMQ, "Transactional Message" (design notes; two phases and a check-back); the fence against a local
transaction that is slower than the check is DTM's QueryPrepared, which RocketMQ leaves to its users.
Six steps: (1) the producer sends a half message, (2) the broker keeps it and acknowledges, (3) the producer carries out
its local transaction and (4) says how it ended, commit or rollback; (5) where that is not heard the broker asks, and
(6) delivers what is committed until it is consumed.
Model: asynchronous, crash-recovery, messages lost, doubled and overtaken; atomic in the end as long as no disk forgets
what was synced. A consumer can't refuse: of an order the stock alone may. A broker that is down refuses all that is
between nodes.
"""

from typing import Literal

from chaosctl.node.pattern import BrokerSync, Duration, Pattern, Placement
from chaosctl.patterns.transactions.accounts import Holdings
from chaosctl.patterns.transactions.message_transaction_broken import (
    AnswersUnfenced,
    CommitsUnknown,
    NeverChecks,
    TakesEverythingIn,
)
from chaosctl.patterns.transactions.message_transaction_broker import Broker
from chaosctl.patterns.transactions.message_transaction_resource import ResourceManager


class MessageTransactionOptions(Holdings, frozen=True):
    """The bank's size and everybody's patience.

    `accounts` are a0, a1, ... over all resource managers in turn, each with `balance` at first. A producer waits
    `half_timeout` for the broker; a half message of which nothing is heard for `check_after` is asked about, and again
    after as long; what is not consumed is delivered again after `retry`. A node waits for another's answer for
    `forward_timeout`. The broker keeps its messages in its node's own store, or in a real one, `broker`, whose disk is
    written at `broker_sync`.
    """

    broker: Literal["embedded", "redis"] = "embedded"
    broker_sync: BrokerSync = "default"

    limit: int = 0
    half_timeout: Duration = 0.1
    check_after: Duration = 0.15
    retry: Duration = 0.1
    most_deliveries: int = 16
    forward_timeout: Duration = 0.3
    lock_timeout: Duration = 1.0


def place(nodes: list[str]) -> Placement:
    """Return the first node as the broker, the others as resource managers; one node alone is both."""
    return {"broker": nodes[:1], "resource-manager": nodes[1:] or nodes}


MESSAGE_TRANSACTION = Pattern(
    name="message-transaction",
    summary="Half messages: a broker that keeps them hidden, asks how their transactions ended, and delivers",
    roles={"broker": Broker, "resource-manager": ResourceManager},
    workloads=("bank", "order"),
    checks=(
        "atomic-commit",
        "single-effect",
        "conservation",
        "no-overdraft",
        "acks-settled",
        "nothing-left",
        "monotone-states",
        "local-conservation",
    ),
    options=MessageTransactionOptions,
    placement=place,
    grace=2.0,
    broken={
        "default-commit": CommitsUnknown,
        "no-fence": AnswersUnfenced,
        "no-check": NeverChecks,
        "no-dedup": TakesEverythingIn,
    },
    states={
        "decided commit": ("committed",),
        "decided abort": ("aborted",),
        "committed": (),
        "aborted": (),
        "message_stored": ("message_stored", "dead_lettered", "message_done"),  # A dead letter may be delivered again.
        "dead_lettered": ("message_stored", "dead_lettered", "message_done"),
        "message_done": (),
    },
    sometimes=("committed", "aborted", "checked", "message_done"),
    database_role="resource-manager",
    broker_role="broker",
    serving_role="resource-manager",
)
