"""A supervisor that does not lead: it keeps what the leader tells it, and takes over when there is a reason to.

It joins whoever leads and hands over what that leader may have missed. When the leader is silent
(automatic) or an operator says `promote` (manual) it asks the arbiters; it leads only in an epoch that a majority of
them has promised it, and, where the standby is hot, only if the newest view says that it has all.
"""

from collections.abc import Sized

from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.node.pattern import majority
from chaosctl.node.role import Role
from chaosctl.patterns.workers.messages import (
    Append,
    AppendOk,
    Ask,
    Beat,
    Checkpoint,
    CheckpointOk,
    Claim,
    Claimed,
    Entry,
    Fence,
    InStep,
    Join,
    Joined,
    Told,
    View,
)
from chaosctl.patterns.workers.reign import Reign


def weight(entry: Entry) -> tuple[bool, Fence]:
    """Return what orders the states of one task: done after open, later assignments after earlier ones."""
    return bool(entry.run), entry.fence


class Standby(Role):
    """The half of a supervisor that is at work while it does not lead; the other half is its subclass."""

    async def start(self) -> None:
        """Come back with the table; whoever led last asks to lead again, the others stand by."""
        self.supervisors = self.placement["supervisor"]
        self.workers, self.arbiters = self.placement["worker"], self.placement["arbiter"]
        self.entries: dict[str, Entry] = self.store.scan("task/", Entry)
        self.epoch = self.store.get("epoch", int, 0)
        self.joined: tuple[int, int, int] = self.store.get("joined", tuple[int, int, int], (0, 0, 0))
        self.has_led: bool = self.store.get("has-led", bool, self.node_id == self.supervisors[0])
        self.reign: Reign | None = None
        self.is_ordered = self.is_joining = False
        self.survey, self.told, self.claimed = 0, dict[str, Told](), dict[str, Claimed]()
        self.heard_at = self.now()
        self.spawn(self.stand_by)

    def needed(self) -> int:
        """Return how many arbiters decide: a majority; where nobody else can lead, this node's own is enough."""
        return 1 if self.options.standby == "none" else majority(len(self.arbiters))

    async def stand_by(self) -> None:
        """Ask to lead when there is a reason to."""
        while True:
            await self.sleep(self.options.heartbeat * self.random.uniform(0.75, 1.25))
            if self.reign is None and (by := self.reason()):
                await self.campaign(by)

    def reason(self) -> str:
        """Return why this supervisor should lead, as far as it knows itself; empty: it should not."""
        if self.has_led:
            return "itself"
        if self.is_ordered:
            return "operator"
        is_silent = self.now() - self.heard_at > self.options.suspect
        return "detector" if is_silent and self.may_switch() else ""

    def may_switch(self) -> bool:
        """Return whether silence alone is a reason."""
        return bool(self.options.standby != "none" and self.options.switch == "automatic")

    async def on_operator(self, command: str, arguments: dict[str, str]) -> None:  # noqa: ARG002 (takes none)
        """Obey `promote`."""
        if command == "promote" and self.options.standby != "none":
            self.is_ordered = self.reign is None

    async def campaign(self, by: str) -> None:
        """Ask the arbiters what they know; claim a new epoch if that allows it; lead it if a majority promises."""
        self.survey += 1
        self.told = {}
        for arbiter in self.arbiters:
            await self.send(arbiter, Ask(survey=self.survey))
        await self.wait_for(self.told)
        if not self.may_claim(by):
            return
        self.epoch = epoch = max(self.epoch, *(told.view.epoch for told in self.told.values())) + 1
        self.store.put("epoch", epoch)
        await self.store.sync("claim")  # No leader of an older epoch counts on this standby any more.
        self.claimed = {}
        for arbiter in self.arbiters:
            await self.send(arbiter, Claim(epoch=epoch))
        await self.wait_for(self.claimed)
        if len(self.claimed) >= self.needed() and self.epoch == epoch and self.reign is None:
            newest = max((claimed.view for claimed in self.claimed.values()), key=lambda view: view.place)
            if self.may_follow(newest, by):
                await self.take_over(epoch, newest, by)

    async def wait_for(self, answers: Sized) -> None:
        """Wait until a majority has answered, or a leader's silence would be suspicious."""
        deadline = self.now() + self.options.suspect
        while len(answers) < self.needed() and self.now() < deadline:
            await self.sleep(self.options.retry / 5)

    def may_claim(self, by: str) -> bool:
        """Return whether a majority has answered, and does not speak against it."""
        if len(self.told) < self.needed():
            return False
        silent = [told for told in self.told.values() if told.silent > self.options.suspect]
        if by == "detector" and len(silent) < self.needed():
            return False  # Others hear the leader: only the way between it and this node is cut.
        return self.may_follow(max((told.view for told in self.told.values()), key=lambda view: view.place), by)

    def may_follow(self, newest: View, by: str) -> bool:
        """Return whether this supervisor may lead after the newest view."""
        if by == "itself" and newest.leader not in ("", self.node_id):
            self.note_led(has_led=False)  # No fail-back: it stands by for its successor now.
            return False
        return self.options.standby != "hot" or not newest.leader or self.node_id in newest.in_sync

    async def on_told(self, told: Told) -> None:
        """Count an arbiter's answer to the present survey."""
        if told.survey == self.survey:
            self.told[told.src] = told

    async def on_claimed(self, claimed: Claimed) -> None:
        """Count a promise of the present claim."""
        if claimed.epoch == self.epoch:
            self.claimed[claimed.src] = claimed

    async def on_beat(self, beat: Beat) -> None:
        """Stand by for the leader of the newest epoch: tell it so, or join it."""
        if beat.epoch < self.epoch:
            return
        self.obey(beat.epoch)
        self.heard_at = self.now()
        if self.joined[:2] == (beat.epoch, beat.session):
            await self.store.sync("in-step")
            await self.reply(beat, InStep(epoch=beat.epoch, session=beat.session))
        elif not self.is_joining:
            self.is_joining = True
            await self.join(beat.src, beat.epoch)
            self.is_joining = False

    def obey(self, epoch: int) -> None:
        """Be nobody's leader of an older epoch."""
        if epoch > self.epoch:
            self.epoch = epoch
            self.store.put("epoch", epoch)
            self.step_down("newer-epoch")

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
        for key in self.entries:
            self.store.delete(key)
        self.entries = {}
        for entry in entries:
            self.keep(entry)
        self.joined = joined
        self.store.put("joined", joined)
        self.note_led(has_led=False)
        await self.store.sync("install")

    async def on_append(self, append: Append) -> None:
        """Keep one change of the table, if all that was before it is here."""
        if append.epoch < self.epoch or self.joined[:2] != (append.epoch, append.session):
            raise RpcError(ErrorCode.ABORT, "not in this session")
        mine = self.entries.get(f"task/{append.entry.task}")
        if mine is None or weight(append.entry) >= weight(mine):  # Appends may overtake each other.
            self.keep(append.entry)
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
        self.entries[f"task/{entry.task}"] = entry
        self.store.put(f"task/{entry.task}", entry)

    async def take_over(self, epoch: int, newest: View, by: str) -> None:
        """Lead an epoch."""
        raise NotImplementedError

    def step_down(self, why: str) -> None:
        """Lead no longer."""
        raise NotImplementedError
