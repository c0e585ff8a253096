"""Write the tables of the README and of findings.md anew: shipped comparisons, measured in simulation.

    python docs/write_tables.py              # all
    python docs/write_tables.py elections    # those of findings.md whose command has this word in it

A table of findings.md needs no line here: it is a command, and below it the rows, each what it says and where it is
found, `label | figure/phase/slice`; the table between the marks is written anew. tests/reports/test_reports_tables.py
says when it is time to.
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chaosctl.reports.words import amount

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FINDINGS = ROOT / "docs" / "findings.md"
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
    """A table of findings.md: the command above it, the rows that it is to have, and its lines as they stand there."""

    command: str
    rows: Rows
    lines: tuple[str, ...]

    @property
    def arguments(self) -> list[str]:
        """Return the arguments of its command, files found from the root."""
        words = ["bash", "-c", f"printf '%s\\0' {self.command.removeprefix('chaosctl compare ')}"]
        return subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")[:-1]

    def today(self, *more: str) -> list[str]:
        """Return the lines that its command gives now; `more` options come last, and so count."""
        return compared([*self.arguments, *more], self.rows)


FINDING = re.compile(
    r"^    (?P<command>chaosctl compare .+)\n\n"
    r"<!-- table\n(?P<rows>(?:.+\|.+\n)+)-->\n(?P<lines>(?:\|.*\n)*)<!-- end -->$",
    re.MULTILINE,
)


def findings() -> list[Finding]:
    """Return the tables of findings.md."""
    return [_finding(found) for found in FINDING.finditer(FINDINGS.read_text(encoding="utf-8"))]


def _finding(found: re.Match[str]) -> Finding:
    rows = []
    for line in found["rows"].splitlines():
        says, _, place = line.partition("|")
        metric, phase, *slice_ = place.strip().split("/")
        rows.append((says.strip(), metric, phase, slice_))
    return Finding(found["command"], rows, tuple(found["lines"].splitlines()))


def table(folder: str, seeds: int) -> list[str]:
    """Return the lines of a folder's table of the README, medians over so many seeds."""
    files = sorted(map(str, (ROOT / "experiments" / folder).glob("*.toml")))
    return compared(["--seeds", str(seeds), *files], TABLES[folder])


def compared(arguments: Sequence[str], wanted_rows: Rows) -> list[str]:
    """Return the rows that are wanted of what `chaosctl compare` gives, as the lines of a table."""
    with TemporaryDirectory() as results:
        command = [sys.executable, "-m", "chaosctl", "compare", *arguments, "--json", "--results", results]
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if not done.stdout:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    document = json.loads(done.stdout)
    columns = document["columns"]
    rows = [["", *map(_label, columns)], ["---", *["---:"] * len(columns)]]
    rows.append(["verdict", *map(_verdict, columns)])
    for says, *wanted in wanted_rows:
        found = [f for f in document["figures"] if [f["metric"], f["phase"], f["slice"]] == wanted]
        cells = [_cell(value, found[0]["unit"]) for value in found[0]["values"]] if found else ["-"] * len(columns)
        rows.append([says, *cells])
    return [f"| {' | '.join(row)} |" for row in rows]


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


def _cell(value: dict[str, Any] | None, unit: str) -> str:
    if value is None:
        return "-"
    return ("> " if value["at_least"] else "") + amount(float(f"{value['median']:.3g}"), unit)


def write_readme() -> None:
    """Write the tables of the README anew."""
    for name in TABLES:
        before, begin, _, end, after = re.split(_marks(name), README.read_text(encoding="utf-8"))
        lines = "\n".join(table(name, SEEDS))
        README.write_text(f"{before}{begin}\n{lines}\n{end}{after}", encoding="utf-8")


def write_findings(word: str) -> None:
    """Write those tables of findings.md anew whose command has a word in it, each as soon as it is there."""
    for finding in findings():
        if word in finding.command:
            lines = finding.today()
            text = FINDINGS.read_text(encoding="utf-8")
            FINDINGS.write_text(
                FINDING.sub(lambda found, c=finding.command, t=lines: _filled(found, c, t), text), "utf-8"
            )


def _filled(found: re.Match[str], command: str, lines: Sequence[str]) -> str:
    if found["command"] != command:
        return found[0]
    head, tail = found.start("lines") - found.start(), found.end("lines") - found.start()
    return found[0][:head] + "".join(f"{line}\n" for line in lines) + found[0][tail:]


if __name__ == "__main__":
    if not sys.argv[1:]:
        write_readme()
    write_findings(sys.argv[1] if sys.argv[1:] else "")
