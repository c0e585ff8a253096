"""`chaosctl node PATTERN`: be a node on stdin and stdout."""

from typing import Annotated

import typer


def node(
    pattern: Annotated[str, typer.Argument(help="The pattern's name, as `chaosctl list patterns` shows it.")],
) -> None:
    """Be one node of PATTERN on stdin and stdout, in Maelstrom's protocol.

    maelstrom test -w lin-kv --bin chaosctl --node-count 3 -- node multi-paxos
    """
    from chaosctl.node.__main__ import serve  # noqa: PLC0415 - trio, which the other commands do without.

    serve(pattern)
