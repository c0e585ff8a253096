"""What clients do to a system: the operations they invoke, when, and what an answer means.

`WORKLOADS` is the registry: a workload's name to its class, loaded when a file names it.
"""

WORKLOADS: dict[str, str] = {
    "echo": "chaosctl.workloads.echo:Echo",
    "unique-ids": "chaosctl.workloads.unique_ids:UniqueIds",
    "broadcast": "chaosctl.workloads.growing:Broadcast",
    "g-set": "chaosctl.workloads.growing:GSet",
    "g-counter": "chaosctl.workloads.growing:GCounter",
    "pn-counter": "chaosctl.workloads.growing:PnCounter",
    "key-value": "chaosctl.workloads.key_value:KeyValue",
    "set": "chaosctl.workloads.mergeable:Set",
    "counter": "chaosctl.workloads.mergeable:Counter",
    "leadership": "chaosctl.workloads.leadership:Leadership",
    "consensus": "chaosctl.workloads.consensus:Consensus",
    "suspects": "chaosctl.workloads.suspects:Suspects",
    "tasks": "chaosctl.workloads.tasks:Tasks",
    "fenced-work": "chaosctl.workloads.fenced_work:FencedWork",
    "bank": "chaosctl.workloads.bank:Bank",
    "order": "chaosctl.workloads.order:OrderWorkload",
    "account": "chaosctl.workloads.account:Account",
    "txn-list-append": "chaosctl.workloads.txn:TxnListAppend",
    "txn-rw-register": "chaosctl.workloads.txn:TxnRwRegister",
    "shop": "chaosctl.workloads.shop:Shop",
}
