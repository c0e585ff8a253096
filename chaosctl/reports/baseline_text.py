"""What a baseline says of today's code, in plain text: what got worse, by how much, where, and a seed to look at."""

from collections.abc import Iterator, Mapping
from typing import Any

from chaosctl.reports.symbols import Symbols
from chaosctl.reports.words import amount, plain

SHOWN = 20
"""Changes that are shown of each kind; --json has them all."""


def render(document: Mapping[str, Any], symbols: Symbols) -> str:
    """Return the text: whether anything got worse, then what, then what merely changed."""
    worse = [row for row in document["changes"] if row["is_worse"]]
    others = [row for row in document["changes"] if not row["is_worse"]]
    name = plain(document["experiment"])
    if worse:
        lines = [f"{symbols.verdicts['fail']} WORSE  {name}: {len(worse)} worse than its baseline"]
    else:
        lines = [f"{symbols.verdicts['pass']} NOT WORSE  {name}: nothing is worse than its baseline"]
    return "\n".join(
        [*lines, *_changes("worse", worse), *_changes("changed, not worse beyond what is tolerated", others)]
    )


def _changes(title: str, rows: list[Mapping[str, Any]]) -> Iterator[str]:
    if rows:
        yield f"  {title}"
    for row in rows[:SHOWN]:
        where = "" if row["phase"] == "all" else f" ({row['phase']})"
        said = plain(row["why"]) if row["why"] else _difference(row)
        yield f"    {plain(row['what'])}{where}: {said}; see --seed {row['seed']}{_of_the_seed(row)}"
    if len(rows) > SHOWN:
        yield f"    and {len(rows) - SHOWN} more: --json has them all"


def _of_the_seed(row: Mapping[str, Any]) -> str:
    before, now, unit = row["seed_before"], row["seed_now"], row["unit"]
    return "" if before is None or now is None else f" ({amount(before, unit)}, now {amount(now, unit)})"


def _difference(row: Mapping[str, Any]) -> str:
    said = _medians(row)
    if row["spread"]:
        low, high = (amount(end, row["unit"]) for end in row["spread"])
        return f"{said}, but better on some seeds, among the baseline's {low} to {high}"
    return said


def _medians(row: Mapping[str, Any]) -> str:
    before, now, unit = row["before"], row["now"], row["unit"]
    if before == now:
        return f"{amount(now, unit)} as before, but not on every seed"
    if unit == "share":
        return f"{amount(before, unit)} before, {amount(now, unit)} now ({100 * (now - before):+.2f}pp)"
    relative = f" ({100 * (now - before) / abs(before):+.1f}%)" if before else ""
    return f"{amount(before, unit)} before, {amount(now, unit)} now{relative}"
