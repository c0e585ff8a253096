"""The supervisor, seen from the runner: a process that starts nodes, and ends them all when the runner is gone.

It is started from the main thread before `trio.run`: what a worker thread forks gets its parent-death signal when
that thread ends, and what has run trio or threads must not fork. `_supervising.py` is what it does.
"""

import os
import socket
import subprocess
import sys
import threading
from types import TracebackType

PROGRAM = "import sys; sys.path[:] = sys.argv[3:]; from chaosctl.runtimes._supervising import main; main()"
"""It imports what the runner would: `-m` would look in the user's folder first, where a `random.py` may lie."""

END_TIMEOUT_S = 10.0
"""Killing and reaping takes milliseconds; a supervisor that needs longer is killed (its nodes then die by signal)."""


class Supervisor:
    """Entered in the main thread before `trio.run`; left after it, when every node and what nodes left behind is gone.

    `socket` is where orders go and reports come from; it belongs to whoever runs the nodes.
    """

    def __init__(self) -> None:
        assert threading.current_thread() is threading.main_thread(), "a thread's end would end the supervisor"
        self.socket, theirs = socket.socketpair()
        arguments = [str(theirs.fileno()), str(os.getpid()), *sys.path]
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", PROGRAM, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # A terminal's Ctrl-C is for the runner, which then cleans up.
            )

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()
        try:
            self.process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
