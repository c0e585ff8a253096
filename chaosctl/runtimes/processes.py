"""The runtime `processes`: every node an operating-system process, time real, a crash a SIGKILL.

    with Supervisor() as supervisor:            # the main thread, before trio.run
        trio.run(run_something, supervisor)
    ...
    async with Processes(supervisor, seed) as runtime:

The supervisor starts and reaps; lines and signals go between runner and nodes directly. A node's data directory is
`settings.directory` and where its process runs; stderr goes to `stderr.log` beside that directory. When the block is
left all nodes get SIGKILL; that none is left is known when the supervisor has been left too.
"""

import os
import shutil
import signal
import socket
from collections import deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import msgspec
import trio

from chaosctl.errors import RunBroke
from chaosctl.runtimes._pipes import PIPE_BYTES, Outbox, bites, copy_to_log
from chaosctl.runtimes._timers import Timers
from chaosctl.runtimes._tree import signal_tree
from chaosctl.runtimes.runtime import Launch, Timer
from chaosctl.runtimes.stderr_edges import edges_of_log
from chaosctl.runtimes.supervisor import Supervisor
from chaosctl.runtimes.wire import Exited, Forget, Lines, Order, Report, Start, Started

INBOX_LINES = 10_000
"""What waits unread for a node, besides what its pipe holds; then the newest is dropped (DESIGN section 5)."""

ORDERS = 100_000
"""More orders than this do not wait for the supervisor in any sane run."""

LAST_WORDS_S = 0.2
"""So long we wait, after a node's end, for its streams to end too; only what escaped its group can keep them open."""


@dataclass
class Incarnation:
    """One process of a node, from `start` until `on_exit`. `pid` is 0 until it exists and again when it is gone."""

    launch: Launch
    inbox: Outbox = field(default_factory=lambda: Outbox(INBOX_LINES))
    pid: int = 0
    is_killed: bool = False
    is_paused: bool = False
    status: int = 0
    ended: trio.Event = field(default_factory=trio.Event)
    last_words: trio.CancelScope = field(default_factory=trio.CancelScope)

    def signal_group(self, number: int) -> None:
        """Signal the whole group; nothing before it exists, nor after its end."""
        if self.pid and self.launch.leaves_group:
            signal_tree(self.pid, number)
        elif self.pid:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)


