"""Write the tables of the README, of findings, transactions and both notes anew: shipped comparisons, in simulation.

    python docs/write_tables.py              # all
    python docs/write_tables.py elections    # those of findings.md and the notes whose command has this word in it

A table of these pages needs no line here: it is a command, and below it the rows, each what it says and where it is
found, `label | figure/phase/slice`; the table between the marks is written anew, with medians, and of `table with
ranges` with the lowest and highest of the seeds too. tests/reports/test_reports_tables.py says when it is time to.
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chaosctl.reports.words import amount

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FINDINGS, NOTES, NOTES_ZH = (ROOT / "docs" / name for name in ("findings.md", "notes.md", "notes.zh.md"))
TRANSACTIONS = ROOT / "docs" / "transactions.md"
PAGES = (FINDINGS, NOTES, NOTES_ZH, TRANSACTIONS)
SEEDS = 10

TABLES = {
    "cap": (
        ("served before the split", "availability", "before", []),
        ("served on the side of three", "availability", "faults", ["majority"]),
        ("served on the side of two", "availability", "faults", ["minority"]),
        ("answered, of all that was asked of nodes that were up", "gilbert-lynch-availability", "faults", []),
        ("served after the heal", "availability", "after", []),
        ("reads that were stale, meanwhile", "stale-reads", "faults", []),
        ("acknowledged writes lost", "lost-updates", "all", []),
        ("all copies agree again after", "convergence-time", "all", []),
        ("latency, median before", "latency-p50", "before", []),
        ("messages an operation", "messages-per-operation", "before", []),
    ),
    "transactions": (
        ("served before", "availability", "before", []),
        ("served while it was down", "availability", "faults", []),
        ("served after", "availability", "after", []),
        ("longest time in doubt", "in-doubt-time", "all", []),
        ("latency, median before", "latency-p50", "before", []),
        ("messages a transfer", "messages-per-operation", "before", []),
        ("durable writes a transfer", "syncs-per-operation", "before", []),
    ),
}
"""The rows of each folder's table: what it says, and figure, phase and slice."""


Rows = Sequence[tuple[str, str, str, list[str]]]


@dataclass(frozen=True)
class Finding:
    """A table of a page: the command above it, the rows that it is to have, and its lines as they stand there."""

    page: Path
    command: str
    rows: Rows
    has_ranges: bool
    lines: tuple[str, ...]

    @property
    def arguments(self) -> list[str]:
        """Return the arguments of its command, files found from the root."""
        words = ["bash", "-c", f"printf '%s\\0' {self.command.removeprefix('chaosctl compare ')}"]
        return subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")[:-1]

    @property
    def verdict(self) -> str:
        """Return what the page's language calls a verdict."""
        return "判定" if self.page == NOTES_ZH else "verdict"

    def today(self) -> list[str]:
        """Return the lines that its command gives now."""
        return compared(self.arguments, self.rows, self.verdict, has_ranges=self.has_ranges)


FINDING = re.compile(
    r"^    (?P<command>chaosctl compare .+)\n\n"
    r"<!-- table(?P<ranges> with ranges)?\n(?P<rows>(?:.+\|.+\n)+)-->\n(?P<lines>(?:\|.*\n)*)<!-- end -->$",
    re.MULTILINE,
)


def findings(page: Path) -> list[Finding]:
    """Return the tables of a page."""
    return [_finding(page, found) for found in FINDING.finditer(page.read_text(encoding="utf-8"))]


def _finding(page: Path, found: re.Match[str]) -> Finding:
    rows = []
    for line in found["rows"].splitlines():
        says, _, place = line.partition("|")
        metric, phase, *slice_ = place.strip().split("/")
        rows.append((says.strip(), metric, phase, slice_))
    return Finding(page, found["command"], rows, bool(found["ranges"]), tuple(found["lines"].splitlines()))


def table(folder: str, seeds: int) -> list[str]:
    """Return the lines of a folder's table of the README, medians over so many seeds."""
    files = sorted(map(str, (ROOT / "experiments" / folder).glob("*.toml")))
    return compared(["--seeds", str(seeds), *files], TABLES[folder])


def compared(
    arguments: Sequence[str], wanted_rows: Rows, verdict: str = "verdict", *, has_ranges: bool = False
) -> list[str]:
    """Return the rows that are wanted of what `chaosctl compare` gives, as the lines of a table."""
    document = _document(tuple(arguments))
    columns = document["columns"]
    rows = [["", *map(_label, columns)], ["---", *["---:"] * len(columns)]]
    rows.append([verdict, *map(_verdict, columns)])
    for says, *wanted in wanted_rows:
        found = [f for f in document["figures"] if [f["metric"], f["phase"], f["slice"]] == wanted]
        cells = (
            [_cell(value, found[0]["unit"], has_ranges) for value in found[0]["values"]]
            if found
            else ["-"] * len(columns)
        )
        rows.append([says, *cells])
    return [f"| {' | '.join(row)} |" for row in rows]


@cache
def _document(arguments: tuple[str, ...]) -> dict[str, Any]:
    """Return what a comparison says; once, where pages in two languages ask."""
    with TemporaryDirectory() as results:
        command = [sys.executable, "-m", "chaosctl", "compare", *arguments, "--json", "--results", results]
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if not done.stdout:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def written(folder: str) -> list[str]:
    """Return the lines of the table that stands in the README."""
    return re.split(_marks(folder), README.read_text(encoding="utf-8"))[2].strip().splitlines()


def _marks(folder: str) -> str:
    return f"(<!-- table of {folder} -->|<!-- end of {folder} -->)"


def _label(column: dict[str, Any]) -> str:
    return ", ".join(column["label"])


def _verdict(column: dict[str, Any]) -> str:
    seeds = sum(column["verdicts"].values())
    said = [word if number == seeds else f"{word} {number} of {seeds}" for word, number in column["verdicts"].items()]
    return ", ".join(said) + (": " if column["violated"] else "") + ", ".join(column["violated"])


def _cell(value: dict[str, Any] | None, unit: str, has_range: bool) -> str:  # noqa: FBT001 - a column of a table.
    if value is None:
        return "-"
    low, middle, high = (amount(float(f"{value[which]:.3g}"), unit) for which in ("min", "median", "max"))
    said = f"> {middle}" if value["at_least"] else middle
    return f"{said} ({low} - {high})" if has_range and low != high else said


def write_readme() -> None:
    """Write the tables of the README anew."""
    for name in TABLES:
        before, begin, _, end, after = re.split(_marks(name), README.read_text(encoding="utf-8"))
        lines = "\n".join(table(name, SEEDS))
        README.write_text(f"{before}{begin}\n{lines}\n{end}{after}", encoding="utf-8")


def write_findings(word: str) -> None:
    """Write those tables of the pages anew whose command has a word in it, each as soon as it is there."""
    for finding in (finding for page in PAGES for finding in findings(page)):
        if word in finding.command:
            lines = finding.today()
            text = finding.page.read_text(encoding="utf-8")
            filled = FINDING.sub(lambda found, c=finding.command, t=lines: _filled(found, c, t), text)
            finding.page.write_text(filled, encoding="utf-8")


def _filled(found: re.Match[str], command: str, lines: Sequence[str]) -> str:
    if found["command"] != command:
        return found[0]
    head, tail = found.start("lines") - found.start(), found.end("lines") - found.start()
    return found[0][:head] + "".join(f"{line}\n" for line in lines) + found[0][tail:]


if __name__ == "__main__":
    if not sys.argv[1:]:
        write_readme()
    write_findings(sys.argv[1] if sys.argv[1:] else "")
