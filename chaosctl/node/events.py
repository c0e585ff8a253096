"""What a node tells the runner: events, completed syncs, problems, all on the same stdout as its messages.

A durable event is stored with the sync that makes it true and sent when that completes; until no crash can lose the
line it stays on the disk, and the next incarnation sends it again under the same id (the recorder drops doubles).
Otherwise a crash between a sync and its event would convict a correct Paxos.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from chaosctl.node.host import Host
from chaosctl.node.settings import Settings
from chaosctl.node.store import NodeStore
from chaosctl.node.wire import Composer

KEPT_PREFIX = "/event/"
"""Store keys of durable events; no role's name is empty, so no role's key begins so."""

TOO_MANY = 1_000
"""So many dropped messages of one kind are a problem to report; one or two are what faults do."""


Held = tuple[str, bytes]
"""A durable event that is not told yet: its key, and its line."""


@dataclass
class Holding:
    """Durable events of a step that a real database takes, held back until it has taken it."""

    lines: list[Held] = field(default_factory=list)
    is_over: bool = False


_holding: ContextVar[Holding | None] = ContextVar("holding", default=None)
"""What the running task holds back; a task that it has spawned sees it too, and that it is over."""


class Events:
    """The way to the runner of one incarnation; silent where no events are wanted, as under Maelstrom."""

    def __init__(self, settings: Settings, composer: Composer, store: NodeStore, transmit: Callable[[bytes], None]):
        self._is_wanted = settings.events
        self._incarnation = settings.incarnation
        self._composer, self._store, self._transmit = composer, store, transmit
        self._number = 0
        self._sent: list[str] = []  # Keys of durable events that were transmitted, and may be lost in stdout yet.
        self._dropped: Counter[str] = Counter()

    def watch(self, host: Host) -> None:
        """Send again what earlier incarnations may not have sent, and from now on follow the store's syncs."""
        if not self._is_wanted:
            return
        for key in sorted(key for key in self._store.memory if key.startswith(KEPT_PREFIX)):
            self._send_kept(key, self._store.memory[key])
        self._store.before_commit = lambda: self._forget_sent(host)
        self._store.after_commit = self._tell_synced

    def emit(
        self,
        node: str,
        role: str,
        event: str,
        fields: dict[str, Any],
        *,
        durable: bool,
        held: list[Held] | None = None,
    ) -> None:
        """Send an event, now or with the sync that makes it durable; where others make it so, it goes to `held`."""
        if not self._is_wanted:
            return
        self._number += 1
        number = f"{node}/{self._incarnation}/{self._number}"
        line = self._composer.to_runner({"type": "event", "event": event, "role": role, "id": number, "fields": fields})
        if not durable:
            self._transmit(line)
            return
        key = f"{KEPT_PREFIX}{self._incarnation:06}/{self._number:09}"
        holding = _holding.get()
        if held is not None:
            held.append((key, line))
        elif holding is not None and not holding.is_over:
            holding.lines.append((key, line))
        else:
            self.tell_held([(key, line)])

    @contextmanager
    def holding(self, holding: Holding) -> Iterator[None]:
        """Hold back the durable events of what is done inside; `tell_held` tells them."""
        before = _holding.set(holding)
        try:
            yield
        finally:
            holding.is_over = True
            _holding.reset(before)

    def tell_held(self, held: Iterable[Held]) -> None:
        """Store durable events with the next sync, and send them when that completes."""
        for key, line in held:
            self._store.write(key, line)
            self._store.when_durable(partial(self._send_kept, key, line))

    def say(self, body: dict[str, Any]) -> None:
        """Tell the runner something that is no event: only a runner arms points, so somebody listens."""
        self._transmit(self._composer.to_runner(body))

    def problem(self, what: str) -> None:
        """Tell the runner that something is wrong which no fault of its own explains."""
        if self._is_wanted:
            self.say({"type": "problem", "what": what})

    def drop(self, what: str) -> None:
        """Count a message that nobody takes."""
        self._dropped[what] += 1
        if self._dropped[what] == TOO_MANY:
            self.problem(f"{TOO_MANY} times: {what}")

    def _send_kept(self, key: str, line: bytes) -> None:
        self._transmit(line)
        self._sent.append(key)

    def _forget_sent(self, host: Host) -> None:
        if self._sent and host.is_drained():
            for key in self._sent:
                self._store.write(key, None)
            self._sent.clear()

    def _tell_synced(self, writes: int, duration_ns: int) -> None:
        self.say({"type": "synced", "writes": writes, "duration_ns": duration_ns})
