"""The supervisor's own process: forks, executes, reaps; ends every group when its socket to the runner ends.

It has one thread and has imported what a node needs, but never runs it: a fork then costs milliseconds where an exec
costs the imports. After a fork the child comes back out of `Supervising.serve` with what it is to become, so that a
node is the main program of its process and ends as any Python program does.

No orphan is left: a group is killed when its leader ends, however it ends; what escaped from its group becomes the
supervisor's child (PR_SET_CHILD_SUBREAPER) and is killed at the end. If the supervisor itself is killed, nodes get
SIGKILL by PR_SET_PDEATHSIG and the runner kills the groups. macOS has neither: there end of file on stdin ends our
own nodes, the runner kills groups, and what leaves its group stays.
"""

import contextlib
import ctypes
import gc
import importlib
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from chaosctl.errors import BadInput
from chaosctl.node.settings import VARIABLE, Settings
from chaosctl.runtimes.wire import Exited, Forget, Lines, Order, Report, Start, Started

SET_PARENT_DEATH_SIGNAL, SET_CHILD_SUBREAPER = 1, 36
PRELOADED = ("trio", "chaosctl.node.stdio", "chaosctl.patterns")
SWEEP_S = 5.0
"""What SIGKILL has not ended after so long hangs in the kernel; nobody can end it."""

IGNORED = (signal.SIGINT, signal.SIGHUP)
CANNOT_EXECUTE = 127


def main() -> None:
    """Be the supervisor of the runner that gave us a socket; or, after a fork, a node."""
    descriptor, runner = (int(word) for word in sys.argv[1:3])
    for name in PRELOADED:
        importlib.import_module(name)
    become = Supervising(socket.socket(fileno=descriptor), runner).serve()
    if become is not None:
        become()


