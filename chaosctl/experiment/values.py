"""The small value types of experiment files: durations with a unit, and moments that may be drawn from a range."""

import re
from random import Random
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, PlainSerializer

UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ns|us|ms|s|m|h)")


def parse_duration(value: Any) -> float:
    """Return seconds for a string such as "250ms"; raises ValueError with what was expected."""
    if isinstance(value, str) and (match := _DURATION.fullmatch(value.strip())):
        return float(match[1]) * UNITS[match[2]]
    raise ValueError(f'must be a duration with a unit, such as "250ms", "5s" or "2m", not {toml_value(value)}')


def toml_value(value: Any) -> str:
    """Return a value as the file would write it, shortened, for a message."""
    text = {True: "true", False: "false"}.get(value) if isinstance(value, bool) else None
    text = text or (f'"{value}"' if isinstance(value, str) else str(value))
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004


def duration_text(seconds: float) -> str:
    """Return the shortest string with a unit that reads back as these seconds."""
    for unit, size in (("h", 3600.0), ("m", 60.0), ("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        amount = seconds / size
        if amount >= 1 and abs(amount - round(amount, 3)) < 1e-9:  # noqa: PLR2004
            return f"{round(amount, 3):g}{unit}"
    return f"{seconds * 1e9:g}ns" if seconds else "0s"


Duration = Annotated[float, BeforeValidator(parse_duration), PlainSerializer(duration_text)]


class Range(NamedTuple):
    """A duration in seconds that is drawn anew from [low, high] each time it is needed; fixed where they are equal."""

    low: float
    high: float

    def draw(self, random: Random) -> float:
        """Return a duration; a fixed one takes nothing from the generator."""
        return self.low if self.low == self.high else random.uniform(self.low, self.high)


def parse_range(value: Any) -> Range:
    """Return the range for "5s" or { random = ["2s", "5s"] }; raises ValueError."""
    if isinstance(value, Range):
        return value
    if isinstance(value, dict):
        bounds = value.get("random")
        if set(value) != {"random"} or not isinstance(bounds, list) or len(bounds) != 2:  # noqa: PLR2004
            raise ValueError('must be a duration, or a range as in { random = ["2s", "5s"] }')
        low, high = (parse_duration(bound) for bound in bounds)
        if low > high:
            raise ValueError("the range's first bound must not be above its second")
        return Range(low, high)
    seconds = parse_duration(value)
    return Range(seconds, seconds)


def range_value(drawn: Range) -> Any:
    """Return what the file would say."""
    if drawn.low == drawn.high:
        return duration_text(drawn.low)
    return {"random": [duration_text(drawn.low), duration_text(drawn.high)]}


Moment = Annotated[Range, BeforeValidator(parse_range), PlainSerializer(range_value)]
