"""Reads the rows of one JSONL file in order, one at a time: a message log may be larger than memory."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from chaosctl.errors import BadInput, Mistake

Row = TypeVar("Row")


def read_rows(path: Path, kind: type[Row]) -> Iterator[Row]:
    """Yield the file's rows; raises BadInput with the line where one is no row of this kind.

    A file that isn't there has no rows. A last line without its newline was cut short when the run died: it is a row
    if it is whole, else it is left out (`is_torn` tells).
    """
    decode = msgspec.json.Decoder(kind).decode
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    row = decode(line)
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                    if not line.endswith(b"\n"):
                        return
                    raise BadInput([_not_a_row(path, number, line, error)]) from error
                yield row
    except FileNotFoundError:
        return
    except OSError as error:
        raise BadInput(f"{path}: can't be read: {error.strerror}") from error


def is_torn(path: Path) -> bool:
    """Return whether the file's last line was cut short: a run that died in the middle of writing it."""
    try:
        with path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except FileNotFoundError:
        return False
    except OSError as error:
        raise BadInput(f"{path}: can't be read: {error.strerror}") from error


def _not_a_row(path: Path, number: int, line: bytes, error: Exception) -> Mistake:
    source = line.decode("utf-8", "replace").strip()
    shown = source if len(source) <= 100 else source[:97] + "..."
    return Mistake(str(path), number, 1, "", f"not a row of {path.name}: {error}", shown, len(shown))
