"""From an Experiment back to TOML: the run folder's copy, with overrides and the drawn seed, and what shrink writes.

`load(dump(x)) == x`. Defaults are left out. Written as far as the model needs: a table under its [header], lists of
tables under [[headers]], and whatever stands inside those (triggers, latencies, ranges) inline.
"""

from typing import Any

from chaosctl.experiment.model import Configured, Experiment, Table
from chaosctl.experiment.values import toml_key, toml_text

_DISPATCHED = ("kind", "distribution")
"""Keys that name a table's model: written even where they are the model's default."""


def dump(experiment: Experiment) -> str:
    """Return the experiment as TOML that loads as an equal one (options: as far as `load` has seen them)."""
    lines: list[str] = []
    _write(as_written(experiment), (), lines)
    return "\n".join(lines).lstrip("\n") + "\n"


def as_written(table: Table) -> dict[str, Any]:
    """Return a table as a file says it: TOML's values under TOML's keys, without what is the default."""
    inside = {name for name in type(table).model_fields if _holds_tables(getattr(table, name))}
    written = table.model_dump(by_alias=True, exclude_defaults=True, exclude_none=True, exclude=inside)
    plain: dict[str, Any] = {}
    for name, field in type(table).model_fields.items():
        key, value = field.alias or name, getattr(table, name)
        if name in _DISPATCHED and value is not None:
            plain[key] = value
        elif name in inside and value != field.get_default():
            plain[key] = as_written(value) if isinstance(value, Table) else [as_written(each) for each in value]
        elif name == "options" and isinstance(table, Configured) and value:
            plain[key] = table.written_options()
        elif key in written:
            plain[key] = written[key]
    return plain


def _holds_tables(value: Any) -> bool:
    return isinstance(value, Table) or (isinstance(value, list) and any(isinstance(each, Table) for each in value))


def _write(table: dict[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    """Write a table's own keys first: after a [header] everything would belong to that."""
    inside = {key: value for key, value in table.items() if _has_header(value, path)}
    lines += [f"{toml_key(key)} = {toml_text(value)}" for key, value in table.items() if key not in inside]
    for key, value in inside.items():
        here = (*path, key)
        name = ".".join(toml_key(part) for part in here)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(value, list):
                lines += ["", f"[[{name}]]"]
            elif not each or not all(_has_header(inner, here) for inner in each.values()):
                lines += ["", f"[{name}]"]
            _write(each, here, lines)


def _has_header(value: Any, path: tuple[str, ...]) -> bool:
    """Return whether a value gets a header: the file's main tables and lists of tables, not what stands in a fault."""
    if path and path[0] == "faults":
        return False
    is_list = isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)
    return (isinstance(value, dict) and len(path) < 2) or (is_list and len(path) < 2)
