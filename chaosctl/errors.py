"""What can go wrong that a person must act on, and the exit code that says so.

    ChaosctlError
    ├── BadInput     the user's file, option or folder is wrong: exit 2, all mistakes at once
    ├── RunBroke     the run itself could not be carried out: exit 3
    └── Missing      what the run needs is not installed: nothing was tried, so the verdict is unknown: exit 4

Anything else that is raised is a bug of ours. This module imports nothing of chaosctl.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says to the shell; of several the first of 130, 3, 2, 1, 4, 0 counts."""

    PASSED = 0
    REGRESSED = 1
    BAD_INPUT = 2
    RUN_BROKE = 3
    UNKNOWN = 4
    INTERRUPTED = 130

    @classmethod
    def worst(cls, codes: Sequence["ExitCode"]) -> "ExitCode":
        """Return the code that outranks the others; PASSED where there is none."""
        ranking = (cls.INTERRUPTED, cls.RUN_BROKE, cls.BAD_INPUT, cls.REGRESSED, cls.UNKNOWN, cls.PASSED)
        return min(codes, key=ranking.index, default=cls.PASSED)


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong in one place of a user's file.

    `line` and `column` count from 1 (0: the file as a whole); `path` is the key's path, as in `faults[1].when.nth`;
    `source` is the text of that line, shown and marked below the message.
    """

    file: str
    line: int
    column: int
    path: str
    what: str
    source: str = ""
    width: int = 1

    def __str__(self) -> str:
        """Return `file:line:column: path: what`, with the line itself shown and marked where there is one."""
        place = self.file + (f":{self.line}:{self.column}" if self.line else "")
        head = f"{place}: {self.path + ': ' if self.path else ''}{self.what}"
        if not self.source:
            return head
        margin = f"{self.line:>5} | "
        marker = " " * (len(margin) - 2) + "| " + " " * (self.column - 1) + "^" * max(1, self.width)
        return f"{head}\n{margin}{self.source}\n{marker}"


class ChaosctlError(Exception):
    """Anything that chaosctl tells a person instead of showing a traceback."""

    exit_code = ExitCode.RUN_BROKE


class BadInput(ChaosctlError):
    """The user's input is wrong; `mistakes` are all that were found, in the file's order."""

    exit_code = ExitCode.BAD_INPUT

    def __init__(self, mistakes: Sequence[Mistake] | str) -> None:
        if isinstance(mistakes, str):
            mistakes = [Mistake("", 0, 0, "", mistakes)]
        self.mistakes = list(mistakes)
        super().__init__("\n".join(str(mistake).removeprefix(": ") for mistake in self.mistakes))


class RunBroke(ChaosctlError):
    """The run could not be carried out: a node would not start, the results folder can't be written."""


class Missing(ChaosctlError):
    """A server or a driver that the run needs is not installed; the message says what to install."""

    exit_code = ExitCode.UNKNOWN
