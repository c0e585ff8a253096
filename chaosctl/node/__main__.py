"""`python -m chaosctl.node PATTERN`: be a node on stdin and stdout, without importing the command line's packages.

This is the program to give to Maelstrom. `chaosctl node PATTERN` is the same, a fifth of a second later.
"""

import os
import sys
from importlib import import_module

from chaosctl.errors import BadInput, ExitCode
from chaosctl.node.pattern import Pattern
from chaosctl.node.settings import read_settings
from chaosctl.patterns import PATTERNS


def serve(name: str) -> None:
    """Be a node of this pattern until stdin ends; raises BadInput where there is no such pattern."""
    from chaosctl.node import stdio  # noqa: PLC0415 - trio, which a wrong name should not have to wait for.

    stdio.main(_load(name), read_settings(os.environ))


def _load(name: str) -> Pattern:
    if name not in PATTERNS:
        raise BadInput(f'no pattern is called "{name}"; there are {", ".join(PATTERNS)}')
    module, _, attribute = PATTERNS[name].partition(":")
    pattern = getattr(import_module(module), attribute)
    assert isinstance(pattern, Pattern), f"{PATTERNS[name]} is no pattern"
    return pattern


def _main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python -m chaosctl.node PATTERN")
    try:
        serve(sys.argv[1])
    except BadInput as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(ExitCode.BAD_INPUT)


if __name__ == "__main__":
    _main()
