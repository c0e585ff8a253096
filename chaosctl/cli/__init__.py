"""The command line: Typer commands that parse, call, print and exit; nothing else. Heavy imports stand inside them."""

import signal
import sys
from types import FrameType

from chaosctl.errors import ChaosctlError, ExitCode


def run() -> None:
    """Run the command line and exit; a mistake of the user's becomes a message and an exit code, never a traceback."""
    from chaosctl.cli.app import app  # noqa: PLC0415 - `chaosctl.cli` itself stays free of Typer.

    signal.signal(signal.SIGINT, _interrupted)
    try:
        app()
    except ChaosctlError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # `chaosctl report | head` is no error of anybody's.
        sys.stderr.close()
        sys.exit(ExitCode.PASSED)


def _interrupted(_signal: int, _frame: FrameType | None) -> None:
    """Exit as a shell expects after Ctrl-C, where no run is under way that must be ended in order first."""
    raise SystemExit(ExitCode.INTERRUPTED)
