"""The runner's ends of a node's pipes: one writer with a bounded queue, readers that take turns.

A pipe that is not read makes its writer wait: that is how a flood of lines is held back, in the node and not in the
runner's memory. Each turn of a reader takes a bounded bite and lets everybody else run before the next.
"""

import array
import contextlib
import fcntl
import os
import termios
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

import trio

BITE = 1 << 14
"""Bytes a reader takes at a turn: some hundred lines, a few milliseconds of the runner's work."""

PIPE_BYTES = 1 << 16
"""What a pipe holds on Linux; what may be unread in it is remembered to be counted."""

QUEUE_BYTES = 64 << 20
"""A queue of long lines is full at this size, however few they are: a node that is paused must not fill our memory."""

STDERR_LIMIT = 10 << 20
"""A node's stderr log grows to this size, over all its incarnations; what follows is dropped and said so."""


class Outbox:
    """Lines on their way into a pipe or socket: a bounded queue, which one writer task empties."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queue: deque[bytes] = deque()
        self._queue_bytes = 0
        self._unwritten = b""
        self._written: deque[bytes] = deque()
        self._written_bytes = 0
        self._filled = trio.Event()

    def put(self, line: bytes) -> bool:
        """Queue a line; False where the queue is full."""
        if len(self._queue) >= self._limit or self._queue_bytes >= QUEUE_BYTES:
            return False
        self._queue.append(line)
        self._queue_bytes += len(line)
        self._filled.set()
        return True

    async def write_to(self, descriptor: int) -> None:
        """Write what comes into the queue until cancelled; return where nobody reads any more."""
        while True:
            if not self._queue:
                self._filled = trio.Event()
                await self._filled.wait()
            else:
                await trio.lowlevel.checkpoint()
            self._unwritten = self._take()
            try:
                await self._write_all(descriptor)
            except (BrokenPipeError, ConnectionResetError):
                return

    def lines_left(self, descriptor: int) -> int:
        """Return how many lines the reader, now dead, left unread: in the queue, half written, and in the pipe."""
        size = array.array("i", [0])
        with contextlib.suppress(OSError):
            fcntl.ioctl(descriptor, termios.FIONREAD, size)
        in_pipe = b"".join(self._written)[-size[0] :] if size[0] else b""
        return len(self._queue) + self._unwritten.count(b"\n") + in_pipe.count(b"\n")

    def _take(self) -> bytes:
        lines, size = [], 0
        while self._queue and size < PIPE_BYTES:
            line = self._queue.popleft()
            lines.append(line)
            size += len(line)
        self._queue_bytes -= size
        return b"\n".join(lines) + b"\n"

    async def _write_all(self, descriptor: int) -> None:
        while self._unwritten:
            try:
                count = os.write(descriptor, self._unwritten)
            except BlockingIOError:
                await trio.lowlevel.wait_writable(descriptor)
            else:
                self._remember(self._unwritten[:count])
                self._unwritten = self._unwritten[count:]

    def _remember(self, data: bytes) -> None:
        self._written.append(data)
        self._written_bytes += len(data)
        while self._written_bytes - len(self._written[0]) >= PIPE_BYTES:
            self._written_bytes -= len(self._written.popleft())


async def bites(descriptor: int) -> AsyncIterator[bytes]:
    """Yield what comes out of a pipe, a bite at a turn, until it ends."""
    while True:
        await trio.lowlevel.wait_readable(descriptor)
        data = os.read(descriptor, BITE)
        if not data:
            return
        yield data


async def copy_to_log(descriptor: int, path: Path) -> None:
    """Append what comes out of a pipe to a file until the pipe ends, and drop what would make the file too large.

    A disk that takes no more is no reason to end a run here: the recording of the run is on the same one, and says so.
    """
    with path.open("ab", buffering=0) as log:
        room = STDERR_LIMIT - log.tell()
        async for data in bites(descriptor):
            if room > 0:
                room -= len(data)
                last = (
                    b"\nchaosctl: the log is full: what this node wrote after this was dropped\n" if room <= 0 else b""
                )
                try:
                    log.write(data[: len(data) + min(0, room)] + last)
                except OSError:
                    room = 0
