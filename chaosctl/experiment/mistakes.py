"""All that is wrong in one experiment file: where, what, and the nearest right name, in the order of the file's lines.

Nothing here decides what is wrong: reading.py, tables.py and the checks do, and say it through `add`.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence

from chaosctl.errors import BadInput, Mistake
from chaosctl.experiment.positions import Path, Positions, Span
from chaosctl.experiment.values import toml_key, toml_value

SHOWN = 100
"""A file with more mistakes than this is probably no experiment at all; the rest are counted."""

_LINE_WIDTH = 160
_LONGEST_KEY = 60


class Mistakes:
    """The mistakes of one file; `add` finds where a path stands and shows that line."""

    def __init__(self, file: str, text: str = "") -> None:
        self.file = file
        self.lines = text.replace("\r\n", "\n").split("\n")
        self.positions = Positions()
        self.overridden: Mapping[Path, str] = {}
        self.misspelt: dict[Path, str] = {}
        """The path that a misspelt key should have had, and how the file writes the key."""
        self._found: list[Mistake] = []
        self._paths: set[Path] = set()
        self._above: set[Path] = set()

    def __len__(self) -> int:
        return len(self._found)

    def add(self, path: Path, what: str, *, at_key: bool = False) -> None:
        """Note a mistake at a path: at its value, or at its key where `at_key` (or at the nearest table around it)."""
        self._found.append(self._placed(path, what, at_key=at_key))
        if path:
            self._paths.add(path)
            self._above.update(path[:length] for length in range(1, len(path)))

    def add_at(self, span: Span, what: str) -> None:
        """Note a mistake at a place of the text, whatever it may be there."""
        self._found.append(self._at(span, "", what))

    def touches(self, *path: str | int) -> bool:
        """Return whether something was found at this path, above it or below it: what follows from that is no news."""
        return path in self._above or any(path[:length] in self._paths for length in range(1, len(path) + 1))

    def raise_if_any(self) -> None:
        """Raise BadInput with all mistakes in the order of the file's lines."""
        if not self._found:
            return
        mistakes = sorted(self._found, key=lambda each: (each.line, each.column))
        mistakes = list(dict.fromkeys(mistakes))
        if len(mistakes) > SHOWN:
            rest = Mistake(self.file, 0, 0, "", f"and {len(mistakes) - SHOWN} more mistakes")
            mistakes = [*mistakes[:SHOWN], rest]
        raise BadInput(mistakes)

    def _placed(self, path: Path, what: str, *, at_key: bool) -> Mistake:
        path = self._as_written(path)
        override = self._override(path)
        if override is not None:
            return Mistake(f"--set {override}", 0, 0, path_text(path), what)
        for length in range(len(path), 0, -1):
            named = tuple(part for part in path[:length] if isinstance(part, str))  # [faults] where it should be [[.
            span = self.positions.keys.get(path[:length]) or self.positions.keys.get(named)
            if not at_key or length < len(path):
                span = self.positions.values.get(path[:length], span)
            if span is not None:
                return self._at(span, path_text(path), what)
        return Mistake(self.file, 0, 0, path_text(path), what)

    def _as_written(self, path: Path) -> Path:
        """Return the path with misspelt keys as the file has them: there they stand."""
        return tuple(self.misspelt.get(path[: number + 1], part) for number, part in enumerate(path))

    def _override(self, path: Path) -> str | None:
        """Return the override that set this path, a table around it, or something in it that the file has not."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.overridden:
                return self.overridden[path[:length]]
        is_written = path in self.positions.keys or path in self.positions.values
        inside = [text for place, text in self.overridden.items() if path and place[: len(path)] == path]
        return inside[0] if inside and not is_written else None

    def _at(self, span: Span, path: str, what: str) -> Mistake:
        line = self.lines[span.line - 1] if span.line <= len(self.lines) else ""
        shown = "".join(char if char.isprintable() else " " for char in line)
        if span.column > _LINE_WIDTH:
            shown = ""
        width = min(span.width, max(1, _LINE_WIDTH - span.column))
        return Mistake(self.file, span.line, span.column, path, what, shown[:_LINE_WIDTH].rstrip(), width)


def path_text(path: Path) -> str:
    """Return `("faults", 1, "when", "nth")` as `faults[1].when.nth`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + toml_key(part if len(part) <= _LONGEST_KEY else part[:_LONGEST_KEY] + "...")
    return text


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name that was probably meant, or None where nothing is near."""
    plain = {_plain(name): name for name in names}
    close = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=0.6)
    if close:
        return plain[close[0]]
    parts = [name for name in plain if len(word) >= 3 and (_plain(word) in name or name in _plain(word))]
    return plain[parts[0]] if len(parts) == 1 else None


def misspelling(word: str, keys: Iterable[str]) -> str | None:
    """Return the key that seems to be this word misspelt; None where the word is there, or nothing is near."""
    keys = list(keys)
    return None if word in keys else next((key for key in keys if nearest(key, [word]) is not None), None)


def suggestion(word: str, names: Sequence[str]) -> str:
    """Return `; did you mean "x"?`, or all names where none is near and they are few, or nothing."""
    near = nearest(word, names)
    if near is not None:
        return f'; did you mean "{near}"?'
    return f"; {there_is(names)}" if 0 < len(names) <= 16 else ""


def unknown(what: str, word: str, names: Sequence[str]) -> str:
    """Return `no fault is called "partion"; did you mean "partition"?`."""
    return f"no {what} is called {toml_value(word)}" + (
        suggestion(word, names) or f" (there is no {what} at all)" * (not names)
    )


def there_is(names: Sequence[str]) -> str:
    """Return `there is only a`, or `there are a, b and c`."""
    return f"there is only {names[0]}" if len(names) == 1 else f"there are {listing(names)}"


def listing(names: Sequence[str]) -> str:
    """Return names for a sentence: `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").strip()
