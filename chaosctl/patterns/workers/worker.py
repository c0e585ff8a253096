"""The worker: does what the leader of the newest epoch gives it, and keeps the result until it is told to let go.

A result is on disk before it is said. Work may be done twice (a crash in the midst, a leader that lost patience);
which of several runs counts is the leader's to say, by their fences.
"""

from dataclasses import dataclass

from chaosctl.node.role import Role
from chaosctl.patterns.workers.messages import Assign, Done, Fence, Held, Order, Recall, Recalled, Release


@dataclass
class Job:
    """An order that waits for its turn, or is carried out; `epoch` is the leader's who has it in its table."""

    fence: Fence
    epoch: int


class Worker(Role):
    """One pair of hands."""

    async def start(self) -> None:
        """Come back with the epoch, and with the results that nobody has released; what was under way is lost."""
        obeyed: tuple[int, str] = self.store.get("obeyed", tuple[int, str], (0, ""))
        self.epoch, self.leader = obeyed
        self.held: dict[int, Held] = {held.task: held for held in self.store.scan("held/", Held).values()}
        self.jobs: dict[int, Job] = {}
        self.is_working = False
        self.spawn(self.insist)

    def is_over(self, epoch: int) -> bool:
        """Return whether this worker has seen a higher epoch: that leader may give it nothing more."""
        return epoch < self.epoch

    async def obey(self, epoch: int, leader: str) -> None:
        """Return when no older epoch can give this worker anything, even after a crash."""
        if epoch > self.epoch:
            self.epoch, self.leader = epoch, leader
            for job in self.jobs.values():
                job.epoch = epoch  # The new leader has it in its table, or is about to be told of it.
            self.store.put("obeyed", (epoch, leader))
            self.emit("obeyed", durable=True, epoch=epoch, leader=leader)
        await self.store.sync("obeyed")

    async def on_assign(self, assign: Assign) -> None:
        """Take tasks on, unless their leader's epoch is over, and begin if there is nothing else to do."""
        if self.is_over(assign.epoch):
            return
        await self.obey(assign.epoch, assign.src)
        if self.is_over(assign.epoch):
            return
        for order in assign.orders:
            if order.fence > self.latest(order):
                self.jobs[order.task] = Job(order.fence, assign.epoch)
        if not self.is_working:
            self.is_working = True
            self.spawn(self.work)

    def latest(self, order: Order) -> Fence:
        """Return the latest attempt at a task that this worker knows of."""
        job, held = self.jobs.get(order.task), self.held.get(order.task)
        return max(job.fence if job else (0, 0), held.fence if held else (0, 0))

    async def work(self) -> None:
        """Do one task after the other, and keep what came of each; a later attempt at the same one replaces it."""
        while self.jobs:
            task, job = next(iter(self.jobs.items()))
            self.emit("started", epoch=job.epoch, task=task)
            await self.sleep(self.options.work)
            if self.jobs[task] is not job:
                continue
            del self.jobs[task]
            held = Held(task, job.fence, f"{self.node_id}/{job.fence[0]}.{job.fence[1]}")
            self.held[task] = held
            self.store.put(f"held/{task}", held)
            await self.store.sync("result")
            await self.send(self.leader, Done(held=held))
        self.is_working = False

    async def insist(self) -> None:
        """Say every result again until it is released."""
        while True:
            await self.sleep(self.options.retry)
            for held in list(self.held.values()):
                await self.send(self.leader, Done(held=held))

    async def on_release(self, release: Release) -> None:
        """Let a result go."""
        if self.held.pop(release.task, None):
            self.store.delete(f"held/{release.task}")

    async def on_recall(self, recall: Recall) -> None:
        """Tell a new leader what is here: results, and what is to be done."""
        if self.is_over(recall.epoch):
            return
        await self.obey(recall.epoch, recall.src)
        held = [*self.held.values(), *(Held(task, job.fence) for task, job in self.jobs.items())]
        await self.reply(recall, Recalled(epoch=recall.epoch, held=held))
