"""Finds every process that a test brought about, however far it ran from its parents: by a mark in its environment."""

import os
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


def children_of(parent: int) -> list[int]:
    """Return the ids of a process's children."""
    children = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, fields = path.read_text().rpartition(")")
        except OSError:
            continue
        if int(fields.split()[1]) == parent:
            children.append(int(name.split()[0]))
    return children


def open_pipes_and_sockets(pid: int) -> dict[str, set[str]]:
    """Return which pipes and sockets a process holds open beyond its stderr, each with its ways: "r", "w", "rw"."""
    held: dict[str, set[str]] = {}
    for path in Path("/proc", str(pid), "fd").iterdir():
        name = os.readlink(path)
        if path.name != "2" and name.startswith(("pipe:", "socket:")):
            flags = Path("/proc", str(pid), "fdinfo", path.name).read_text().split("flags:")[1].split()[0]
            held.setdefault(name, set()).add(("r", "w", "rw")[int(flags, 8) & os.O_ACCMODE])
    return held
