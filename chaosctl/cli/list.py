"""`chaosctl list`: what an experiment may name, each with its docstring, and the shipped experiments."""

import shutil
from enum import StrEnum
from textwrap import wrap
from typing import Annotated, Any

import typer

from chaosctl.cli.documents import print_json

WIDEST = 120


class Kind(StrEnum):
    """What can be listed."""

    PATTERNS = "patterns"
    WORKLOADS = "workloads"
    FAULTS = "faults"
    CHECKS = "checks"
    FIGURES = "figures"
    EXPERIMENTS = "experiments"


def list_(
    kind: Annotated[Kind | None, typer.Argument(help="Only these, with all that is known of each.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the patterns, workloads, faults, checks, figures and shipped experiments.

    Example: chaosctl list faults
    """
    from chaosctl.cli.listing import entries  # noqa: PLC0415 - reads every registry; `--help` reads none.

    found = {each.value: entries(each.value) for each in ([kind] if kind else Kind)}
    if as_json:
        print_json(found)
        return
    for title, rows in found.items():
        typer.echo(f"{title}:")
        for row in rows:
            typer.echo(_paragraph(row) if kind else _line(row))
        typer.echo("")


def _line(row: dict[str, Any]) -> str:
    """Return a name and the first line of its text, wrapped where the terminal is narrow."""
    width = min(shutil.get_terminal_size().columns, WIDEST)
    name, text = f"  {row['name']:<24}  ", row["text"].partition("\n")[0]
    return "\n".join(wrap(text, width, initial_indent=name, subsequent_indent=" " * 28)) or name.rstrip()


def _paragraph(row: dict[str, Any]) -> str:
    """Return a name, its whole text, and whatever else is known of it."""
    lines = row["text"].splitlines()
    for key, value in row.items():
        if isinstance(value, dict):
            lines += [f"{key} {name}: {each}" for name, each in value.items()]
        elif key not in {"name", "text"} and value:
            lines.append(f"{key}: {', '.join(value) if isinstance(value, list) else value}")
    return "\n".join([f"  {row['name']}", *(f"      {line}".rstrip() for line in lines)])
