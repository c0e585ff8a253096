"""How every benchmark here measures: peers in one run, rounds interleaved, medians with their spread, stated bounds.

A ratio compares two things that the same machine did in the same minute; the spread says how noisy that minute was.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A line of the table: a measured value, or a ratio with the bound it is held to."""

    what: str
    value: float
    unit: str = ""
    spread: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the value is within its bound; a value without one always is."""
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    def __str__(self) -> str:
        """Return the line of the table."""
        bound = ""
        if self.at_most is not None:
            bound = f"at most {self.at_most:.3g}"
        elif self.at_least is not None:
            bound = f"at least {self.at_least:.3g}"
        verdict = f"  {bound}: {'holds' if self.holds else 'DOES NOT HOLD'}" if bound else ""
        return f"{self.what:<58} {self.value:>12,.3f} {self.unit:<6} {self.spread}{verdict}".rstrip()


def interleave(rounds: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Return each measure's values: one of each a round, so that a slow minute slows all of them."""
    values: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        for measure, seen in zip(measures, values, strict=True):
            seen.append(measure())
    return values


def median_row(what: str, values: Sequence[float], unit: str) -> Row:
    """Return the median, with the least and the greatest value as spread."""
    return Row(what, statistics.median(values), unit, f"({min(values):,.1f} to {max(values):,.1f}, n={len(values)})")


def ratios(values: Sequence[float], peers: Sequence[float]) -> float:
    """Return the median over the rounds of value / peer."""
    return statistics.median(value / peer for value, peer in zip(values, peers, strict=True))


def options(description: str, *, rounds: int) -> argparse.Namespace:
    """Read the command line that all benchmarks share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="exit 1 where a bound does not hold")
    parser.add_argument("--rounds", type=int, default=rounds, help="interleaved rounds (default %(default)s)")
    parser.add_argument("--profile", action="store_true", help="show where the time goes, where the script can")
    return parser.parse_args()


def conclude(rows: Sequence[Row], *, check: bool) -> None:
    """Print the table; with `check` end with status 1 where a bound does not hold."""
    for row in rows:
        print(row)
    if check and not all(row.holds for row in rows):
        sys.exit(1)
