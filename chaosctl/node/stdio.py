"""A node process: the host of node.py over stdin, stdout and a directory; Maelstrom can run it as well as we.

Lines come in on stdin (several in one read, or one in several), and go out on stdout through one writer task. The end
of stdin is the end of the parent, and of us. No thread but the one that SQLite commits in. Nothing of trio is made at
import, for a supervisor that has only imported this forks us.
"""

import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import NoReturn

import trio

from chaosctl.errors import BadInput, ExitCode
from chaosctl.node.counters import Counters
from chaosctl.node.host import Disk
from chaosctl.node.node import Node
from chaosctl.node.pattern import Pattern
from chaosctl.node.settings import Settings
from chaosctl.node.sqlite_disk import SqliteDisk
from chaosctl.node.waiters import Waiters

STDIN, STDOUT = 0, 1

READ_SIZE = 1 << 16
LONGEST_LINE = 8 << 20
"""Bytes; a longer line is nobody's message, and ends the node."""

MOST_UNWRITTEN = 1 << 20
"""Bytes that may wait for stdout; beyond it the node stands still, as any process does that writes to a full pipe."""

DRAIN_S = 5.0
"""A runner that does not read for so long is gone, and a dying node does not wait for it."""


def main(pattern: Pattern, settings: Settings) -> None:
    """Be a node until stdin ends; exits with 2 where the settings do not fit the pattern."""
    refusal = ""
    try:
        if settings.directory:
            _run(pattern, settings, Path(settings.directory))
        else:
            with tempfile.TemporaryDirectory(prefix="chaosctl-node-") as directory:
                _run(pattern, settings, Path(directory))
    except* BadInput as refusals:
        refusal = "\n".join(_messages(refusals))
    if refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(ExitCode.BAD_INPUT)


class Stdout:
    """The way out: lines are collected, and written by one task when the pipe takes them."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._unwritten = bytearray()
        self._wake = Waiters(trio.lowlevel.wait_task_rescheduled)
        os.set_blocking(descriptor, False)

    def write(self, line: bytes) -> None:
        """Add a line; waits, and all of the node with it, where too much is unwritten already."""
        self._unwritten += line
        self._unwritten += b"\n"
        self._wake.wake()
        if len(self._unwritten) > MOST_UNWRITTEN:
            self.drain(patience=None)

    def is_drained(self) -> bool:
        """Return whether the kernel has all lines."""
        return not self._unwritten

    def drain(self, patience: float | None = DRAIN_S) -> None:
        """Write all lines now, blocking; gives up when nobody has read for so many seconds."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        while self._unwritten and poll.poll(None if patience is None else patience * 1000):
            self._write_some()

    async def write_forever(self) -> None:
        """Write what there is whenever the pipe takes it."""
        while True:
            if not self._unwritten:
                await self._wake.wait()
            if not self._write_some():
                await trio.lowlevel.wait_writable(self._descriptor)

    def _write_some(self) -> bool:
        try:
            written = os.write(self._descriptor, self._unwritten)
        except BlockingIOError:
            return False
        except BrokenPipeError:  # Nobody reads any more; that stdin has ended is about to be seen.
            written = len(self._unwritten)
        del self._unwritten[:written]
        return True


class StdioHost:
    """Implements chaosctl.node.host.Host for one process."""

    park = staticmethod(trio.lowlevel.wait_task_rescheduled)

    def __init__(self, settings: Settings, directory: Path) -> None:
        self.disk: Disk = SqliteDisk(directory)
        self.stdout = Stdout(STDOUT)
        self.transmit = self.stdout.write
        self.is_drained = self.stdout.is_drained
        self._points = Counters(directory / "points")
        self._origin_ns = settings.origin_ns or time.monotonic_ns()

    def now_ns(self) -> int:
        """Return the nanoseconds since the run's time 0."""
        return time.monotonic_ns() - self._origin_ns

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await trio.sleep(seconds)

    def timeout(self, seconds: float) -> AbstractContextManager[trio.CancelScope]:
        """Return a scope that is left after so many seconds; a stopped process notices when it goes on."""
        return trio.move_on_after(seconds)

    def nursery(self) -> AbstractAsyncContextManager[trio.Nursery]:
        """Return where the node's tasks live."""
        return trio.open_nursery()

    async def die(self, why: str) -> NoReturn:
        """Drain stdout and kill this process."""
        self.stdout.drain()
        sys.stderr.write(f"chaosctl node: {why}\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("SIGKILL does not return")

    def recall_points(self) -> Mapping[str, int]:
        """Return how often each armed point was passed in earlier incarnations."""
        return self._points.read()

    def record_point(self, name: str, count: int) -> None:
        """Keep an armed point's count."""
        self._points.write(name, count)


async def read_lines(descriptor: int) -> AsyncIterator[bytes]:
    """Yield the lines of a descriptor, without their newlines, until its end; raises BadInput at one too long."""
    rest = b""
    async with trio.lowlevel.FdStream(os.dup(descriptor)) as stream:
        while chunk := await stream.receive_some(READ_SIZE):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line
            if len(rest) > LONGEST_LINE:
                raise BadInput(f"stdin: a line is longer than {LONGEST_LINE >> 20} MiB")


def _run(pattern: Pattern, settings: Settings, directory: Path) -> None:
    host = StdioHost(settings, directory)
    try:
        trio.run(_serve, host, Node(host, pattern, settings))
    finally:
        host.stdout.drain()
        os.set_blocking(STDOUT, True)  # It may be somebody's terminal.


async def _serve(host: StdioHost, node: Node) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(host.stdout.write_forever)
        nursery.start_soon(node.run)
        async for line in read_lines(STDIN):
            if line:
                node.receive(line)
        nursery.cancel_scope.cancel()


def _messages(group: BaseExceptionGroup[BadInput]) -> list[str]:
    """Return what each refusal says: nurseries wrap them in groups."""
    return [
        message
        for one in group.exceptions
        for message in (_messages(one) if isinstance(one, BaseExceptionGroup) else [str(one)])
    ]
