"""Where every key and value of a valid TOML text stands, because no parser tells.

The text has been parsed by tomli already, so this scanner only has to find its way, not to judge: it knows keys, table
headers, arrays of tables, inline tables, arrays and the four kinds of strings (TOML 1.0, and 1.1's newlines in inline
tables). The caller bounds the nesting.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY_PART = re.compile(r'[ \t]*("(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|[A-Za-z0-9_-]+)[ \t]*')
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""+|\'\'\'.*?\'\'\'+|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}#\n]*")


class Span(NamedTuple):
    """A piece of one line: line and column count from 1, `width` is in characters."""

    line: int
    column: int
    width: int


@dataclass
class Positions:
    """Spans by path: of keys (for a table: its header), and of values (only where they are written after a `=`)."""

    keys: dict[Path, Span] = field(default_factory=dict)
    values: dict[Path, Span] = field(default_factory=dict)


def locate(text: str) -> Positions:
    """Return the positions of a TOML text that tomli has accepted."""
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.scan()
    return scanner.found


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.found = Positions()
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.tables_in: dict[Path, int] = {}

    def scan(self) -> None:
        table: Path = ()
        self.skip_blank()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip_blank()

    def header(self) -> Path:
        """Read `[a.b]` or `[[a.b]]` and return the path of the table that it opens."""
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        start = self.at
        self.at += brackets
        table: Path = ()
        parts = self.key()
        for number, part in enumerate(parts):
            table = (*table, part)
            if number == len(parts) - 1 and brackets == 2:
                self.tables_in[table] = self.tables_in.get(table, 0) + 1
            self.found.keys.setdefault(table, self.span(start, self.at + brackets))
            if table in self.tables_in:
                table = (*table, self.tables_in[table] - 1)
        self.at += brackets
        self.found.keys[table] = self.span(start, self.at)
        return table

    def pair(self, table: Path) -> None:
        """Read `a.b = value` inside a table."""
        start = self.at
        path = table
        for part in self.key():
            path = (*path, part)
            self.found.keys.setdefault(path, self.span(start, start + len(self.text[start : self.at].rstrip())))
        self.at += 1  # The equals sign.
        self.skip_blank()
        self.value(path)

    def key(self) -> list[str]:
        """Read a dotted key and return its parts."""
        parts = []
        while match := _KEY_PART.match(self.text, self.at):
            parts.append(_unquoted(match[1]))
            self.at = match.end()
            if self.text[self.at] != ".":
                break
            self.at += 1
        return parts

    def value(self, path: Path) -> None:
        """Read a value of any kind and note where it stands."""
        start = self.at
        opening = self.text[self.at]
        if opening == "[":
            self.entries("]", path)
        elif opening == "{":
            self.entries("}", path)
        else:
            match = _STRING.match(self.text, self.at) or _BARE.match(self.text, self.at)
            assert match is not None, "a bare value may be empty, so the second pattern always matches"
            self.at += len(match[0].rstrip())
        self.found.values[path] = self.span(start, self.at)

    def entries(self, closing: str, path: Path) -> None:
        """Read the entries of an array, or the pairs of an inline table, up to the closing bracket."""
        self.at += 1
        number = 0
        self.skip_blank()
        while self.text[self.at] != closing:
            if closing == "]":
                self.value((*path, number))
            else:
                self.pair(path)
            number += 1
            self.skip_blank()
            if self.text[self.at] == ",":
                self.at += 1
                self.skip_blank()
        self.at += 1

    def skip_blank(self) -> None:
        match = _BLANK.match(self.text, self.at)
        assert match is not None, "the pattern matches the empty string"
        self.at = match.end()

    def span(self, start: int, end: int) -> Span:
        """Return the span of the text from start to end, as far as it is on the first line."""
        line = bisect_right(self.line_starts, start)
        line_start = self.line_starts[line - 1]
        line_end = self.line_starts[line] - 1 if line < len(self.line_starts) else len(self.text)
        return Span(line, start - line_start + 1, max(1, min(end, line_end) - start))


def _unquoted(part: str) -> str:
    """Return a key's part as the parser sees it; one with escapes is the parser's business."""
    if part[0] == "'" or (part[0] == '"' and "\\" not in part):
        return part[1:-1]
    if part[0] == '"':
        import tomli  # noqa: PLC0415 - only for the rare key that needs it

        return next(iter(tomli.loads(f"{part} = 0")))
    return part
