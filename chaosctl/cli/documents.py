"""What `--json` prints of everything but a run: one line, one object, with the version of its schema.

docs/commands.schema.json says what is in it, a definition a command; a run's own is docs/report.schema.json.
"""

from collections.abc import Mapping
from typing import Any

SCHEMA = 1
"""Raised when a key changes its meaning or goes away; new keys come without."""


def print_json(document: Mapping[str, Any]) -> None:
    """Print a document on stdout."""
    import msgspec  # noqa: PLC0415 - `--help` prints no document.
    import typer  # noqa: PLC0415

    typer.echo(msgspec.json.encode({"schema": SCHEMA} | dict(document)).decode())
