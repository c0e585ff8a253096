"""One incarnation of a node in a simulation: what it is given (its host), and when its code may run at all.

A crash marks the host dead before anything is cancelled: what the node's `finally` blocks then send, store or sleep is
refused. A pause holds back all that would wake the node, lines and timers alike, until it is resumed, in their order.
"""

import traceback
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import trio
from outcome import Error, Value, acapture

from chaosctl.node.host import Disk
from chaosctl.runtimes._trio_private import wait
from chaosctl.runtimes.memory_disk import MemoryDisk, SimulatedDisk
from chaosctl.runtimes.scopes import Nursery, Scope
from chaosctl.runtimes.virtual_clock import Due, VirtualClock, Wakeup, to_ns

INBOX = 10_000
"""So many lines wait unread in a node's inbox; further ones are refused."""

KILLED, FAILED = -9, 1
"""Exit statuses: SIGKILL's, and a Python program's that ends by an exception."""


class Program(Protocol):
    """What runs on a host: chaosctl.node.node.Node, or a test's own."""

    async def run(self) -> None:
        """Be the node, until cancelled."""

    def receive(self, line: bytes) -> None:
        """Take one line of stdin, after `run` has come to its first wait; wakes tasks and waits for nothing."""


class Dead(BaseException):
    """A dead node's code called its host: it is not to go on. No `except Exception` of a pattern stops this."""


@dataclass
class Machine:
    """What stays of a node between its incarnations."""

    name: str
    disk: MemoryDisk
    points: dict[str, int] = field(default_factory=dict)
    stderr: list[str] = field(default_factory=list)


