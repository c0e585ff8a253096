"""The supervisor: leads, or stands by. As the leader it hands out tasks and decides which run of each counts.

A task may be done more than once; one run counts: the first that is reported under the task's latest fence, and it
counts once the table says so on disk (and, where the standby is hot, on the disk of everybody in sync).
"""

from functools import partial

from chaosctl.node.messages import Error, ErrorCode, RpcError
from chaosctl.patterns.workers.messages import (
    Accept,
    Append,
    AppendOk,
    Assign,
    AuditOk,
    Beat,
    Checkpoint,
    CheckpointOk,
    Deposed,
    Done,
    Entry,
    Followed,
    Held,
    InStep,
    Join,
    Joined,
    Lead,
    Recall,
    Recalled,
    Release,
    Review,
    SubmitOk,
    View,
)
from chaosctl.patterns.workers.reign import Reign
from chaosctl.patterns.workers.standby import Standby

LATE_FOR = 1.0
"""A worker that let a task's deadline pass gets none for so many seconds, or until it has done one."""


class Supervisor(Standby):
    """The leader's half."""

    async def take_over(self, epoch: int, newest: View, by: str) -> None:
        """Lead an epoch: first be known to the arbiters, then know what is to be known, then serve."""
        self.reign = reign = Reign(epoch, View(epoch, 0, self.node_id, (self.node_id,)))
        self.is_ordered = False
        self.note_led(has_led=True)
        await self.store.sync("take-over")
        self.spawn(partial(self.beat, reign))
        is_switch = newest.leader not in ("", self.node_id)
        while self.reign is reign and not (reign.is_settled and (not is_switch or self.knows_all(reign))):
            await self.sleep(self.options.heartbeat / 4)
        if self.reign is not reign:
            return
        if is_switch and self.options.standby == "cold":
            await self.replay(reign)
        for entry in self.entries.values():
            reign.deadlines[entry.task] = self.now() + self.options.task_timeout
            if entry.run:
                reign.credited.add(entry.task)
        reign.is_serving = True
        if is_switch:
            self.emit("promoted", epoch=epoch, by=by)
        self.emit("serving", epoch=epoch, tasks=len(self.entries))
        if self.options.standby == "cold":
            self.spawn(partial(self.ship, reign))

    def knows_all(self, reign: Reign) -> bool:
        """Return whether this table is whole: a checkpoint is not before every worker has said what it holds."""
        return bool(self.options.standby != "cold" or len(reign.recalled) == len(self.workers))

    async def replay(self, reign: Reign) -> None:
        """Bring a checkpoint up to date by what workers hold: of each task the highest fence alone may count."""
        latest: dict[int, Entry] = {}
        for worker, all_held in sorted(reign.recalled.items()):
            for held in all_held:
                if held.task not in latest or held.fence > latest[held.task].fence:
                    latest[held.task] = Entry(held.task, held.fence, worker, held.run)
        for entry in latest.values():
            mine = self.entries.get(f"task/{entry.task}")
            if mine is None or (not mine.run and entry.fence >= mine.fence):
                self.keep(entry)
        await self.store.sync("replay")

    async def beat(self, reign: Reign) -> None:
        """Tell everybody who leads; see who is lost, and what is late."""
        while self.reign is reign:
            for arbiter in self.arbiters:
                await self.send(arbiter, Lead(view=reign.target))
            for supervisor in self.others():
                await self.send(supervisor, Beat(epoch=reign.epoch, session=reign.sessions.get(supervisor, 0)))
            for worker in self.workers:
                if worker not in reign.recalled:
                    await self.send(worker, Recall(epoch=reign.epoch))
            reign.drop_silent(self.now() - self.options.suspect)
            if self.options.standby == "hot":
                reign.revise()
            await self.reassign_late(reign)
            await self.sleep(self.options.heartbeat)

    def others(self) -> list[str]:
        """Return the other supervisors."""
        return [supervisor for supervisor in self.supervisors if supervisor != self.node_id]

    def step_down(self, why: str) -> None:
        """Lead no longer, and say so to all who wait."""
        if self.reign is not None:
            reign, self.reign, self.heard_at = self.reign, None, self.now()
            self.emit("stepped_down", epoch=reign.epoch, why=why)
            self.spawn(partial(self.refuse_all, reign))

    async def refuse_all(self, reign: Reign) -> None:
        """Tell those who wait that nobody knows whether their tasks will be done."""
        for request in [request for requests in reign.waiting.values() for request in requests]:
            await self.reply(request, Error(code=ErrorCode.CRASH, text="deposed"))

    async def on_deposed(self, deposed: Deposed) -> None:
        """Learn of a higher epoch."""
        self.obey(deposed.epoch)

    async def on_followed(self, followed: Followed) -> None:
        """Count the arbiters that have the view."""
        if (reign := self.reign) is not None and followed.epoch == reign.epoch:
            reign.follow(followed.src, (followed.epoch, followed.version), self.now())
            reign.establish(self.needed())

    async def on_recalled(self, recalled: Recalled) -> None:
        """Know what a worker held at the beginning of this reign."""
        if (reign := self.reign) is not None and recalled.epoch == reign.epoch:
            reign.recalled.setdefault(recalled.src, recalled.held)

    def serving(self) -> Reign:
        """Return the reign; raises a refusal where this supervisor does not lead, or can't know that it still does."""
        reign = self.reign
        since = self.now() - self.options.suspect
        if reign is None or not reign.is_serving or not reign.is_backed(since, self.needed()):
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, "this supervisor does not lead")
        return reign

    # Tasks.

    async def on_accept(self, accept: Accept) -> None:
        """Take a task on, or, if it came before, wait with the others for its end."""
        reign = self.serving()
        if accept.task in reign.credited:
            await self.reply(accept, SubmitOk(run=self.entries[f"task/{accept.task}"].run))
            return
        reign.waiting.setdefault(accept.task, []).append(accept)
        if f"task/{accept.task}" not in self.entries:
            await self.assign(reign, accept.task)

    async def assign(self, reign: Reign, task: int) -> None:
        """Give a task to a worker, under a fence above all that it had."""
        old = self.entries.get(f"task/{task}")
        attempt = old.fence[1] + 1 if old is not None and old.fence[0] == reign.epoch else 1
        entry = Entry(task, (reign.epoch, attempt), self.choose_worker(reign))
        reign.deadlines[task] = self.now() + self.options.task_timeout
        if not await self.commit(reign, entry):
            return
        if old is None:
            self.emit("accepted", epoch=reign.epoch, task=task)
        self.emit("assigned", epoch=reign.epoch, task=task, worker=entry.worker)
        await self.send(entry.worker, Assign(epoch=reign.epoch, task=task, fence=entry.fence))

    def choose_worker(self, reign: Reign) -> str:
        """Return any worker, of those that were not late just now if there are such."""
        since = self.now() - LATE_FOR
        timely = [worker for worker in self.workers if reign.late_at.get(worker, since) <= since]
        return self.random.choice(timely or self.workers)

    async def reassign_late(self, reign: Reign) -> None:
        """Give what is late to another worker."""
        if not reign.is_serving:
            return
        late = [task for task, deadline in reign.deadlines.items() if deadline < self.now()]
        for task in late:
            del reign.deadlines[task]
            entry = self.entries[f"task/{task}"]
            if not entry.run:
                reign.late_at[entry.worker] = self.now()
                self.spawn(partial(self.assign, reign, task))

    async def on_done(self, done: Done) -> None:
        """Credit a run that is due; let go of what needs nobody's memory any more."""
        reign, held = self.reign, done.held
        if reign is None or not reign.is_serving:
            return
        entry = self.entries.get(f"task/{held.task}")
        if entry is not None and self.is_due(entry, held):
            reign.late_at.pop(done.src, None)
            await self.credit(reign, Entry(held.task, held.fence, done.src, held.run))
        if held.task in self.releasable(reign):
            await self.send(done.src, Release(task=held.task))

    def is_due(self, entry: Entry, held: Held) -> bool:
        """Return whether a run counts: the task is open, and this is its latest assignment."""
        return not entry.run and held.fence == entry.fence

    async def credit(self, reign: Reign, entry: Entry) -> None:
        """Let a run count, and tell those who wait for it."""
        if await self.commit(reign, entry):
            reign.credited.add(entry.task)
            self.emit("finished", epoch=reign.epoch, task=entry.task, run=entry.run)
            for request in reign.waiting.pop(entry.task, []):
                await self.reply(request, SubmitOk(run=entry.run))

    def releasable(self, reign: Reign) -> set[int]:
        """Return the tasks of which no worker need keep anything: what a checkpoint lacks, only workers know."""
        return reign.covered if self.options.standby == "cold" else reign.credited

    async def on_review(self, review: Review) -> None:
        """Say what was done."""
        reign = self.serving()
        done = sorted(reign.credited)
        await self.reply(review, AuditOk(runs={str(task): self.entries[f"task/{task}"].run for task in done}))

    # The table.

    async def commit(self, reign: Reign, entry: Entry) -> bool:
        """Change the table; return whether this still leads once the change can't be lost."""
        self.keep(entry)
        await self.store.sync("commit")
        acknowledged: set[str] = set()
        while self.options.standby == "hot" and self.reign is reign and (behind := reign.behind(acknowledged)):
            for standby in behind:
                append = Append(epoch=reign.epoch, session=reign.sessions.get(standby, 0), entry=entry)
                try:
                    await self.rpc(standby, append, self.options.suspect, AppendOk)
                except RpcError:
                    await self.sleep(self.options.retry / 4)  # It may be joining, or about to be dropped.
                else:
                    acknowledged.add(standby)
        return self.reign is reign

    async def on_in_step(self, answer: InStep) -> None:
        """Count on a standby that has installed what it was given in its present session."""
        reign = self.reign
        if reign is not None and answer.epoch == reign.epoch and reign.sessions.get(answer.src) == answer.session:
            reign.in_step.add(answer.src)
            reign.heard_at[answer.src] = self.now()

    async def on_join(self, join: Join) -> None:
        """Take over from a supervisor what is new here, and give it all there is."""
        reign = self.serving()
        if join.epoch != reign.epoch:
            raise RpcError(ErrorCode.ABORT, "another epoch")
        for theirs in join.entries:
            mine = self.entries.get(f"task/{theirs.task}")
            if theirs.run and (mine is None or not mine.run):
                await self.credit(reign, theirs)
            elif mine is None:
                await self.assign(reign, theirs.task)
        session = reign.admit(join.src, self.now())
        entries = list(self.entries.values())
        await self.store.sync("join")  # Nobody may know what this leader could still forget.
        await self.reply(join, Joined(session=session, entries=entries))

    async def ship(self, reign: Reign) -> None:
        """Send a checkpoint to every standby, now and then; what all of them have the workers may forget."""
        number = 0
        while self.reign is reign:
            await self.sleep(self.options.checkpoint)
            number += 1
            entries, credited = list(self.entries.values()), set(reign.credited)
            await self.store.sync("checkpoint")
            shipped = [await self.ship_to(reign, standby, number, entries) for standby in self.others()]
            if all(shipped):
                reign.covered |= credited

    async def ship_to(self, reign: Reign, standby: str, number: int, entries: list[Entry]) -> bool:
        """Send one checkpoint; return whether it is on the standby's disk."""
        session = reign.sessions.get(standby, 0)
        checkpoint = Checkpoint(epoch=reign.epoch, session=session, number=number, entries=entries)
        try:
            await self.rpc(standby, checkpoint, self.options.patience, CheckpointOk)
        except RpcError:
            return False
        reign.heard_at[standby] = self.now()
        return True
