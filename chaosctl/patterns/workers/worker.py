"""The worker: does what the leader of the newest epoch gives it, and keeps the result until it is told to let go.

A result is on disk before it is said. Work may be done twice (a crash in the midst, a leader that lost patience);
which of several runs counts is the leader's to say, by their fences.
"""

from functools import partial

from chaosctl.node.role import Role
from chaosctl.patterns.workers.messages import Assign, Done, Fence, Held, Recall, Recalled, Release


class Worker(Role):
    """One pair of hands."""

    async def start(self) -> None:
        """Come back with the epoch, and with the results that nobody has released; what was under way is lost."""
        obeyed: tuple[int, str] = self.store.get("obeyed", tuple[int, str], (0, ""))
        self.epoch, self.leader = obeyed
        self.held: dict[str, Held] = self.store.scan("held/", Held)
        self.running: dict[int, Fence] = {}
        self.spawn(self.insist)

    def is_over(self, epoch: int) -> bool:
        """Return whether this worker has seen a higher epoch: that leader may give it nothing more."""
        return epoch < self.epoch

    async def obey(self, epoch: int, leader: str) -> None:
        """Return when no older epoch can give this worker anything, even after a crash."""
        if epoch > self.epoch:
            self.epoch, self.leader = epoch, leader
            self.store.put("obeyed", (epoch, leader))
            self.emit("obeyed", durable=True, epoch=epoch, leader=leader)
        await self.store.sync("obeyed")

    async def on_assign(self, assign: Assign) -> None:
        """Begin a task, unless its leader's epoch is over, or it is begun already."""
        if self.is_over(assign.epoch):
            return
        await self.obey(assign.epoch, assign.src)
        held = self.held.get(f"held/{assign.task}")
        known = max(self.running.get(assign.task, (0, 0)), held.fence if held else (0, 0))
        if self.is_over(assign.epoch) or known >= assign.fence:
            return
        self.running[assign.task] = assign.fence
        self.emit("started", epoch=assign.epoch, task=assign.task)
        self.spawn(partial(self.work, assign.task, assign.fence))

    async def work(self, task: int, fence: Fence) -> None:
        """Do it, and keep what came of it; a later attempt at the same task replaces this one."""
        await self.sleep(self.options.work)
        if self.running.get(task) != fence:
            return
        del self.running[task]
        held = Held(task, fence, f"{self.node_id}/{fence[0]}.{fence[1]}")
        self.held[f"held/{task}"] = held
        self.store.put(f"held/{task}", held)
        await self.store.sync("result")
        await self.send(self.leader, Done(held=held))

    async def insist(self) -> None:
        """Say every result again until it is released."""
        while True:
            await self.sleep(self.options.retry)
            for held in list(self.held.values()):
                await self.send(self.leader, Done(held=held))

    async def on_release(self, release: Release) -> None:
        """Let a result go."""
        if self.held.pop(f"held/{release.task}", None):
            self.store.delete(f"held/{release.task}")

    async def on_recall(self, recall: Recall) -> None:
        """Tell a new leader what is here: results, and what is being done."""
        if self.is_over(recall.epoch):
            return
        await self.obey(recall.epoch, recall.src)
        held = [*self.held.values(), *(Held(task, fence) for task, fence in self.running.items())]
        await self.reply(recall, Recalled(epoch=recall.epoch, held=held))
