"""What commands that run many simulations share: a time limit, a way to stop, a line of progress, a page.

The line is on stderr, so that stdout holds the result alone.
"""

import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from chaosctl.errors import BadInput

EVERY_S = 0.2
"""So often the line is written anew."""


class ProgressLine:
    """One line on a terminal's stderr, written anew now and then and gone at the end; nothing where nobody looks on."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._shown_at = 0.0

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._write("")

    def show(self, text: str) -> None:
        """Show a text, unless one was shown a moment ago."""
        if self._is_shown and time.monotonic() - self._shown_at >= EVERY_S:
            self._shown_at = time.monotonic()
            self._write(text[: shutil.get_terminal_size().columns - 1])

    def _write(self, text: str) -> None:
        if self._is_shown:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def seconds_of(option: str, text: str) -> float:
    """Return the seconds that an option's text says; raises BadInput."""
    from chaosctl.experiment.values import parse_duration  # noqa: PLC0415 - `--help` needs no pydantic.

    try:
        return parse_duration(text)
    except ValueError as error:
        raise BadInput(f"{option}: {error}") from error


@contextmanager
def interruptible() -> Iterator[None]:
    """Have Ctrl-C and SIGTERM end a search in order, with what it has seen so far."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def write_page(path: Path, text: str) -> None:
    """Write a page and say where on stderr; raises RunBroke where that can't be done."""
    from chaosctl.history.folder import write_text  # noqa: PLC0415

    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
    sys.stderr.write(f"{path}\n")