class Supervising:
    """Serves orders until the runner is gone. `_nodes` are unreaped processes; `_told` those reported as ended."""

    def __init__(self, runner_socket: socket.socket, runner: int) -> None:
        self._socket = runner_socket
        self._nodes: dict[int, Start] = {}
        self._told: set[int] = set()
        self._lines = Lines()
        self._orders = msgspec.json.Decoder(Order)
        self._awake, self._waker = os.pipe()
        os.set_blocking(self._waker, False)  # Required by set_wakeup_fd; a full pipe wakes as well as one byte.
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _only_wake)
        for number in IGNORED:
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._end_soon)
        self._is_ending = False
        _control_process(SET_CHILD_SUBREAPER, 1)
        # A second line behind end of file: a fork of the runner could hold the other end of our socket.
        _control_process(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != runner:
            self._is_ending = True

    def serve(self) -> Callable[[], None] | None:
        """Return None when all is over, and in a forked child what it is to become."""
        gc.collect()
        gc.freeze()  # A collection in a child would otherwise copy every page of what we imported.
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.register(self._awake, select.POLLIN)
        with contextlib.suppress(ConnectionError):  # The runner is gone: that is how it ends, however it shows.
            while not self._is_ending:
                ready = [descriptor for descriptor, _ in poll.poll()]
                if self._awake in ready:
                    os.read(self._awake, 4096)
                    self._report_ends()
                if self._socket.fileno() in ready:
                    become = self._obey()
                    if become is not None:
                        return become
        self._end_all()
        return None

    def _obey(self) -> Callable[[], None] | None:
        data = self._socket.recv(1 << 16)
        if not data:
            self._is_ending = True
        lines = self._lines.feed(data)
        for line in lines:
            order = self._orders.decode(line)
            if isinstance(order, Forget):
                with contextlib.suppress(ChildProcessError):  # Where there is no waitid, it was reaped when it ended.
                    os.waitpid(order.pid, 0)
                del self._nodes[order.pid]
                self._told.remove(order.pid)
                self._report_ends()  # It may have hidden adopted children that have ended meanwhile.
            else:
                become = self._start(order)
                if become is not None:
                    return become
        return None

    def _start(self, start: Start) -> Callable[[], None] | None:
        if start.command is None:
            _read_pattern(start.settings)  # In the parent, once, so that no child has to.
        stdin, stdout, stderr = os.pipe(), os.pipe(), os.pipe()
        theirs, ours = [stdin[0], stdout[1], stderr[1]], [stdin[1], stdout[0], stderr[0]]
        supervisor = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._leave()
            for descriptor in ours:
                os.close(descriptor)  # A node that held its own stdin's other end would never see it end.
            _take_place(theirs, supervisor)
            return partial(_become, start)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(pid, pid)  # The child does it too: whoever comes first, the group exists when we report it.
        self._nodes[pid] = start
        self._say(Started(start.node, start.incarnation, pid), ours)
        for descriptor in theirs + ours:
            os.close(descriptor)
        return None

    def _leave(self) -> None:
        """Undo in a forked child what makes the supervisor one; later ends of file depend on it."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, *IGNORED):
            signal.signal(number, signal.SIG_DFL)
        os.close(self._awake)
        os.close(self._waker)
        self._socket.close()

    def _report_ends(self) -> None:
        for pid in [pid for pid in self._nodes if pid not in self._told]:
            status = _ended(pid)
            if status is not None:
                self._told.add(pid)
                _kill_group(pid)  # What a leader left behind; not reaped yet, it still holds the group's id.
                start = self._nodes[pid]
                self._say(Exited(start.node, start.incarnation, pid, status), [])
        if not self._told:
            _reap_strays(set(self._nodes))

    def _say(self, report: Report, descriptors: list[int]) -> None:
        line = msgspec.json.encode(report) + b"\n"
        sent = socket.send_fds(self._socket, [line], descriptors) if descriptors else 0
        self._socket.sendall(line[sent:])

    def _end_soon(self, _number: int, _frame: object) -> None:
        self._is_ending = True

    def _end_all(self) -> None:
        for pid in self._nodes:
            _kill_group(pid)
        deadline = time.monotonic() + SWEEP_S
        while _reap_all() and time.monotonic() < deadline:
            for pid in _children():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.001)


def _take_place(descriptors: list[int], supervisor: int) -> None:
    """Make the forked child a node's process: its group, its three streams, no life without the supervisor."""
    os.setpgid(0, 0)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    _control_process(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != supervisor:
        os.kill(os.getpid(), signal.SIGKILL)


def _become(start: Start) -> None:
    os.chdir(start.settings.directory or ".")
    os.environ[VARIABLE] = msgspec.json.encode(start.settings).decode()
    if start.command is None:
        stdio = importlib.import_module("chaosctl.node.stdio")
        stdio.main(_load_pattern(start.settings.pattern), start.settings)
        return
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it; a program in another language expects it.
    try:
        os.execvp(start.command[0], start.command)  # noqa: S606 - no shell on purpose.
    except OSError as error:
        sys.stderr.write(f"chaosctl: cannot execute {start.command[0]!r}: {error.strerror}\n")
        sys.exit(CANNOT_EXECUTE)


def _read_pattern(settings: Settings) -> None:
    """Read what a node with these settings would read of its pattern's classes, and keep in caches."""
    node = {name: importlib.import_module(f"chaosctl.node.{name}") for name in ("binding", "dispatch")}
    pattern = _load_pattern(settings.pattern)
    with contextlib.suppress(BadInput):  # That they do not fit each other is the node's to say, on its own stderr.
        classes = node["binding"].role_classes(pattern, settings.broken)
        node["dispatch"].language(tuple(classes.values()))


def _load_pattern(name: str) -> Any:
    patterns = importlib.import_module("chaosctl.patterns")
    module, _, attribute = patterns.PATTERNS[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def _ended(pid: int) -> int | None:
    """Return an ended child's status, negative for a signal, without reaping it; None while it lives."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13.
        ended, status = os.waitpid(pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if ended else None
    result = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if result is None:
        return None
    return result.si_status if result.si_code == os.CLD_EXITED else -result.si_status


def _reap_strays(known: set[int]) -> None:
    """Reap adopted children that have ended; stops at a node's own process, whose end must be reported first."""
    if not hasattr(os, "waitid"):
        return
    with contextlib.suppress(ChildProcessError):
        while result := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if result.si_pid in known:
                return
            os.waitpid(result.si_pid, 0)


def _reap_all() -> bool:
    """Reap every child that has ended; return whether any is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _children() -> list[int]:
    """Return the ids of our children, adopted ones too (Linux; elsewhere none)."""
    children = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # It ended while we looked.
            name, _, fields = path.read_text().rpartition(")")
            if int(fields.split()[1]) == os.getpid():
                children.append(int(name.split()[0]))
    return children


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS answers so for a group of zombies.
        os.killpg(pid, signal.SIGKILL)


def _control_process(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _only_wake(_number: int, _frame: object) -> None:
    """Do nothing: the wakeup descriptor is what ends the poll."""
