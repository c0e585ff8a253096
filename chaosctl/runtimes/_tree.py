"""Signals to a process and all that descend from it, for programs whose children leave its group (Linux: /proc)."""

import os
import signal
from collections import defaultdict
from contextlib import suppress
from pathlib import Path


def signal_tree(root: int, number: int) -> None:
    """Signal a process and its descendants. Stopped first, it makes no child behind our back while we look."""
    if number != signal.SIGCONT:
        _signal(root, signal.SIGSTOP)
    for pid in _descendants(root):
        _signal(pid, number)
    _signal(root, number)


def _descendants(root: int) -> list[int]:
    children: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # It ended while we looked.
            name, _, fields = path.read_text().rpartition(")")
            children[int(fields.split()[1])].append(int(name.split()[0]))
    found = [root]
    for pid in found:
        found += children[pid]
    return found[1:]


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
