"""Histories that others recorded, as recordings: Jepsen's EDN and its logs, Porcupine's stores, our history.jsonl.

The format is told by the first line. A row's place counts where the file has no times: a millisecond a row, so that a
picture has an axis. What a process that is no number did (Jepsen's nemesis) becomes faults.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from chaosctl.errors import BadInput, Mistake
from chaosctl.history.edn import EdnError, entries, read_all
from chaosctl.history.nemesis import Nemesis
from chaosctl.history.recording import Declared, Recording
from chaosctl.history.records import FaultRow, Operation
from chaosctl.history.rows import is_torn, read_rows

MOST_MISTAKES = 20
TYPES = ("invoke", "ok", "fail", "info")
LOG = re.compile(r"(?:INFO\s+)?(?:jepsen\.util\s+-\s+)?(:?[\w-]+)\s+:(\w+)\s+:([\w-]+)\s+(.*)")
ROW_NS = 1_000_000


@dataclass
class Imported:
    """A history as it was read. `initial` is what an object holds that nobody wrote, where the format says so."""

    format: str
    recording: Recording
    initial: Any = None
    has_times: bool = True


@dataclass(frozen=True)
class _Row:
    """A row as the file has it, and the line where it stands."""

    line: int
    process: Any
    type: Any
    f: Any
    value: Any
    time: Any = None
    error: Any = None


@dataclass
class _Reader:
    """Turns rows into operations and faults, and gathers what is wrong with them."""

    path: Path
    lines: list[str]
    operations: list[Operation] = field(default_factory=list)
    nemesis: Nemesis = field(default_factory=Nemesis)
    mistakes: list[Mistake] = field(default_factory=list)
    under_way: dict[int, str] = field(default_factory=dict)
    has_times: bool | None = None

    def take(self, row: _Row) -> None:
        """Add a row; the first one tells whether the rows have times."""
        if self.has_times is None:
            self.has_times = isinstance(row.time, int)
        if row.type not in TYPES:
            near = difflib.get_close_matches(str(row.type), TYPES, 1)
            hint = f'; did you mean "{near[0]}"?' if near else f": one of {', '.join(TYPES)}"
            self.wrong(row.line, f"type is {_shown(row.type)}{hint}")
        elif not isinstance(row.f, str) or not row.f:
            self.wrong(row.line, f"f must name the operation, and is {_shown(row.f)}")
        elif isinstance(row.process, bool) or not isinstance(row.process, int):
            if row.type != "invoke":
                self.nemesis.take(row.f, row.value, self._time(row))
        elif row.type != "invoke" and row.process not in self.under_way:
            self.wrong(row.line, f"process {row.process} completes {row.f}, and has begun nothing")
        elif row.type != "invoke" and (begun := self.under_way[row.process]) != row.f:
            self.wrong(row.line, f"process {row.process} completes {row.f}, and has begun {begun}")
        else:
            self._operation(row)

    def wrong(self, line: int, what: str, column: int = 1) -> None:
        """Note a mistake; raises BadInput with all of them when there are enough."""
        source = _printable(self.lines[line - 1] if 0 < line <= len(self.lines) else "")
        column = min(column, len(source) or 1)
        self.mistakes.append(Mistake(str(self.path), line, column, "", what, source, len(source) - column + 1))
        if len(self.mistakes) >= MOST_MISTAKES:
            raise BadInput(self.mistakes)

    def _operation(self, row: _Row) -> None:
        place = len(self.operations)
        if row.type == "invoke":
            self.under_way[row.process] = row.f
        else:
            del self.under_way[row.process]
        error = row.error if isinstance(row.error, list) or row.error is None else [row.error]
        self.operations.append(
            Operation(
                index=place,
                time=self._time(row),
                process=row.process,
                type=row.type,
                f=row.f,
                value=row.value,
                error=error,
            )
        )

    def _time(self, row: _Row) -> int:
        return row.time if self.has_times and isinstance(row.time, int) else len(self.operations) * ROW_NS


def import_history(path: Path) -> Imported:
    """Return the history in a file; raises BadInput with every line that can't be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadInput([Mistake(str(path), line, 1, "", "not text: it is not in UTF-8")]) from error
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if re.match(r'\{\s*"', first):
        return _ours(path)
    reader = _Reader(path, text.splitlines())
    if LOG.match(first):
        name, rows = "a Jepsen log", _log_rows(reader)
    elif first[:1] in ("{", "[", "(", "#", ";"):
        name, rows = "Jepsen's EDN", _edn_rows(reader, text)
    elif first:
        what = "not a history: neither Jepsen's EDN ({:process 0, :type :invoke, ...}) nor its log nor history.jsonl"
        raise BadInput([Mistake(str(path), 1, 1, "", what, _printable(first), len(_printable(first)))])
    else:
        raise BadInput(f"{path}: there is no operation in it")
    return _imported(name, reader, rows)