class Processes:
    """Implements Runtime with real processes. `origin_ns` is where run time begins on CLOCK_MONOTONIC."""

    name = "processes"

    def __init__(self, supervisor: Supervisor, seed: int) -> None:
        self.on_line: Callable[[str, bytes], None] = _ignore
        self.on_exit: Callable[[str, int, int], None] = _ignore
        self.on_problem: Callable[[str, str, bytes], None] = _ignore
        self._socket = supervisor.socket
        self._seed = seed
        self._timers = Timers()
        self.origin_ns = self._timers.origin_ns
        self.now_ns = self._timers.now_ns
        self.sleep_until = self._timers.sleep_until
        self._living: dict[str, Incarnation] = {}
        self._left: dict[str, int] = {}
        self._logs: dict[str, tuple[Path, int]] = {}
        self._orders = Outbox(ORDERS)
        self._nursery_context: AbstractAsyncContextManager[trio.Nursery] = trio.open_nursery()

    async def __aenter__(self) -> "Processes":
        self._socket.setblocking(False)  # noqa: FBT003 - the standard library's own signature.
        self._nursery = await self._nursery_context.__aenter__()
        self._nursery.start_soon(self._timers.run)
        self._nursery.start_soon(self._orders.write_to, self._socket.fileno())
        self._nursery.start_soon(self._take_reports)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        for incarnation in self._living.values():
            incarnation.signal_group(signal.SIGKILL)
        self._nursery.cancel_scope.cancel()
        try:
            return await self._nursery_context.__aexit__(kind, error, trace)
        except BaseExceptionGroup as group:
            if len(group.exceptions) > 1:
                raise
            if group.exceptions[0] is error:
                return False
            raise group.exceptions[0] from None  # A RunBroke is for a person: it comes without our nursery's wrapping.

    def call_at(self, time_ns: int, action: Callable[[], object], rank: int = 0) -> Timer:  # noqa: ARG002
        """Run an action at that time, up to 1 ms late, in the order they were asked for: no two share an instant."""
        return self._timers.call_at(time_ns, action)

    def start(self, launch: Launch) -> None:
        """Begin to start an incarnation. Raises RunBroke where there is no such program or no place for its data."""
        assert launch.node not in self._living, f"{launch.node} is started while its last incarnation is not gone"
        directory = Path(launch.settings.directory).absolute()  # The node will run in it, and look for it again.
        try:
            if launch.wipe:
                shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunBroke(f"{launch.node} has no place for its data: {error}") from error
        command = None if launch.command is None else _program(launch.command)
        self._living[launch.node] = Incarnation(launch)
        settings = msgspec.structs.replace(launch.settings, directory=str(directory))
        self._order(Start(launch.node, launch.incarnation, command, settings))

    def kill(self, node: str) -> None:
        """SIGKILL the node's whole group now; one that is still being started dies as soon as it exists."""
        if node in self._living:
            self._living[node].is_killed = True
            self._living[node].signal_group(signal.SIGKILL)

    def pause(self, node: str) -> None:
        """SIGSTOP the node's whole group."""
        if node in self._living:
            self._living[node].is_paused = True
            self._living[node].signal_group(signal.SIGSTOP)

    def resume(self, node: str) -> None:
        """SIGCONT the node's whole group."""
        if node in self._living:
            self._living[node].is_paused = False
            self._living[node].signal_group(signal.SIGCONT)

    def deliver(self, node: str, line: bytes) -> bool:
        """Put a line into the node's inbox; False where 10,000 wait in it behind a full pipe, or no node is."""
        incarnation = self._living.get(node)
        return incarnation is not None and incarnation.inbox.put(line)

    def inbox_left(self, node: str) -> int:
        """Return how many delivered lines the node's last incarnation left unread when it died."""
        return self._left.get(node, 0)

    def stderr_edges(self, node: str) -> list[str]:
        """Return the first and the last line that the node's last incarnation wrote to stderr."""
        return edges_of_log(*self._logs[node]) if node in self._logs else []

    def random_seed(self) -> int:
        """Return the run's seed."""
        return self._seed

    def _order(self, order: Order) -> None:
        taken = self._orders.put(msgspec.json.encode(order))
        assert taken, "the supervisor does not take its orders"

    async def _take_reports(self) -> None:
        """Follow what the supervisor reports; its end is the run's end, since nodes have no keeper then."""
        reports, lines = msgspec.json.Decoder(Report), Lines()
        descriptors: deque[int] = deque()
        while True:
            await trio.lowlevel.wait_readable(self._socket)
            try:
                data, received, _, _ = socket.recv_fds(self._socket, 1 << 16, 64)
            except ConnectionResetError:
                data = b""
            if not data:
                raise RunBroke("the supervisor of the nodes ended by itself; its complaint, if any, is on stderr")
            for descriptor in received:
                os.set_inheritable(descriptor, False)  # noqa: FBT003
                os.set_blocking(descriptor, False)
                descriptors.append(descriptor)
            for line in lines.feed(data):
                report = reports.decode(line)
                if isinstance(report, Started):
                    self._take_start(report, [descriptors.popleft() for _ in range(3)])
                else:
                    self._take_end(report)

    def _take_start(self, report: Started, descriptors: list[int]) -> None:
        incarnation = self._living[report.node]
        incarnation.pid = report.pid
        if incarnation.is_killed:
            incarnation.signal_group(signal.SIGKILL)
        elif incarnation.is_paused:
            incarnation.signal_group(signal.SIGSTOP)
        self._nursery.start_soon(self._attend, incarnation, descriptors)

    def _take_end(self, report: Exited) -> None:
        incarnation = self._living[report.node]
        incarnation.pid = 0
        incarnation.status = report.status
        self._order(Forget(report.pid))
        incarnation.last_words.deadline = trio.current_time() + LAST_WORDS_S
        incarnation.ended.set()

    async def _attend(self, incarnation: Incarnation, descriptors: list[int]) -> None:
        """Move a node's lines until its process is gone and its streams are empty; then say so."""
        launch = incarnation.launch
        stdin, stdout, stderr = descriptors
        log = Path(launch.settings.directory).parent / "stderr.log"
        self._logs[launch.node] = log, log.stat().st_size if log.exists() else 0
        lines = Lines()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(incarnation.inbox.write_to, stdin)
                with incarnation.last_words:
                    async with trio.open_nursery() as streams:
                        streams.start_soon(copy_to_log, stderr, log)
                        async for data in bites(stdout):
                            self._pass_on(launch.node, lines, data)
                await incarnation.ended.wait()
                nursery.cancel_scope.cancel()
            if incarnation.last_words.cancelled_caught:
                with suppress(BlockingIOError):
                    self._pass_on(launch.node, lines, os.read(stdout, PIPE_BYTES))
            if lines.rest() and not incarnation.is_killed:
                self.on_problem(launch.node, "unfinished-line", lines.rest())
            self._left[launch.node] = incarnation.inbox.lines_left(stdin)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        del self._living[launch.node]
        self.on_exit(launch.node, launch.incarnation, incarnation.status)

    def _pass_on(self, node: str, lines: Lines, data: bytes) -> None:
        for line in lines.feed(data):
            self.on_line(node, line)
        for head in lines.take_too_long():
            self.on_problem(node, "line-too-long", head)


def _ignore(*_heard: object) -> None:
    """Listen to nothing, until the conductor does."""


def _program(command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command with its files as absolute paths, since a node runs in a folder of its own.

    Raises RunBroke where there is no such program.
    """
    program = shutil.which(command[0])
    if program is None:
        raise RunBroke(f"the command {' '.join(command)!r} can't be run: there is no program {command[0]!r}")
    files = (str(Path(word).absolute()) if Path(word).is_file() else word for word in command[1:])
    return (str(Path(program).absolute()), *files)
