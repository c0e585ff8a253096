"""`--set workload.clients=16`: keys of the file replaced from the command line, before anything is checked.

The value is TOML where it parses as TOML (16, true, ["n1"], { random = ["1s", "2s"] }), else text: 50ms needs no
quotes.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import tomli

from chaosctl.errors import Mistake
from chaosctl.experiment.mistakes import path_text
from chaosctl.experiment.positions import Path

_PART = re.compile(r'(?:^|\.)(?:([A-Za-z0-9_-]+)|"([^"]+)")|\[([0-9]+)\]')


def apply_overrides(data: dict[str, Any], overrides: Sequence[str]) -> tuple[dict[Path, str], list[Mistake]]:
    """Change the data in place; return which paths were set by which text, and what is wrong with the texts."""
    applied: dict[Path, str] = {}
    mistakes: list[Mistake] = []
    for override in overrides:
        key, equals, text = override.partition("=")
        path = _parse_path(key.strip())
        if not equals or path is None:
            wrong = "must look like workload.clients=16 or faults[0].at=5s"
        else:
            wrong = _assign(data, path, _parse_value(text.strip()))
            applied[path] = override
        if wrong:
            mistakes.append(Mistake(f"--set {override}", 0, 0, "", wrong))
    return applied, mistakes


def _parse_path(text: str) -> Path | None:
    """Return `faults[0].at` as ("faults", 0, "at"); None where it is no path."""
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            return None
        parts.append(int(match[3]) if match[3] else match[1] or match[2])
        at = match.end()
    return tuple(parts) if parts and isinstance(parts[0], str) else None


def _parse_value(text: str) -> Any:
    try:
        parsed: Mapping[str, Any] = tomli.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if len(parsed) == 1 else text


def _assign(data: dict[str, Any], path: Path, value: Any) -> str:
    """Set the value at the path, making tables on the way; return what is in the way, or nothing."""
    here: Any = data
    for number, step in enumerate(path):
        way = path_text(path[:number])
        if isinstance(step, int) and not isinstance(here, list):
            return f"{way} is no list, so it has no [{step}]"
        if isinstance(step, int) and step >= len(here):
            return f"{way} has {len(here)} entries, from [0]: there is no [{step}]"
        if isinstance(step, str) and not isinstance(here, dict):
            hint = f": say which, as in {way}[0].{step}" if isinstance(here, list) else ""
            return f"{way} is no table, so it has no key {step}{hint}"
        if number == len(path) - 1:
            here[step] = value
        elif isinstance(step, str):
            here = here.setdefault(step, {})
        else:
            here = here[step]
    return ""
