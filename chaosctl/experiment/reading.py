"""From a file's bytes to parsed TOML, and from a parser's complaint to a sentence that says what to write instead.

What is not TOML has exactly one mistake: a parser can't go on. So that one is explained as well as we can.
"""

import re
import stat
from pathlib import Path
from typing import Any

import tomli

from chaosctl.errors import BadInput, Mistake
from chaosctl.experiment.mistakes import Mistakes, nearest
from chaosctl.experiment.positions import Span

LARGEST = 1_000_000
"""Bytes; a real experiment has a few thousand."""

DEEPEST = 32
"""Levels of tables and lists inside each other; the model has six."""

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TUPLE = re.compile(r"\('(.*?)',?\)")
"""How tomli names a table: ('faults',) or ('system', 'roles')."""

_QUOTED_DOT = "', '"
_HEADER = re.compile(r"\s*\[\[?([^\[\]]*)\]\]?")

_SLIPS = (
    ("[\u201c\u201d\u2018\u2019]", 'those are typographic quotes: write "'),
    ("\r", "a line ends with a carriage return alone: save the file with Unix line ends"),
    (r"=\s*\[?\s*([0-9.]+\s*(?:ns|us|ms|s|m|h))\b", 'a duration stands in quotes: "{0}"'),
    (r"^\s*[\w.-]+\s*:", "TOML writes key = value, not key: value"),
    (r"=\s*True\b", "write true"),
    (r"=\s*False\b", "write false"),
    (r"=\s*(None|null|nil)\b", "TOML has no {0}: leave the key out"),
    (r"=\s*([A-Za-z][\w.-]*)\s*(?:#.*)?$", 'text stands in quotes: "{0}"'),
)
"""What people write that is not TOML, and what to say of it."""


def read_text(path: Path) -> bytes:
    """Return a file's bytes, or raise BadInput where there is none to be had."""
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            files = sorted(each.name for each in path.glob("*.toml"))
            raise BadInput(f"{path}: is a folder; name a file in it" + (f", such as {files[0]}" if files else ""))
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        near = nearest(path.name, [each.name for each in path.parent.glob("*.toml")])
        hint = f"; did you mean {path.parent / near}?" if near else ""
        raise BadInput(f"{path}: there is no such file{hint}") from None
    except OSError as error:
        raise BadInput(f"{path}: can't be read: {(error.strerror or str(error)).lower()}") from None
    except ValueError:  # A NUL in the name.
        raise BadInput(f"{str(path)!r}: is no file's name") from None


def decode(content: str | bytes, file: str) -> str:
    """Return the text without its byte order mark; raises BadInput where it is no text of ours."""
    if len(content) > LARGEST:
        raise BadInput([Mistake(file, 0, 0, "", f"is larger than {LARGEST} bytes: no experiment is")])
    text = content if isinstance(content, str) else _from_bytes(content, file)
    return text.removeprefix("\ufeff")


def _from_bytes(content: bytes, file: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInput([Mistake(file, 0, 0, "", "is UTF-16: save it as UTF-8")])
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        what = f"is not UTF-8: byte 0x{content[error.start]:02x} stands here; save the file as UTF-8"
        raise BadInput([Mistake(file, line, column, "", what)]) from None


def parse(text: str, mistakes: Mistakes) -> dict[str, Any]:
    """Return the parsed TOML; raises BadInput, with the one place where it is none."""
    if not text.strip():
        mistakes.add((), "is empty; `chaosctl new NAME --pattern PATTERN` writes a file to start from")
    try:
        data = tomli.loads(text)
    except RecursionError:
        mistakes.add((), f"has tables or lists more than {DEEPEST} levels deep")
    except ValueError as error:  # TOMLDecodeError, and what int() says of a number with thousands of digits.
        _explain(str(error), mistakes)
    else:
        if _depth(data) > DEEPEST:
            mistakes.add((), f"has tables or lists more than {DEEPEST} levels deep")
    mistakes.raise_if_any()
    return data


def _explain(complaint: str, mistakes: Mistakes) -> None:
    """Note what the parser said, where, and what was probably meant."""
    match = _PLACE.search(complaint)
    if match is None:  # Only int() complains without a place, and in words for programmers.
        mistakes.add((), "has a number of thousands of digits")
        return
    what = _TUPLE.sub(lambda key: f"[{key[1].replace(_QUOTED_DOT, '.')}]", complaint[: match.start()])
    last = max((number for number, line in enumerate(mistakes.lines, 1) if line.strip()), default=1)
    line, column = (int(match[1]), int(match[2])) if match[1] else (last, len(mistakes.lines[last - 1]) + 1)
    if line > 1 and column == 1 and not mistakes.lines[line - 1].strip():
        line, column = line - 1, len(mistakes.lines[line - 2]) + 1
    advice = _advice(what, line, column, mistakes.lines)
    mistakes.add_at(Span(line, column, 1), f"is not TOML: {what[:1].lower()}{what[1:]}{advice}")


def _advice(what: str, line: int, column: int, lines: list[str]) -> str:
    """Return how it should have been written, where the line looks like one of the usual slips."""
    text = lines[line - 1]
    if what.startswith("Cannot overwrite"):
        return _twice(text, line, lines)
    if what.startswith(("Cannot declare", "Cannot mutate")):
        return "; each table has one [header], and each entry of a list such as faults its own [[faults]]"
    for pattern, advice in _SLIPS:
        if found := re.search(pattern, text):
            return "; " + advice.format(*found.groups())
    if what.startswith(("Unclosed array", "Unclosed inline")) or column > len(text):
        return "; a bracket or a quote is not closed"
    return ""


def _twice(text: str, line: int, lines: list[str]) -> str:
    """Return where a key that is there twice was written first."""
    key = text.partition("=")[0].strip()
    for number in range(line - 1, 0, -1):
        before = lines[number - 1]
        if before.partition("=")[0].strip() == key and "=" in before:
            return f"; {key} is set in line {number} already"
        if _HEADER.match(before):
            break
    return "; this key is set already"


def _depth(data: dict[str, Any]) -> int:
    """Return how many levels of tables and lists there are, without recursion: a hostile file has thousands."""
    depth = 0
    level: list[Any] = [data]
    while level:
        depth += 1
        inside = [value for each in level for value in (each.values() if isinstance(each, dict) else each)]
        level = [value for value in inside if isinstance(value, dict | list)]
    return depth
