"""The command line: Typer commands that parse, call, print and exit; nothing else. Heavy imports stand inside them."""

import errno
import os
import signal
import sys
from types import FrameType

from chaosctl.errors import ChaosctlError, ExitCode

NOT_OURS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
"""What the machine refuses: a disk that is full, broken or read-only. Any other OSError is a bug, and stays one."""


def run() -> None:
    """Run the command line and exit; a mistake of the user's becomes a message and an exit code, never a traceback."""
    signal.signal(signal.SIGINT, _interrupted)
    try:
        from chaosctl.cli.app import app  # noqa: PLC0415 - `chaosctl.cli` itself stays free of Typer.

        app()
    except ChaosctlError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # `chaosctl report | head` is no error of anybody's.
        sys.stderr.close()
        sys.exit(ExitCode.PASSED)
    except OSError as error:
        if error.errno not in NOT_OURS:
            raise
        print(f"{error.filename or 'what is to be printed'}: can't be written: {error.strerror}", file=sys.stderr)
        if error.filename is None:  # What is still in stdout's buffer would fail once more at the very end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.RUN_BROKE)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # From here Python only tidies up, and would tell of an exception.


def _interrupted(_signal: int, _frame: FrameType | None) -> None:
    """Exit as a shell expects after Ctrl-C, where no run is under way that must be ended in order first."""
    raise SystemExit(ExitCode.INTERRUPTED)
