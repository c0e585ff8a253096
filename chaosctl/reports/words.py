"""Numbers, times and foreign text as people read them; the same in the terminal and in Markdown.

What nodes and users wrote is shown by `plain` only: a terminal must not obey an escape sequence in a node's message.
"""

import math
from collections.abc import Collection
from typing import Any

import msgspec


def plain(text: str, limit: int = 400) -> str:
    """Return foreign text on one line, what can't be printed as an escape, shortened to a limit."""
    shown = "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text[: limit + 1]
    )
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


def value_text(value: Any, limit: int = 80) -> str:
    """Return a value of an operation or an event as compact JSON."""
    return plain(msgspec.json.encode(value).decode(), limit)


def with_deadline(metric: str, deadlines: Collection[float]) -> str:
    """Return a figure's name, with the deadline (s) that it means, where it means one and there is but one."""
    means_one = metric in {"availability", "gilbert-lynch-availability"} and len(deadlines) == 1
    return f"{metric} in {next(iter(deadlines)):g} s" if means_one else metric


def time_text(time_ns: int) -> str:
    """Return a run time as seconds, to the millisecond."""
    return f"{time_ns / 1e9:z.3f} s"  # Never -0.000.


def amount(value: float | None, unit: str) -> str:
    """Return a figure's value with its unit; a share as a percentage that never rounds up to what it is not."""
    if value is None:
        return "no value"
    if unit == "share":
        percent = math.floor(round(value * 1e6) / 100) / 100
        return f"{percent:g}%"
    digits = number(value)
    return f"{digits} {unit}" if unit in {"s", "ms", "1/s"} else digits


def number(value: float) -> str:
    """Return a number with four digits that count, whole ones as they are."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.4g}"
