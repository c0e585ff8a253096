"""Run the transaction library on real databases, and write the table of databases.md anew: each verdict, and why.

    python docs/write_databases.py               # everything: about half an hour
    python docs/write_databases.py outbox/lossy  # those whose name has this in it; written are their rows

The experiments' times are made for a store that commits in a millisecond. A server needs ten, and more while others
use the machine, so it gets every experiment in slow motion: all that is a time is SLOWER times as long (load, faults,
network, patience, defaults too) and the rate so many times less. Checks, thresholds and the expectation are the
file's. Exits with 1 where a verdict is not as its file expects.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec
import tomli

from chaosctl.catalogue import catalogue, load_pattern
from chaosctl.experiment.load import load
from chaosctl.experiment.values import duration_text, parse_duration
from chaosctl.node.pattern import DatabaseOptions, Options
from chaosctl.patterns import PATTERNS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "databases.md"
EXPERIMENTS = ROOT / "experiments"

SLOWER = 4
PACE = {
    "message-transaction/dead-letter": 1,  # Else between two operations were more than the 500 ms that must see one.
    "two-phase-commit/hot-account": 20,  # MariaDB waits for a row in whole seconds, and a vote must have the time.
    "two-phase-commit/deadlock": 1,  # How long it may be in doubt is a threshold in seconds.
}
"""How many times slower others run."""

AT_ONCE = 3
BACKENDS = ("embedded", "postgres", "mariadb")
HEADER = ("| experiment | expected | embedded | PostgreSQL | MariaDB |", "|---|---|---|---|---|")

OTHERWISE = {
    "two-phase-commit/resource-wiped": "it wipes the node's own store, and the accounts are the server's",
    "two-phase-commit/explore-slow-disk": "what is slow is the node's own store, and the accounts are the server's",
    "outbox/sender-wiped": "it wipes the node's own store, and the message table is the server's",
    "two-phase-commit/deadlock": "its 250 ms in doubt are the embedded store's; postgres-deadlock is for servers",
}
"""What is not run on servers, and why."""

DURATION = re.compile(r'"(\d+(?:\.\d+)?\s*(?:ns|us|ms|s|m|h))"')
RATE = re.compile(r"^rate = ([0-9.]+)", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """An experiment on a backend."""

    name: str
    backend: str

    @property
    def text(self) -> str:
        """Return the experiment's file."""
        return (EXPERIMENTS / f"{self.name}.toml").read_text(encoding="utf-8")

    @property
    def slower(self) -> int:
        """Return how many times slower it runs."""
        return PACE.get(self.name, SLOWER)


def names() -> list[str]:
    """Return the experiments of every pattern that has a database, but those that name a backend or a broker."""
    folders = sorted(name for name in PATTERNS if issubclass(load_pattern(name).options, DatabaseOptions))
    paths = [path for folder in folders for path in sorted((EXPERIMENTS / folder).glob("*.toml"))]
    return [f"{path.parent.name}/{path.stem}" for path in paths if not _has_a_server(path)]


def _has_a_server(path: Path) -> bool:
    options = tomli.loads(path.read_text(encoding="utf-8"))["system"].get("options", {})
    return bool(options.keys() & {"backend", "broker"})


def slowed(text: str, slower: int) -> str:
    """Return an experiment in slow motion."""
    text = DURATION.sub(lambda found: f'"{duration_text(parse_duration(found[1]) * slower)}"', text)
    return RATE.sub(lambda found: f"rate = {float(found[1]) / slower:g}", text)


def slowed_defaults(text: str, slower: int) -> Iterator[str]:
    """Yield, as --set takes them, the times that an experiment leaves to their defaults, in slow motion."""
    experiment = load(text, catalogue())
    pattern = load_pattern(experiment.system.pattern or "")
    given = tomli.loads(text)
    if experiment.grace is None:
        yield f"grace={duration_text(pattern.grace * slower)}"
    if experiment.settle is None:
        yield f"settle={duration_text(pattern.settle * slower)}"
    if "timeout" not in given["workload"]:
        yield f"workload.timeout={duration_text(experiment.workload.timeout * slower)}"
    for name, default in _times(pattern.options):
        if name not in experiment.system.options:
            yield f"system.options.{name}={duration_text(default * slower)}"


def _times(options: type[Options]) -> Iterator[tuple[str, float]]:
    for field in msgspec.structs.fields(options):
        extra = getattr(msgspec.inspect.type_info(field.type), "extra", None) or {}
        if extra.get("unit") == "seconds":
            yield field.name, field.default


def verdict(case: Case) -> tuple[str, str]:
    """Run a case; return its verdict, with what it violated, and what is to be said where that is not as expected."""
    settings = [f"system.options.backend={case.backend}", *slowed_defaults(case.text, case.slower)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "experiment.toml"
        file.write_text(slowed(case.text, case.slower), encoding="utf-8")
        words = [word for setting in settings for word in ("--set", setting)]
        command = [sys.executable, "-m", "chaosctl", "run", str(file), *words, "--json", "--results", folder]
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if not done.stdout:
        return "broke", done.stderr.strip()[-300:]
    found = json.loads(done.stdout)["verdict"]
    violated = [check for check, said in found["checks"].items() if said["valid"] == "fail"]
    said = f"{found['verdict']}: {', '.join(violated)}" if violated else found["verdict"]
    return said, "" if found["as_expected"] else "; ".join([found["why"], *found["reasons"]])


def expected(name: str) -> str:
    """Return what an experiment expects, in a few words."""
    expect = tomli.loads(Case(name, "").text).get("expect", {})
    violates = expect.get("violates", [])
    return f"{expect.get('verdict', 'pass')}{': ' if violates else ''}{', '.join(violates)}"


def rows(wanted: list[str]) -> tuple[list[str], list[str]]:
    """Return the table's rows of these experiments, and what was not as expected."""
    cases = [
        Case(name, backend) for name in wanted for backend in BACKENDS if backend == "embedded" or name not in OTHERWISE
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = dict(zip(cases, pool.map(_told, cases), strict=True))
    lines, wrong = [], []
    for name in wanted:
        cells = [found.get(Case(name, backend), ("not run", ""))[0] for backend in BACKENDS]
        lines.append(f"| {name} | {expected(name)} | {' | '.join(cells)} |")
    for case, (said, why) in found.items():
        if why:
            wrong.append(f"{case.name} on {case.backend}: {said}: {why}")
    return lines, wrong


def _told(case: Case) -> tuple[str, str]:
    found = verdict(case)
    print(f"{case.name} on {case.backend}: {': '.join(filter(None, found))}", file=sys.stderr, flush=True)
    return found


def written() -> list[str]:
    """Return the rows that stand in the page."""
    return _parts()[2].strip().splitlines()[len(HEADER) :]


def write(lines: list[str]) -> None:
    """Write these rows into the page's table; others stay."""
    before, begin, _, end, after = _parts()
    kept = {_name(line): line for line in [*written(), *lines]}
    table = "\n".join([*HEADER, *(kept[name] for name in names() if name in kept)])
    PAGE.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")


def _parts() -> list[str]:
    return re.split("(<!-- table of conformance -->|<!-- end of conformance -->)", PAGE.read_text(encoding="utf-8"))


def _name(line: str) -> str:
    return line.split("|")[1].strip()


def main() -> int:
    """Run, write, and say what was not as expected."""
    word = sys.argv[1] if sys.argv[1:] else ""
    lines, wrong = rows([name for name in names() if word in name])
    write(lines)
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
