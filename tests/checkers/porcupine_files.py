"""Reads the recorded histories of ../shared/histories/porcupine: Jepsen's logs of etcd, and key-value logs as EDN."""

import re
from pathlib import Path

from chaosctl.history.records import Operation

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "histories" / "porcupine"

_ETCD = re.compile(r"INFO\s+jepsen\.util - (\d+)\s+:(\w+)\s+:(\w+)\s+(.*)")
_STORE = re.compile(r'\{:process (\d+), :type :(\w+), :f :(\w+), :key "(.*)", :value (?:"(.*)"|nil)\}')


def read_history(path: Path) -> list[Operation]:
    return (_etcd if path.suffix == ".log" else _store)(path)


def verdicts() -> list[tuple[str, bool]]:
    """Return each file's name and whether Porcupine finds it linearizable."""
    lines = (FOLDER / "verdicts.tsv").read_text().splitlines()[1:]
    return [(line.split("\t")[0], line.split("\t")[2] == "linearizable") for line in lines]


def _etcd(path: Path) -> list[Operation]:
    rows = []
    for line in path.read_text().splitlines():
        found = _ETCD.match(line)
        if found is None:
            continue
        process, kind, f, text = found.groups()
        numbers = [int(number) for number in re.findall(r"-?\d+", text)]
        value = numbers if f == "cas" else (numbers[0] if numbers else None)
        # A completion that says `:timed-out` in the value's place: what was asked stands in the invocation.
        rows.append(Operation(index=len(rows), time=len(rows), process=int(process), type=kind, f=f, value=value))
    return rows


def _store(path: Path) -> list[Operation]:
    rows = []
    for line in path.read_text().splitlines():
        found = _STORE.fullmatch(line.strip())
        assert found, line
        process, kind, f, key, value = found.groups()
        rows.append(
            Operation(index=len(rows), time=len(rows), process=int(process), type=kind, f=f, value=[key, value])
        )
    return rows
