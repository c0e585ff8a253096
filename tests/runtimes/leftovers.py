"""Finds every process that a test brought about, however far it ran from its parents: by a mark in its environment."""

import time
from pathlib import Path

MARK = "CHAOSCTL_TEST_MARK"


def marked(mark: str) -> list[str]:
    """Return the command lines of living processes (zombies have none) that carry the mark."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(f"{folder.name}: " + (folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def left_after(mark: str, patience: float) -> list[str]:
    """Return which marked processes are left when so many seconds have passed, or none as soon as there is none."""
    deadline = time.monotonic() + patience
    while (left := marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.005)
    return left
