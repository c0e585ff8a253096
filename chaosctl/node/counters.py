"""How often armed points were passed, in a small file that outlives SIGKILL: a fixed slot a name, written in place."""

import os
from pathlib import Path

SLOT = 256
"""Bytes a name: its count in 10 digits, a blank, the name, blanks, a newline."""


class Counters:
    """The file `points` in a node's directory; a write is one system call, and the kernel keeps it."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        self._slots: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        lines = os.read(self._file, os.fstat(self._file).st_size).decode().splitlines()
        for number, line in enumerate(lines):
            count, _, name = line.rstrip().partition(" ")
            self._slots[name], self._counts[name] = number, int(count)

    def read(self) -> dict[str, int]:
        """Return the counts as earlier incarnations left them."""
        return dict(self._counts)

    def write(self, name: str, count: int) -> None:
        """Keep a name's count."""
        slot = self._slots.setdefault(name, len(self._slots))
        line = f"{count:010} {name}".ljust(SLOT - 1).encode() + b"\n"
        assert len(line) == SLOT, f"a point's name is too long: {name}"
        os.pwrite(self._file, line, slot * SLOT)