class SimulatedHost:
    """Implements chaosctl.node.host.Host over the virtual clock. `on_exit` is told the status, once.

    `said_before` is how much of its machine's stderr earlier incarnations wrote.
    """

    park = staticmethod(wait)  # The loop's, not the method below.

    def __init__(
        self,
        machine: Machine,
        clock: VirtualClock,
        on_line: Callable[[bytes], None],
        on_exit: Callable[[int], None],
    ) -> None:
        self.clock = clock
        self._disk = SimulatedDisk(self, machine.disk)
        self.disk: Disk = self._disk
        self.is_dead = False
        self.is_paused = False
        self.held: list[Due] = []
        self.inbox: deque[bytes] = deque()
        self.said_before = len(machine.stderr)
        self._machine, self._on_line, self._on_exit = machine, on_line, on_exit
        self._scope = Scope()
        self._program: Program | None = None
        self._is_reading = False

    async def live(self, start: Callable[["SimulatedHost"], Program]) -> None:
        """Run the node's program until its end; what it raises goes to its stderr, as a process's would."""
        match await acapture(self._run, start):
            case Error(failure):
                self._fail(failure)
            case Value():
                self.end(0)

    def end(self, status: int) -> None:
        """End this incarnation in this instant; nothing where it has ended."""
        if not self.is_dead:
            self.is_dead = True
            self._disk.crash()
            self._scope.cancel()
            self._on_exit(status)

    def deliver(self, line: bytes) -> bool:
        """Put a line into the inbox; False where it is full."""
        if self._program is not None and not (self.inbox or self._is_reading or self.is_paused or self.is_dead):
            self._program.receive(line)
            return True
        if len(self.inbox) >= INBOX:
            return False
        self.inbox.append(line)
        return True

    def pause(self) -> None:
        """Let nothing of the node run."""
        self.is_paused = True

    def resume(self) -> None:
        """Let the node go on: what would have woken it does so now, in order."""
        self.is_paused = False
        held, self.held = self.held, []
        for due in held:
            self.clock.put(self.clock.now_ns, due)
        self._read_soon()

    def now_ns(self) -> int:
        """Return the run's true time in nanoseconds."""
        return self.clock.now_ns

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds of true time, and on while the node is paused."""
        await self.wait(self.clock.now_ns + to_ns(seconds))

    async def wait(self, time_ns: int) -> None:
        """Wait for a time, and on while the node is paused."""
        self.refuse_the_dead()
        wakeup = _GatedWakeup(self)
        self.clock.put(time_ns, wakeup)
        await wait(wakeup.abort)

    def timeout(self, seconds: float) -> "_GatedTimeout":
        """Return a scope that is left after so many seconds of true time, not before the node goes on from a pause."""
        return _GatedTimeout(self, self.clock.now_ns + to_ns(seconds))

    def nursery(self) -> Nursery:
        """Return where the node's tasks live."""
        return Nursery()

    def transmit(self, line: bytes) -> None:
        """Write one line to stdout; nothing once this incarnation has ended."""
        if not self.is_dead:
            self._on_line(line)

    def is_drained(self) -> bool:
        """Return True: what was transmitted, a crash can't lose."""
        return True

    async def die(self, why: str) -> None:
        """End this incarnation at once, as a crash does."""
        self._machine.stderr.append(f"chaosctl node: {why}\n")
        self.end(KILLED)
        await trio.sleep_forever()

    def recall_points(self) -> Mapping[str, int]:
        """Return how often each armed point was passed in earlier incarnations."""
        return dict(self._machine.points)

    def record_point(self, name: str, count: int) -> None:
        """Keep an armed point's count over all incarnations."""
        self.refuse_the_dead()
        self._machine.points[name] = count

    def refuse_the_dead(self) -> None:
        """Raise Dead where this incarnation has ended."""
        if self.is_dead:
            raise Dead

    async def _run(self, start: Callable[["SimulatedHost"], Program]) -> None:
        with self._scope:
            self._program = start(self)
            self._read_soon()
            await self._program.run()

    def _fail(self, failure: BaseException) -> None:
        """End this incarnation by a bug, which does not end the simulation; that is what anything else does."""
        bugs, rest = BaseExceptionGroup("the node failed", [failure]).split(Exception)
        if bugs is not None:
            self._machine.stderr.append("".join(traceback.format_exception(failure)))
            self.end(FAILED)
        refused, rest = rest.split(Dead) if rest is not None else (None, None)
        assert refused is None or self.is_dead, "only a dead node's calls are refused"
        if rest is not None:
            raise rest

    def _read_soon(self) -> None:
        """Begin to hand over the inbox: the clock runs this when no task can run, so `run` waits by then."""
        if not self._is_reading:
            self._is_reading = True
            self.clock.call_at(self.clock.now_ns, self._read)

    def _read(self) -> None:
        """Hand over one line, then let the node's tasks run before the next."""
        self._is_reading = False
        if self.inbox and not self.is_paused and not self.is_dead and self._program is not None:
            self._program.receive(self.inbox.popleft())
            self._read_soon()


class _GatedTimeout(Due):
    """A cancel scope that is left at a time, but not while the node is paused."""

    __slots__ = ("_host", "_scope", "_time_ns")

    def __init__(self, host: SimulatedHost, time_ns: int) -> None:
        super().__init__()
        self._host, self._time_ns = host, time_ns
        self._scope = Scope()

    def __enter__(self) -> Scope:
        self._host.clock.put(self._time_ns, self)
        return self._scope.__enter__()

    def __exit__(self, *failure: Any) -> bool:
        self.is_off = True
        return bool(self._scope.__exit__(*failure))

    def run(self) -> None:
        """Have the scope left, or hold that back."""
        if self._host.is_paused:
            self._host.held.append(self)
        else:
            self._scope.cancel()


class _GatedWakeup(Wakeup):
    """A task of a node will go on, but not while the node is paused."""

    __slots__ = ("_host",)

    def __init__(self, host: SimulatedHost) -> None:
        super().__init__()
        self._host = host

    def run(self) -> None:
        """Let it go on, or hold it back."""
        if self._host.is_paused:
            self._host.held.append(self)
        else:
            super().run()
