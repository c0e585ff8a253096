"""The supervisor: leads, or stands by. It keeps what the leader tells it, and leads when there is a reason to.

It joins whoever leads and hands over what that leader may have missed. When the leader is silent (automatic, election)
or an operator says `promote` (manual) it asks the arbiters; it leads only in an epoch that a majority of them has
promised it, and, where the standby is hot, only if the newest view says that it has all. What it does as the leader is
in reign.py.
"""

from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.pattern import majority
from chaosctl.node.role import Role
from chaosctl.patterns.failure_detector import Suspicion
from chaosctl.patterns.workers.campaign import Campaign
from chaosctl.patterns.workers.clock import ForwardClock
from chaosctl.patterns.workers.messages import (
    Accept,
    Append,
    AppendOk,
    Beat,
    Checkpoint,
    CheckpointOk,
    Claimed,
    Deposed,
    Done,
    Entry,
    Followed,
    Held,
    InStep,
    Join,
    Joined,
    Recalled,
    Review,
    Told,
    View,
)
from chaosctl.patterns.workers.reign import Reign


class Supervisor(Role):
    """One that may lead; `reign` is there while it does."""

    async def start(self) -> None:
        """Come back with the table; whoever led last asks to lead again, the others stand by."""
        self.supervisors = self.placement["supervisor"]
        self.workers, self.arbiters = self.placement["worker"], self.placement["arbiter"]
        self.entries: dict[int, Entry] = {entry.task: entry for entry in self.store.scan("task/", Entry).values()}
        self.epoch = self.store.get("epoch", int, 0)
        self.joined: tuple[int, int, int] = self.store.get("joined", tuple[int, int, int], (0, 0, 0))
        is_first = self.node_id == self.supervisors[0] and self.options.switch != "election"
        self.has_led: bool = self.store.get("has-led", bool, is_first)
        self.reign: Reign | None = None
        self.campaign: Campaign | None = None
        self.is_ordered, self.is_joining, self.surveys = False, False, 0
        self.clock, self.suspicion = ForwardClock(self), Suspicion(self)
        self.spawn(self.stand_by)

    def needed(self) -> int:
        """Return how many arbiters decide: a majority; where nobody else can lead, this node's own is enough."""
        return 1 if self.options.standby == "none" else majority(len(self.arbiters))

    # Standing by.

    async def stand_by(self) -> None:
        """Ask to lead when there is a reason to."""
        while True:
            await self.sleep(self.options.heartbeat * self.random.uniform(0.75, 1.25))
            if self.reign is None and (by := self.reason()):
                await self.stand(by)

    def reason(self) -> str:
        """Return why this supervisor should lead, as far as it knows itself; empty: it should not."""
        if self.has_led:
            return "itself"
        if self.is_ordered:
            return "operator"
        if not self.suspicion.is_raised() or not self.may_switch():
            return ""
        return "election" if self.options.switch == "election" else "detector"

    def may_switch(self) -> bool:
        """Return whether silence alone is a reason."""
        return bool(self.options.standby != "none" and self.options.switch != "manual")

    async def on_operator(self, command: str, arguments: dict[str, str]) -> None:  # noqa: ARG002 (takes none)
        """Obey `promote`."""
        if command == "promote" and self.options.standby != "none":
            self.is_ordered = self.reign is None

    async def stand(self, by: str) -> None:
        """Ask the arbiters to lead a new epoch, and lead it if they let it."""
        if by == "election":  # All may stand: whoever waits least has no rivals.
            await self.sleep(self.random.uniform(0, self.options.suspect))
            if self.reason() != by:
                return
        self.surveys += 1
        self.campaign = campaign = Campaign(self, by, self.surveys)
        newest = await campaign.win()
        self.campaign = None
        if newest is not None:
            self.reign = Reign(self, campaign.epoch)
            self.is_ordered = False
            await self.reign.begin(newest, by)

    def may_follow(self, newest: View, by: str) -> bool:
        """Return whether this supervisor may lead after the newest view."""
        if by == "itself" and newest.leader not in ("", self.node_id):
            self.note_led(has_led=False)  # No fail-back: it stands by for its successor now.
            return False
        return self.options.standby != "hot" or not newest.leader or self.node_id in newest.in_sync

    async def on_told(self, told: Told) -> None:
        """Count an arbiter's answer to a survey."""
        if self.campaign is not None:
            self.campaign.count(told)

    async def on_claimed(self, claimed: Claimed) -> None:
        """Count an arbiter's promise."""
        if self.campaign is not None:
            self.campaign.count(claimed)

    async def on_deposed(self, deposed: Deposed) -> None:
        """Learn of a higher epoch."""
        self.obey(deposed.epoch)

    def obey(self, epoch: int) -> None:
        """Be nobody's leader of an older epoch."""
        if epoch > self.epoch:
            self.epoch = epoch
            self.store.put("epoch", epoch)
            self.step_down("newer-epoch")

    def step_down(self, why: str) -> None:
        """Lead no longer, and say so to all who wait."""
        if (reign := self.reign) is not None:
            self.reign, self.suspicion = None, Suspicion(self)
            self.emit("stepped_down", epoch=reign.epoch, why=why)
            self.spawn(reign.end)

    async def on_beat(self, beat: Beat) -> None:
        """Stand by for the leader of the newest epoch: tell it so, or join it."""
        if beat.epoch < self.epoch:
            return
        self.obey(beat.epoch)
        self.suspicion.hear(beat.src)
        if self.joined[:2] == (beat.epoch, beat.session):
            await self.store.sync("in-step")
            await self.reply(beat, InStep(epoch=beat.epoch, session=beat.session))
        elif not self.is_joining:
            self.is_joining = True
            await self.join(beat.src, beat.epoch)
            self.is_joining = False

    async def join(self, leader: str, epoch: int) -> None:
        """Hand over the table, and have the leader's instead."""
        try:
            request = Join(epoch=epoch, entries=list(self.entries.values()))
            joined = await self.rpc(leader, request, self.options.patience, Joined)
        except RpcError:
            return  # The next beat finds this supervisor not joined.
        if epoch == self.epoch and self.reign is None:
            await self.install(joined.entries, (epoch, joined.session, 0))

    async def install(self, entries: list[Entry], joined: tuple[int, int, int]) -> None:
        """Have this table and no other, once it is on disk."""
        for task in self.entries:
            self.store.delete(f"task/{task}")
        self.entries = {}
        for entry in entries:
            self.keep(entry)
        self.joined = joined
        self.store.put("joined", joined)
        self.note_led(has_led=False)
        await self.store.sync("install")

    async def on_append(self, append: Append) -> None:
        """Keep changes of the table, if all that was before them is here."""
        if append.epoch < self.epoch or self.joined[:2] != (append.epoch, append.session):
            raise RpcError(ErrorCode.ABORT, "not in this session")
        for entry in append.entries:
            mine = self.entries.get(entry.task)
            if mine is None or entry.place >= mine.place:  # Appends may overtake each other.
                self.keep(entry)
        await self.store.sync("append")
        await self.reply(append, AppendOk())

    async def on_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a newer table instead of this one."""
        place = (checkpoint.epoch, checkpoint.session, checkpoint.number)
        if checkpoint.epoch < self.epoch or place[:2] != self.joined[:2] or place <= self.joined:
            raise RpcError(ErrorCode.ABORT, "not in this session")
        await self.install(checkpoint.entries, place)
        await self.reply(checkpoint, CheckpointOk())

    def note_led(self, *, has_led: bool) -> None:
        """Note whether nobody is known to have led after this supervisor; on disk with the next sync."""
        self.has_led = has_led
        self.store.put("has-led", has_led)

    def keep(self, entry: Entry) -> None:
        """Have an entry, on disk with the next sync."""
        self.entries[entry.task] = entry
        self.store.put(f"task/{entry.task}", entry)

    # Leading.

    def serving(self) -> Reign:
        """Return the reign; raises a refusal where this supervisor does not lead, or can't know that it still does."""
        reign = self.reign
        if reign is None or not reign.is_serving or not reign.is_backed():
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, "this supervisor does not lead")
        return reign

    def is_due(self, entry: Entry, held: Held) -> bool:
        """Return whether a run counts: the task is open, and this is its latest assignment."""
        return not entry.run and held.fence == entry.fence

    async def on_followed(self, followed: Followed) -> None:
        """Count an arbiter that has the view."""
        if self.reign is not None and followed.epoch == self.reign.epoch:
            self.reign.follow(followed)

    async def on_recalled(self, recalled: Recalled) -> None:
        """Know what a worker held at the beginning of this reign."""
        if self.reign is not None and recalled.epoch == self.reign.epoch:
            self.reign.recalled.setdefault(recalled.src, recalled.held)

    async def on_in_step(self, answer: InStep) -> None:
        """Count on a standby that has installed what it was given."""
        if self.reign is not None and answer.epoch == self.reign.epoch:
            self.reign.roster.confirm(answer.src, answer.session, self.clock.now())

    async def on_join(self, join: Join) -> None:
        """Take a standby in."""
        reign = self.serving()
        if join.epoch != reign.epoch:
            raise RpcError(ErrorCode.ABORT, "another epoch")
        await reign.replication.admit(join)

    async def on_accept(self, accept: Accept) -> None:
        """Take a client's task on."""
        await self.serving().accept(accept)

    async def on_review(self, review: Review) -> None:
        """Say what was done."""
        await self.serving().review(review)

    async def on_done(self, done: Done) -> None:
        """Take a worker's result."""
        if self.reign is not None and self.reign.is_serving:
            await self.reign.take(done)
