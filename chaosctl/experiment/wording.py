"""What pydantic and msgspec find wrong, in plain sentences: what must stand there, and what stands there instead."""

import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from chaosctl.experiment.mistakes import suggestion
from chaosctl.experiment.values import parse_duration, parse_range, toml_value

_PLAIN = {int: "a whole number", float: "a number", str: "text in quotes", bool: "true or false", dict: "a table"}
_PLURAL = {int: "whole numbers", float: "numbers", str: "texts in quotes", bool: "true or false", dict: "tables"}


def members(annotation: Any) -> list[Any]:
    """Return what a type allows, one by one, without None; a type that is no union is its only member."""
    origin = get_origin(annotation)
    if origin is Union or origin is types.UnionType:
        return [member for each in get_args(annotation) if each is not types.NoneType for member in members(each)]
    return [annotation]


def describe(annotation: Any, limits: Sequence[Any] = ()) -> str:
    """Return what a type wants to see in the file: "a whole number from 1", "text in quotes or a list of texts"."""
    return " or ".join(dict.fromkeys(_one(member) for member in members(annotation))) + _limits(limits)


def wrong_type(annotation: Any, limits: Sequence[Any], value: Any) -> str:
    """Return the sentence for a value that the type does not take, with the nearest right one where it has a list."""
    choices = [choice for member in members(annotation) if get_origin(member) is Literal for choice in get_args(member)]
    sentence = f"must be {describe(annotation, limits)}, not {toml_value(value)}"
    near = suggestion(value, choices) if choices and isinstance(value, str) else ""
    return sentence + (near if "did you mean" in near else "")


def explain(error: Mapping[str, Any], annotation: Any, limits: Sequence[Any]) -> str:
    """Return one sentence for one of pydantic's errors at a value of this type."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "too_short":
        return f"must have at least {error['ctx']['min_length']} " + _entries(error["ctx"]["min_length"])
    if error["type"] == "too_long":
        return f"must have at most {error['ctx']['max_length']} " + _entries(error["ctx"]["max_length"])
    if error["type"] == "string_pattern_mismatch":
        return f"must look like {error['ctx']['pattern']}, not {toml_value(error['input'])}"
    return wrong_type(annotation, limits, error["input"])


def element(annotation: Any, step: str | int) -> Any:
    """Return the type of an entry of a list or a table of this type; None where it is neither."""
    for member in members(annotation):
        arguments = get_args(member)
        if get_origin(member) is Annotated:
            return element(arguments[0], step)
        if get_origin(member) in {list, tuple} and isinstance(step, int) and arguments:
            return arguments[0]
        if get_origin(member) is dict and isinstance(step, str):
            return arguments[1]
    return None


def is_duration(annotation: Any) -> bool:
    """Return whether this is one of our durations, with a unit in the file."""
    return get_origin(annotation) is Annotated and any(
        getattr(mark, "func", None) in {parse_duration, parse_range} or (getattr(mark, "extra", None) or {}).get("unit")
        for mark in annotation.__metadata__
    )


def _one(member: Any) -> str:
    if is_duration(member):
        return 'a duration such as "5s"'
    origin = get_origin(member)
    if origin is Annotated:
        return _one(get_args(member)[0]) + _limits(member.__metadata__)
    if origin is Literal:
        choices = [toml_value(choice) for choice in get_args(member)]
        return choices[0] if len(choices) == 1 else f"one of {', '.join(choices)}"
    if origin in {list, tuple}:
        inside = [_PLURAL.get(each, "") for each in members(get_args(member)[0])]
        return "a list" + (f" of {' or '.join(inside)}" if all(inside) else "")
    return _PLAIN.get(origin or member, "a table")


def _limits(limits: Sequence[Any]) -> str:
    """Return the bounds in words, from annotated-types' marks and msgspec's."""
    low, high = _bound(limits, "ge"), _bound(limits, "le")
    above, below = _bound(limits, "gt"), _bound(limits, "lt")
    words = f" from {low}" if low is not None else ""
    words += f" above {above}" if above is not None else ""
    words += f" to {high}" if high is not None else ""
    return words + (f" below {below}" if below is not None else "")


def _bound(limits: Sequence[Any], name: str) -> Any:
    found = [getattr(limit, name) for limit in limits if getattr(limit, name, None) is not None]
    return found[0] if found else None


def _entries(count: int) -> str:
    return "entry" if count == 1 else "entries"
