"""The small value types of experiment files: durations with a unit, and moments that may be drawn from a range.

Also how a value is written in TOML: for messages (shortened) and for `dump` (whole).
"""

import json
import re
from datetime import time
from decimal import Decimal
from random import Random
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

UNITS = {
    unit: Decimal(size)
    for unit, size in (("ns", "1e-9"), ("us", "1e-6"), ("ms", "1e-3"), ("s", 1), ("m", 60), ("h", 3600))
}
LONGEST = 1000 * 3600.0
"""No duration is longer, in seconds: it would not end, and its nanoseconds would leave 64 bits."""

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ns|us|ms|s|m|h)")
_EXPECTED = 'must be a duration with a unit, such as "250ms", "5s" or "2m"'
_UNSEEN = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""What no terminal should get from a file: control characters, and marks that turn the writing round."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def parse_duration(value: Any) -> float:
    """Return seconds for a string such as "250ms"; raises ValueError with what was expected."""
    if isinstance(value, str) and (match := _DURATION.fullmatch(value.strip())):
        seconds = float(Decimal(match[1]) * UNITS[match[2]])
        if seconds > LONGEST:
            raise ValueError(f"must be at most {duration_text(LONGEST)}, not {toml_value(value)}")
        return seconds
    raise ValueError(f"{_EXPECTED}, not {toml_value(value)}{_advice(value)}")


def duration_text(seconds: float) -> str:
    """Return a short string with a unit that reads back as exactly these seconds."""
    for unit in ("h", "m", "s", "ms", "us", "ns"):
        amount = round(seconds / float(UNITS[unit]), 3)
        if amount >= 1 and float(Decimal(f"{amount:.3f}") * UNITS[unit]) == seconds:
            return f"{amount:.3f}".rstrip("0").rstrip(".") + unit
    return f"{Decimal(repr(seconds)):f}s" if seconds else "0s"


_DURATION_SCHEMA = {"type": "string", "pattern": f"^\\s*{_DURATION.pattern}\\s*$", "examples": ["250ms", "5s", "2m"]}

Duration = Annotated[
    float, BeforeValidator(parse_duration), PlainSerializer(duration_text), WithJsonSchema(_DURATION_SCHEMA)
]


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
        if set(value) != {"random"} or not isinstance(bounds, list) or len(bounds) != 2:
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


_RANGE_SCHEMA = {
    "type": "object",
    "properties": {"random": {"type": "array", "items": _DURATION_SCHEMA, "minItems": 2, "maxItems": 2}},
    "required": ["random"],
    "additionalProperties": False,
}

Moment = Annotated[
    Range,
    BeforeValidator(parse_range),
    PlainSerializer(range_value),
    WithJsonSchema({"anyOf": [_DURATION_SCHEMA, _RANGE_SCHEMA]}),
]


def toml_text(value: Any) -> str:
    """Return a value as TOML writes it on one line: strings, numbers, lists, inline tables."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _UNSEEN.sub(_escaped, json.dumps(value, ensure_ascii=False))  # TOML's escapes are JSON's, and some more.
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_text(item) for item in value) + "]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{toml_key(key)} = {toml_text(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    return str(value)


def _escaped(match: re.Match[str]) -> str:
    return f"\\U{ord(match[0]):08x}"


def toml_key(key: str) -> str:
    """Return a key as TOML writes it: bare where that is allowed, else in quotes."""
    return key if _BARE_KEY.fullmatch(key) else toml_text(key)


def toml_value(value: Any) -> str:
    """Return a value as the file would write it, shortened, for a message."""
    text = toml_text(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _advice(value: Any) -> str:
    """Return how to write what was probably meant, for the mistakes that TOML invites."""
    if isinstance(value, time):
        seconds = value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
        return f' (TOML reads that as a time of day; write "{duration_text(seconds)}")'
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < LONGEST:
        return f' (for seconds write "{value}s")'
    if not isinstance(value, str):
        return ""
    if re.fullmatch(r"\s*[0-9]+(\.[0-9]+)?\s*", value):
        return f' (for seconds write "{value.strip()}s")'
    if value.lstrip().startswith("-"):
        return " (a duration is not negative)"
    return " (one number and one unit: ns, us, ms, s, m or h)" if re.match(r"\s*[0-9]", value) else ""
