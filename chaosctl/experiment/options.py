"""`[system.options]` and `[workload.options]`, checked key by key against the struct that the pattern or workload has.

The structs are msgspec's (a node process reads them without pydantic). A Duration is written "50ms" and becomes
seconds here; which ones were durations is kept, so that `dump` can write them so again.
"""

import datetime as dt
import re
from typing import Any, get_type_hints

import msgspec

from chaosctl.experiment.mistakes import Mistakes, nearest, unknown
from chaosctl.experiment.positions import Path
from chaosctl.experiment.values import parse_duration
from chaosctl.experiment.wording import element, is_duration, members, wrong_type


def check_options(struct: type[Any], options: dict[str, Any], path: Path, mistakes: Mistakes) -> dict[str, Any]:
    """Return the options with durations in seconds; every wrong one is noted and left out."""
    kinds = get_type_hints(struct, include_extras=True)
    kinds = {name: kinds[name] for name in struct.__struct_fields__}
    right = {}
    for key, value in options.items():
        place = (*path, key)
        found = len(mistakes)
        if key not in kinds:
            mistakes.add(place, unknown("option", key, sorted(kinds)), at_key=True)
        name = key if key in kinds else nearest(key, kinds)
        if name is None:
            continue
        seconds = _convert(kinds[name], value, place, mistakes)
        if len(mistakes) == found:
            right[key] = seconds
    _check_whole(struct, right, path, mistakes)
    return right


def durations(struct: type[Any]) -> frozenset[str]:
    """Return the names of the struct's options that are durations, or lists of them."""
    kinds = get_type_hints(struct, include_extras=True)
    return frozenset(name for name, kind in kinds.items() if _holds_duration(kind))


def refuse_dates(value: Any, path: Path, mistakes: Mistakes) -> None:
    """Note TOML's dates and times inside a value of any type: no message can carry one."""
    if isinstance(value, dt.date | dt.time):
        mistakes.add(path, f'must be a number, text, list or table, not the date or time {value}; in quotes: "{value}"')
    elif isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            refuse_dates(each, (*path, key), mistakes)


def _convert(kind: Any, value: Any, path: Path, mistakes: Mistakes) -> Any:
    """Return the value with durations in seconds, noting what is wrong in it."""
    if all(is_duration(member) for member in members(kind)):
        try:
            value = parse_duration(value)
        except ValueError as error:
            mistakes.add(path, str(error))
            return value
    for member in members(kind):
        inside = element(member, 0 if isinstance(value, list) else "")
        if inside is not None and isinstance(value, list):
            return [_convert(inside, each, (*path, number), mistakes) for number, each in enumerate(value)]
        if inside is not None and isinstance(value, dict):
            return {key: _convert(inside, each, (*path, key), mistakes) for key, each in value.items()}
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        mistakes.add(path, wrong_type(kind, (), value))
    return value


def _check_whole(struct: type[Any], right: dict[str, Any], path: Path, mistakes: Mistakes) -> None:
    """Note options that are missing, and what the struct itself refuses (its __post_init__) where all else is right."""
    required = [field.name for field in msgspec.structs.fields(struct) if field.required]
    for name in required:
        if name not in right and not mistakes.touches(*path, name):
            mistakes.add((*path, name), "is missing", at_key=True)
    if mistakes.touches(*path):
        return
    try:
        msgspec.convert(right, struct)
    except msgspec.ValidationError as error:
        mistakes.add(path, re.sub(r" - at `\$.*`$", "", str(error)), at_key=True)


def _holds_duration(kind: Any) -> bool:
    inside = [element(member, 0) for member in members(kind)]
    return is_duration(kind) or any(is_duration(each) for each in (*members(kind), *inside) if each is not None)