def _imported(name: str, reader: _Reader, rows: Iterable[tuple[_Row, bool]]) -> Imported:
    has_keys = False
    for row, has_key in rows:
        has_keys = has_keys or has_key
        reader.take(row)
    if reader.mistakes:
        raise BadInput(reader.mistakes)
    if not reader.operations:
        raise BadInput(f"{reader.path}: there is no operation in it")
    recording = Recording(_declared(reader.path, reader.operations), reader.operations, faults=reader.nemesis.faults)
    # A store whose rows have keys is Porcupine's, where what was never put is the empty text.
    return Imported(name, recording, "" if has_keys else None, bool(reader.has_times))


def _ours(path: Path) -> Imported:
    operations = list(read_rows(path, Operation))
    if not operations:
        raise BadInput(f"{path}: there is no operation in it")
    wrong = [(line, row.type) for line, row in enumerate(operations, 1) if row.type not in TYPES]
    if wrong:
        what = f"and must be one of {', '.join(TYPES)}"
        shown = [(line, f"type is {_shown(kind)}, {what}") for line, kind in wrong[:MOST_MISTAKES]]
        raise BadInput([Mistake(str(path), line, 1, "", text) for line, text in shown])
    for line, (row, following) in enumerate(pairwise(operations), 2):
        if following.index <= row.index:  # Who came first is told by it.
            what = f"index is {following.index}, after {row.index}: rows stand in the order of their indexes"
            raise BadInput([Mistake(str(path), line, 1, "", what)])
    faults = list(read_rows(path.with_name("faults.jsonl"), FaultRow))
    recording = Recording(_declared(path, operations), operations, faults=faults)
    if is_torn(path):
        recording.complete = False
        recording.notes.append(f"{path.name} was cut short in its last line")
    return Imported("history.jsonl", recording)


def _log_rows(reader: _Reader) -> Iterator[tuple[_Row, bool]]:
    for number, line in enumerate(reader.lines, 1):
        found = LOG.fullmatch(line.strip())
        if found is None:
            if line.strip():
                reader.wrong(number, "not a row of a Jepsen log: PROCESS :TYPE :OPERATION VALUE")
            continue
        process, kind, f, text = found.groups()
        try:
            values = [value for _position, value in read_all(text)]
        except EdnError as error:
            reader.wrong(number, f"the value can't be read: {error}")
            continue
        number_or_name = int(process) if process.isdecimal() else process
        yield _Row(number, number_or_name, kind, f, values[0] if values else None), False


def _edn_rows(reader: _Reader, text: str) -> Iterator[tuple[_Row, bool]]:
    line, counted = 1, 0
    try:
        for position, entry in entries(text):
            line, counted = line + text.count("\n", counted, position), position
            if not isinstance(entry, dict):
                reader.wrong(line, f"an operation is a map, and this is {_shown(entry)}")
                continue
            has_key = "key" in entry
            value = [entry["key"], entry.get("value")] if has_key else entry.get("value")
            process, kind, f = entry.get("process"), entry.get("type"), entry.get("f")
            yield _Row(line, process, kind, f, value, entry.get("time"), entry.get("error")), has_key
    except EdnError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        reader.wrong(line, f"not EDN: {error}", column)


def _declared(path: Path, operations: list[Operation]) -> Declared:
    end_ns = max(row.time for row in operations)
    return Declared(
        experiment=path.name,
        nodes=(),
        pattern="",
        placement={},
        options={},
        workload="",
        workload_options={},
        quorum=None,
        leader_event=None,
        stepped_down_event=None,
        progress=False,
        timeout=0.0,
        grace=0.0,
        load_end_ns=end_ns,
        end_ns=end_ns,
    )


def _shown(value: Any) -> str:
    return _printable(repr(value), 40)


def _printable(text: str, limit: int = 100) -> str:
    """Return foreign text on one line, what can't be printed as a question mark."""
    shown = "".join(sign if sign.isprintable() else "?" for sign in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."
