"""A run by hand: a clock that is a heap, nodes that are names in a set, and the real network for effects."""

import heapq
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

from chaosctl.catalogue import load_fault
from chaosctl.experiment.model import Constant, Fault
from chaosctl.experiment.model import Network as NetworkModel
from chaosctl.faults.schedule import Schedule
from chaosctl.history.records import Event, FaultRow
from chaosctl.network.effects import Effect
from chaosctl.network.network import Fate, Letter, Network

S = 1_000_000_000
MS = 1_000_000


class FakeControl:
    """Implements faults.control.Control; `calls` are all that faults did to nodes, with the time in seconds."""

    def __init__(self, nodes: int = 5, seed: int = 1) -> None:
        self.nodes = tuple(f"n{number + 1}" for number in range(nodes))
        self.servers: tuple[str, ...] = ()
        self.placement = {"voter": self.nodes, "manager": ("n1",), "acceptor": self.nodes[-3:]}
        self.random = Random(seed)
        self.leading: list[str] = []
        self.dead: set[str] = set()
        self.calls: list[tuple[Any, ...]] = []
        self.released: list[tuple[Letter, Fate]] = []
        self.on_start: Callable[[str], None] = lambda _node: None
        self.network = Network(
            NetworkModel(latency=Constant.model_validate({"mean": "1ms"})), self.placement, Random(seed)
        )
        self._now_ns = 0
        self._due: list[tuple[int, int, Callable[[], object]]] = []
        self._order = count()

    def now_ns(self) -> int:
        return self._now_ns

    def call_at(self, time_ns: int, action: Callable[[], object]) -> None:
        assert time_ns >= self._now_ns, "nothing can be due in the past"
        heapq.heappush(self._due, (time_ns, next(self._order), action))

    def advance_to(self, seconds: float) -> None:
        end_ns = round(seconds * S)
        while self._due and self._due[0][0] <= end_ns:
            self._now_ns, _, action = heapq.heappop(self._due)
            action()
        self._now_ns = end_ns

    def leaders(self) -> list[str]:
        return [node for node in self.leading if node not in self.dead]

    def live(self) -> list[str]:
        return [node for node in self.nodes if node not in self.dead]

    def fill(self, server: str) -> None:
        self._called("fill", server)

    def free(self, server: str) -> None:
        self._called("free", server)

    def crash(self, node: str) -> None:
        self._called("crash", node)
        self.dead.add(node)

    def restart(self, node: str, disk: str = "keep", lost: int = 1) -> None:
        self._called("restart", node, disk, lost)
        self.start(node)

    def start(self, node: str) -> None:
        """Let a node start, by whatever reason."""
        self.dead.discard(node)
        self.on_start(node)

    def pause(self, node: str) -> None:
        self._called("pause", node)

    def resume(self, node: str) -> None:
        self._called("resume", node)

    def tell(self, node: str, body: dict[str, Any]) -> None:
        self._called("tell", node, body)

    def arm(self, node: str, point: str, nth: int, action: str, stall: float) -> None:
        self._called("arm", node, point, nth, action, stall)

    def add_effect(self, effect: Effect) -> int:
        return self.network.add_effect(effect)

    def remove_effect(self, handle: int) -> Effect:
        effect, released = self.network.remove_effect(handle, self._now_ns)
        self.released += released
        return effect

    def home(self, name: str) -> str | None:
        if name in self.nodes:
            return name
        return self.nodes[(int(name[1:]) - 1) % len(self.nodes)] if name.startswith("c") else None

    def _called(self, *what: Any) -> None:
        self.calls.append((self._now_ns / S, *what))


class FakeRun:
    """A schedule over a fake control; begun at once. Faults are tables as the file has them."""

    def __init__(
        self,
        *faults: dict[str, Any],
        nodes: int = 5,
        servers: tuple[str, ...] = (),
        seed: int = 1,
        load: float = 20.0,
    ) -> None:
        self.control = FakeControl(nodes, seed)
        self.control.servers = servers
        self.rows: list[FaultRow] = []
        self.calls = self.control.calls
        self.calls_when_recorded: list[int] = []
        self.schedule = Schedule([fault(**table) for table in faults], self.control, self._record, round(load * S))
        self._letters = count(1)
        self.control.on_start = self.schedule.saw_start
        self.schedule.begin()

    def at(self, seconds: float) -> "FakeRun":
        """Let the time come."""
        self.control.advance_to(seconds)
        return self

    def send(self, source: str, dest: str, message: str = "accept") -> Fate:
        """Send a message as the router does: the schedule sees it first."""
        self.schedule.saw_message(source, dest, message)
        letter = Letter(next(self._letters), source, dest, message, 100)
        return self.control.network.route(letter, self.control.now_ns())

    def emit(self, node: str, event: str) -> None:
        """Let a node emit an event; `became_leader` makes it lead."""
        if event == "became_leader":
            self.control.leading.insert(0, node)
        self.schedule.saw_event(Event(time=self.control.now_ns(), node=node, event=event))

    def end(self, seconds: float = 20.0) -> "FakeRun":
        """Let the load end."""
        self.at(seconds).schedule.end_load()
        return self

    def history(self, name: str | None = None) -> list[tuple[float, str]]:
        """Return (seconds, phase) of each row, of one fault or of all."""
        return [(row.time / S, row.phase) for row in self.rows if name in (None, row.name)]

    def row(self, phase: str, name: str | None = None) -> FaultRow:
        """Return the only row of a phase."""
        [found] = [row for row in self.rows if row.phase == phase and name in (None, row.name)]
        return found

    def _record(self, row: FaultRow) -> None:
        self.rows.append(row)
        self.calls_when_recorded.append(len(self.calls))


def fault(kind: str, **keys: Any) -> Fault:
    """Return a fault as loading would, from the keys of its table (from_ stands for from)."""
    keys = {key.removesuffix("_"): value for key, value in keys.items()}
    return load_fault(kind).model_validate({"kind": kind, **keys})
