"""What nodes write to stderr, shown while the run goes on: `n1: line`, as it comes into each node's stderr.log."""

import sys
from pathlib import Path

import trio

from chaosctl.runtimes.conductor import Conductor

PAUSE_SECONDS = 0.1
MOST_BYTES = 1 << 16
"""So much of one node's log is shown at a time; the rest follows at the next look."""


async def follow(conductor: Conductor) -> None:
    """Show the lines on our stderr until it is cancelled, and then what came last."""
    logs = {node: _Log(node, Path(conductor.directory(node)).parent / "stderr.log") for node in conductor.plan.nodes}
    try:
        while True:
            await trio.sleep(PAUSE_SECONDS)
            for log in logs.values():
                log.show_new()
    finally:
        for log in logs.values():
            log.show_new()


class _Log:
    """One node's log, and how far it has been shown."""

    def __init__(self, node: str, path: Path) -> None:
        self._node, self._path = node, path
        self._shown = 0

    def show_new(self) -> None:
        """Show the whole lines that are new; a line longer than MOST_BYTES comes in pieces."""
        try:
            with self._path.open("rb") as log:
                log.seek(self._shown)
                new = log.read(MOST_BYTES)
        except FileNotFoundError:  # It comes with the node's process.
            return
        whole = new if len(new) == MOST_BYTES and b"\n" not in new else new[: new.rfind(b"\n") + 1]
        self._shown += len(whole)
        for line in whole.decode("utf-8", "replace").splitlines():
            print(f"{self._node}: {printable(line)}", file=sys.stderr)


def printable(line: str) -> str:
    """Return a node's line as a terminal can show it without obeying it."""
    return "".join(sign if sign.isprintable() or sign == "\t" else repr(sign)[1:-1] for sign in line)
