"""Records a run as it goes: rows to the files of a run's folder, or to memory where a run is judged and forgotten.

Rows for a folder are encoded a few at a time into one buffer a file, which `flush` writes out, so a run of hours needs
no more memory than one of seconds. Faults are written through: a fault stands in faults.jsonl before it is applied.
"""

import os
from pathlib import Path
from typing import Any

import msgspec

from chaosctl.errors import RunBroke
from chaosctl.history.folder import EVENTS, FAULTS, HISTORY, MESSAGES
from chaosctl.history.once import Once
from chaosctl.history.read import read_recording
from chaosctl.history.recording import Declared, Recording
from chaosctl.history.records import Event, FaultRow, MessageRow, Operation

BUFFER_LIMIT = 1 << 20
"""Bytes that a file's buffer may hold before it is written out without being asked."""

ROWS_AT_ONCE = 32
"""So many rows are encoded in one go: a quarter of the time of one by one. Each may be as long as a line."""


class Recorder:
    """Takes what the conductor sees, in the order it sees it; rows must not be changed afterwards."""

    def __init__(self, folder: Path | None, *, messages_wanted: bool) -> None:
        self.messages_wanted = messages_wanted
        self._folder = folder
        self._once = Once()
        self._files: list[RowsFile] = []
        self._operations = self._rows(HISTORY)
        self._events = self._rows(EVENTS)
        self._faults = self._rows(FAULTS)
        self._messages = self._rows(MESSAGES) if messages_wanted else []

    @classmethod
    def to_folder(cls, path: Path, *, messages_wanted: bool = True) -> "Recorder":
        """Return a recorder that writes files in the folder; raises RunBroke where it can't."""
        return cls(path, messages_wanted=messages_wanted)

    @classmethod
    def in_memory(cls, *, messages_wanted: bool = True) -> "Recorder":
        """Return a recorder that keeps everything, for simulations by the thousand."""
        return cls(None, messages_wanted=messages_wanted)

    def operation(self, row: Operation) -> None:
        """Record an invocation or a completion."""
        self._operations.append(row)

    def event(self, row: Event) -> None:
        """Record an event, unless its id was seen before."""
        if not row.id or self._once.is_new(row.id):
            self._events.append(row)

    def message(self, row: MessageRow) -> None:
        """Record a step in a message's fate, where the message log is wanted. The hot path."""
        if self.messages_wanted:
            self._messages.append(row)

    def fault(self, row: FaultRow) -> None:
        """Record a fault, on disk when this returns."""
        self._faults.append(row)
        if isinstance(self._faults, RowsFile):
            self._faults.flush()

    def flush(self) -> None:
        """Write out what is buffered; raises RunBroke once where it fails, and what was written stays."""
        for file in self._files:
            file.flush()

    def close(self) -> None:
        """Flush and close; what comes later is lost."""
        try:
            self.flush()
        finally:
            for file in self._files:
                file.close()

    def recording(self, declared: Declared) -> Recording:
        """Return what was recorded, so that it can be judged; from a folder it is read back."""
        if self._folder is None:
            kept = list(self._messages)
            return Recording(declared, self._operations, self._events, self._faults, lambda: iter(kept))
        self.flush()
        return read_recording(self._folder, declared)

    def _rows(self, name: str) -> Any:
        """Return where the rows of one kind go: both a list and a file have `append`."""
        if self._folder is None:
            return []
        file = RowsFile(self._folder / name)
        self._files.append(file)
        return file


class RowsFile:
    """One JSONL file. After a failed write it takes no more: what was written stays, and is not followed by a gap."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: list[object] = []
        self._buffer = bytearray()
        self._encode_lines = msgspec.json.Encoder().encode_lines
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise RunBroke(f"{path}: can't be written: {error.strerror}") from error
        self._is_open = True

    def append(self, row: object) -> None:
        """Take a row."""
        self._rows.append(row)
        if len(self._rows) >= ROWS_AT_ONCE:
            self._encode()
            if len(self._buffer) >= BUFFER_LIMIT:
                self.flush()

    def flush(self) -> None:
        """Write all rows out; raises RunBroke the first time that fails."""
        self._encode()
        if not self._buffer:
            return
        data, self._buffer = self._buffer, bytearray()
        if not self._is_open:
            return
        rest = memoryview(data)
        try:
            while rest:  # A disk that fills up takes a part first, and says so only at the next write.
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            self.close()
            raise RunBroke(f"{self._path}: can't be written: {error.strerror}") from error

    def close(self) -> None:
        """Close the file without flushing."""
        if self._is_open:
            self._is_open = False
            os.close(self._file)

    def _encode(self) -> None:
        """Encode the rows into the buffer."""
        self._buffer += self._encode_lines(self._rows)
        self._rows.clear()
