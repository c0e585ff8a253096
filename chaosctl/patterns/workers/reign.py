"""A reign: what a supervisor does and knows in one epoch in which it leads. It hands out tasks and counts their runs.

A task may be done more than once; one run counts: the first that is reported under the task's latest fence, and it
counts once the table says so on disk (and, where the standby is hot, on the disk of everybody in sync).
"""

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from chaosctl.node.messages import Error, ErrorCode
from chaosctl.patterns.workers.messages import (
    Accept,
    Assign,
    AuditOk,
    Beat,
    Done,
    Entry,
    Fence,
    Followed,
    Held,
    Lead,
    Order,
    Recall,
    Release,
    Review,
    SubmitOk,
    View,
)
from chaosctl.patterns.workers.replication import Replication
from chaosctl.patterns.workers.roster import Roster

if TYPE_CHECKING:
    from chaosctl.patterns.workers.supervisor import Supervisor

LATE_FOR = 1.0
"""A worker that let a task's deadline pass gets none for so many seconds, or until it has done one."""


class Reign:
    """One epoch of one leader, over as soon as the supervisor has no reign or another one."""

    def __init__(self, supervisor: "Supervisor", epoch: int) -> None:
        self.supervisor, self.options, self.epoch = supervisor, supervisor.options, epoch
        self.roster = Roster(View(epoch, 0, supervisor.node_id, (supervisor.node_id,)))
        self.replication = Replication(self)
        self.others = [each for each in supervisor.supervisors if each != supervisor.node_id]
        self.is_serving = self.is_handing_out = False
        self.recalled: dict[str, list[Held]] = {}
        self.waiting: dict[int, list[Accept]] = {}
        self.pending: dict[int, None] = {}
        self.due: dict[int, tuple[float, str]] = {}
        self.late_at: dict[str, float] = {}
        self.credited: set[int] = set()
        self.covered: set[int] = set()

    @property
    def is_over(self) -> bool:
        """Return whether this supervisor leads no longer, or another epoch."""
        return self.supervisor.reign is not self

    async def begin(self, newest: View, by: str) -> None:
        """First be known to the arbiters, then know what is to be known, then serve."""
        supervisor, is_cold = self.supervisor, self.options.standby == "cold"
        supervisor.note_led(has_led=True)
        await supervisor.store.sync("take-over")
        is_switch = newest.leader not in ("", supervisor.node_id)
        supervisor.emit("became_leader", epoch=self.epoch, by=by)
        supervisor.spawn(self.beat)
        while not self.is_over and not (self.roster.is_settled and (not is_switch or self.knows_all())):
            await supervisor.sleep(self.options.heartbeat / 4)
        if self.is_over:
            return
        if is_switch and is_cold:
            await self.replay()
        for entry in supervisor.entries.values():
            if entry.run:
                self.credited.add(entry.task)
            else:
                self.expect(entry.task, entry.worker)
        self.is_serving = True
        if is_switch:
            supervisor.emit("promoted", epoch=self.epoch, by=by)
        supervisor.emit("serving", epoch=self.epoch, tasks=len(supervisor.entries), done=len(self.credited))
        if is_cold:
            supervisor.spawn(self.replication.ship)

    def knows_all(self) -> bool:
        """Return whether this table is whole: a checkpoint is not before every worker has said what it holds."""
        return bool(self.options.standby != "cold" or len(self.recalled) == len(self.supervisor.workers))

    async def replay(self) -> None:
        """Bring a checkpoint up to date by what workers hold: of each task the highest fence alone may count."""
        latest: dict[int, Entry] = {}
        for worker, all_held in sorted(self.recalled.items()):
            for held in all_held:
                if held.task not in latest or held.fence > latest[held.task].fence:
                    latest[held.task] = Entry(held.task, held.fence, worker, held.run)
        for entry in latest.values():
            mine = self.supervisor.entries.get(entry.task)
            if mine is None or (not mine.run and entry.fence >= mine.fence):
                self.supervisor.emit("recovered", epoch=self.epoch, task=entry.task, run=entry.run)
                self.supervisor.keep(entry)
        await self.supervisor.store.sync("replay")

    async def beat(self) -> None:
        """Tell everybody who leads; see who is lost, and what is late."""
        supervisor, roster = self.supervisor, self.roster
        while not self.is_over:
            for arbiter in supervisor.arbiters:
                await supervisor.send(arbiter, Lead(view=roster.target))
            for other in self.others:
                await supervisor.send(other, Beat(epoch=self.epoch, session=roster.sessions.get(other, 0)))
            for worker in supervisor.workers:
                if worker not in self.recalled:
                    await supervisor.send(worker, Recall(epoch=self.epoch))
            roster.drop_silent(supervisor.clock.now() - self.options.suspect)
            if self.options.standby == "hot":
                roster.revise()
            if self.is_serving:
                await self.reassign_late()
            await supervisor.sleep(self.options.heartbeat)

    def follow(self, followed: Followed) -> None:
        """Count an arbiter that has the view."""
        self.roster.follow(followed.src, (followed.epoch, followed.version), self.supervisor.clock.now())
        self.roster.establish(self.supervisor.needed())

    def is_backed(self) -> bool:
        """Return whether a majority of the arbiters has been heard of late."""
        return self.roster.is_backed(self.supervisor.clock.now() - self.options.suspect, self.supervisor.needed())

    async def end(self) -> None:
        """Tell those who wait that nobody knows whether their tasks will be done."""
        for request in [request for requests in self.waiting.values() for request in requests]:
            await self.supervisor.reply(request, Error(code=ErrorCode.CRASH, text="deposed"))

    # Tasks.

    async def accept(self, accept: Accept) -> None:
        """Take a task on, or, if it came before, wait with the others for its end."""
        if accept.task in self.credited:
            await self.supervisor.reply(accept, SubmitOk(run=self.supervisor.entries[accept.task].run))
            return
        self.waiting.setdefault(accept.task, []).append(accept)
        if accept.task not in self.supervisor.entries:
            await self.hand_out(accept.task)

    async def hand_out(self, task: int) -> None:
        """Give out what is pending, one assignment after the other: each takes the leader `assign_cost`."""
        self.pending[task] = None
        if self.is_handing_out:
            return
        self.is_handing_out = True
        while self.pending and not self.is_over:
            if self.options.assign_cost:
                await self.supervisor.sleep(self.options.assign_cost)
            tasks, worker = list(self.pending)[: self.options.batch], self.choose_worker()
            for each in tasks:
                del self.pending[each]
                self.expect(each, worker)
            self.supervisor.spawn(partial(self.assign, tasks, worker))
        self.is_handing_out = False

    def expect(self, task: int, worker: str) -> None:
        """Give a worker its time for a task."""
        self.due[task] = (self.supervisor.clock.now() + self.options.task_timeout, worker)

    def choose_worker(self) -> str:
        """Return the worker with the least to do, of those that were not late just now if there are such."""
        supervisor, since = self.supervisor, self.supervisor.clock.now() - LATE_FOR
        timely = [worker for worker in supervisor.workers if self.late_at.get(worker, since) <= since]
        load = Counter(worker for _, worker in self.due.values())
        return min(timely or supervisor.workers, key=lambda worker: (load[worker], supervisor.random.random()))

    async def assign(self, tasks: list[int], worker: str) -> None:
        """Give tasks to a worker, those that nobody has done meanwhile."""
        supervisor, known = self.supervisor, self.supervisor.entries
        new = [task for task in tasks if task not in known]
        still_open = [task for task in tasks if task in new or not known[task].run]
        entries = [Entry(task, self.next_fence(task), worker) for task in still_open]
        if not entries or not await self.replication.commit(entries):
            return
        for task in still_open:
            if task in new:
                supervisor.emit("accepted", epoch=self.epoch, task=task)
        orders = [Order(entry.task, entry.fence) for entry in entries if known[entry.task] is entry]
        for order in orders:  # Others were given to somebody else while this waited for the standby.
            supervisor.emit("assigned", epoch=self.epoch, task=order.task, worker=worker)
        await supervisor.send(worker, Assign(epoch=self.epoch, orders=orders))

    def next_fence(self, task: int) -> Fence:
        """Return a fence above all that a task had."""
        old = self.supervisor.entries.get(task)
        return self.epoch, old.fence[1] + 1 if old is not None and old.fence[0] == self.epoch else 1

    async def reassign_late(self) -> None:
        """Give what is late to another worker."""
        now = self.supervisor.clock.now()
        late = {task: worker for task, (deadline, worker) in self.due.items() if deadline < now}
        for task, worker in late.items():
            del self.due[task]
            self.late_at[worker] = now
            self.supervisor.spawn(partial(self.hand_out, task))

    async def take(self, done: Done) -> None:
        """Credit a run that is due; let go of what needs nobody's memory any more."""
        held = done.held
        entry = self.supervisor.entries.get(held.task)
        if entry is not None and self.supervisor.is_due(entry, held):
            self.late_at.pop(done.src, None)
            await self.credit(Entry(held.task, held.fence, done.src, held.run))
        if held.task in (self.covered if self.options.standby == "cold" else self.credited):
            await self.supervisor.send(done.src, Release(task=held.task))

    async def credit(self, entry: Entry) -> None:
        """Let a run count, and tell those who wait for it."""
        self.due.pop(entry.task, None)
        if await self.replication.commit([entry]):
            self.credited.add(entry.task)
            self.supervisor.emit("finished", epoch=self.epoch, task=entry.task, run=entry.run)
            for request in self.waiting.pop(entry.task, []):
                await self.supervisor.reply(request, SubmitOk(run=entry.run))

    async def review(self, review: Review) -> None:
        """Say what was done."""
        runs = {str(task): self.supervisor.entries[task].run for task in sorted(self.credited)}
        await self.supervisor.reply(review, AuditOk(runs=runs))
