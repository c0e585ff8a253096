"""Write the tables of the README anew: shipped comparisons, measured in simulation.

    python docs/write_tables.py

tests/reports/test_reports_tables.py says when it is time to.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from chaosctl.reports.words import amount

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
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


def table(folder: str, seeds: int) -> list[str]:
    """Return the lines of a folder's table, medians over so many seeds."""
    files = sorted(map(str, (ROOT / "experiments" / folder).glob("*.toml")))
    command = [sys.executable, "-m", "chaosctl", "compare", "--seeds", str(seeds), "--json", *files]
    document = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    columns = document["columns"]
    rows = [["", *(column["label"][0] for column in columns)], ["---", *["---:"] * len(columns)]]
    rows.append(["verdict", *map(_verdict, columns)])
    for says, *wanted in TABLES[folder]:
        found = next(f for f in document["figures"] if [f["metric"], f["phase"], f["slice"]] == wanted)
        rows.append([says, *(_cell(value, found["unit"]) for value in found["values"])])
    return [f"| {' | '.join(row)} |" for row in rows]


def written(folder: str) -> list[str]:
    """Return the lines of the table that stands in the README."""
    return re.split(_marks(folder), README.read_text(encoding="utf-8"))[2].strip().splitlines()


def _marks(folder: str) -> str:
    return f"(<!-- table of {folder} -->|<!-- end of {folder} -->)"


def _verdict(column: dict[str, Any]) -> str:
    return "pass" if set(column["verdicts"]) == {"pass"} else "fail: " + ", ".join(column["violated"])


def _cell(value: dict[str, Any] | None, unit: str) -> str:
    if value is None:
        return "-"
    return ("> " if value["at_least"] else "") + amount(float(f"{value['median']:.3g}"), unit)


if __name__ == "__main__":
    for name in TABLES:
        before, begin, _, end, after = re.split(_marks(name), README.read_text(encoding="utf-8"))
        lines = "\n".join(table(name, SEEDS))
        README.write_text(f"{before}{begin}\n{lines}\n{end}{after}", encoding="utf-8")
