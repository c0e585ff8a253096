"""The first and the last line of what a node wrote to stderr: what it complains of, in most languages one of them."""

from pathlib import Path

EDGE_BYTES = 4096
"""Where a log's first and last line are looked for."""

EDGE_LETTERS = 200
"""Of a line of a node's stderr so many letters are told."""


def edge_lines(text: str) -> list[str]:
    """Return the first and the last line of a text that say something, fewer where there are; long ones cut short."""
    lines = [line.strip()[:EDGE_LETTERS] for line in text.splitlines() if line.strip()]
    return lines if len(lines) < 2 else [lines[0], lines[-1]]


def edges_of_log(path: Path, begin: int) -> list[str]:
    """Return the first and the last line of a log from a place on; nothing where there is no such log."""
    try:
        with path.open("rb") as log:
            log.seek(begin)
            head = log.read(EDGE_BYTES)
            log.seek(max(log.tell(), path.stat().st_size - EDGE_BYTES))
            return edge_lines((head + log.read()).decode("utf-8", "replace"))
    except OSError:
        return []
