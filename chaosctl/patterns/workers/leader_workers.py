"""The pattern `leader-workers`: its options, what it serves, what it is held to, and its broken variants.

The centralised design of many systems (one leader hands out work, workers do it) and the ways to survive the leader's
death: none, a standby that has everything as it changes (hot), a standby that has a checkpoint (cold); switched by
itself or by a person.
Model: asynchrony, crash-recovery with disks that keep what they synced; any messages may be lost, late or doubled. A
task that was answered is never lost and has one effect. Timers decide when to switch, and never who leads: two nodes
and a heartbeat can't tell a dead leader from a cut link, so a majority of all nodes, workers included, are arbiters who
refuse every older epoch.

What would surprise: after a failover to a cold standby nothing is served until every worker has said what it holds, for
what the checkpoint lacks only they know. A hot standby that is lost stops the leader until a majority has noted that it
may not take over any more; one that was dropped so is of no use, even to an operator, until it has joined again. And
without any standby the leader's disk is all there is: safe, and silent for as long as it is down.
"""

from typing import Annotated, Literal

import msgspec

from chaosctl.node.pattern import Duration, Pattern, Placement
from chaosctl.patterns.failure_detector import DetectorOptions
from chaosctl.patterns.workers.arbiter import Arbiter
from chaosctl.patterns.workers.broken import IgnoresEpochs, SwitchesByItself, TableInMemory, TakesTwice
from chaosctl.patterns.workers.supervisor import Supervisor
from chaosctl.patterns.workers.worker import Worker


class LeaderWorkersOptions(DetectorOptions, frozen=True):
    """Who takes over and how, and how long things take.

    `standby`: "none", "hot" (has every change before it counts) or "cold" (has a table as old as `checkpoint`).
    `switch`: "automatic" (the standby, when a majority suspects the leader), "manual" (by the operator's command
    `promote`) or "election" (of all supervisors the one that stands first; put the role on every node). `detector`:
    "fixed" (suspects after `suspect`) or "phi-accrual" (at `phi`, by the gaps so far). `work` is how long a task takes
    a worker, which does one after the other; one that is not done after `task_timeout` is given to another.
    `assign_cost` is how long an assignment takes the leader, of up to `batch` tasks: time that is declared, for in a
    simulation nothing takes any by itself. `retry`: what is not answered is said again; `patience`: how long a client's
    request is passed on for.
    """

    standby: Literal["none", "hot", "cold"] = "hot"
    switch: Literal["automatic", "manual", "election"] = "automatic"
    checkpoint: Duration = 0.2
    work: Duration = 0.01
    assign_cost: Duration = 0.0
    batch: Annotated[int, msgspec.Meta(ge=1)] = 1
    task_timeout: Duration = 0.15
    retry: Duration = 0.05
    patience: Duration = 0.5


def place(nodes: list[str]) -> Placement:
    """Return the first two nodes as supervisors (n1 leads first, n2 stands by), the rest as workers; all arbitrate."""
    return {"supervisor": nodes[:2], "worker": nodes[2:] or nodes[-1:], "arbiter": nodes}


LEADER_WORKERS = Pattern(
    name="leader-workers",
    summary="A leader hands out tasks to workers; standby none, hot or cold, switched by itself or by a person",
    roles={"supervisor": Supervisor, "worker": Worker, "arbiter": Arbiter},
    workloads=("tasks",),
    checks=(
        "no-task-lost",
        "one-effect-a-task",
        "obedience",
        "election-safety",
        "one-leader-serves",
        "manual-means-manual",
        "recovery-point",
    ),
    options=LeaderWorkersOptions,
    placement=place,
    leader_event="became_leader",
    stepped_down_event="stepped_down",
    settle=1.0,
    broken={
        "volatile-tasks": TableInMemory,
        "takes-twice": TakesTwice,
        "manual-auto": SwitchesByItself,
        "no-epoch": IgnoresEpochs,
    },
    sometimes=("promoted",),
    serving_role="arbiter",
)
