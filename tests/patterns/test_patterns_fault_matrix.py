"""The fault matrix of transactions: every id has a row, every row a case, and every case that explore tries passes."""

import re
from pathlib import Path

import pytest

from chaosctl.search.attempt import Attempt, try_schedule
from chaosctl.search.points import AT_POINT, TO_MESSAGE, Harm, Place
from tests.conftest import EXPERIMENTS

PAGE = Path(__file__).parents[2] / "docs" / "fault-matrix.md"
ROW = re.compile(r"\| (\w\d\d) \| [^|]+ \| ([^|]+) \| [^|]+ \|")
CASES = re.compile(r"`([^`]+)`")

IDS = {
    *(f"x{number:02}" for number in range(1, 24)),
    *(f"m{number:02}" for number in range(1, 19)),
    *(f"t{number:02}" for number in range(1, 20)),
    *(f"o{number:02}" for number in range(1, 14)),
    *(f"s{number:02}" for number in range(1, 11)),
}
"""Those of the reference, which leaves the saga's unnumbered: those are ours."""


def rows() -> dict[str, tuple[str, str]]:
    """Return each id with its pattern and its cell of cases."""
    found = {}
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        pattern = section.splitlines()[0].strip()
        found |= {match[1]: (pattern, match[2].replace("\\", "")) for match in ROW.finditer(section)}
    return found


def cases(shipped: bool) -> list[tuple[str, str, str]]:
    """Return (id, pattern, case) of every case that is an experiment, or of every one that is a schedule."""
    of = [(key, pattern, case) for key, (pattern, cell) in rows().items() for case in CASES.findall(cell)]
    return [each for each in of if (" " not in each[2]) is shipped]


def test_every_fault_of_the_matrix_has_a_row_with_a_case_or_the_reason_why_there_is_none():
    assert rows().keys() == IDS
    assert not [key for key, (_, cell) in rows().items() if not CASES.search(cell) and not cell.startswith("none: ")]


@pytest.mark.parametrize(("key", "pattern", "case"), cases(shipped=True))
def test_an_experiment_of_the_matrix_ships_and_is_of_its_pattern(key, pattern, case):
    text = (EXPERIMENTS / f"{case}.toml").read_text(encoding="utf-8")
    assert f'pattern = "{pattern}"' in text, key


@pytest.mark.parametrize(("key", "pattern", "case"), cases(shipped=False))
def test_a_schedule_of_the_matrix_happens_and_passes(key, pattern, case):
    schedule, *refused = case.split("refused ")[::-1]
    what, _, place = schedule.partition(" ")
    text = (EXPERIMENTS / pattern / f"explore{'-refused' if refused else ''}.toml").read_text(encoding="utf-8")
    outcome = try_schedule(Attempt(text, 1, (Harm(place_of(place), what),)))
    assert what in (*AT_POINT, *TO_MESSAGE), key
    assert (outcome.verdict, outcome.missed) == ("pass", False), f"{key}: {case}: {outcome.why}"


def place_of(words: str) -> Place:
    """Return a place from its words: `n1/role.point:pre#1`, or `prepare n1->n2#1`."""
    site, _, nth = words.rpartition("#")
    if " " in site:
        name, _, ends = site.partition(" ")
        node, _, dest = ends.partition("->")
        return Place(node, name, dest, int(nth))
    node, _, name = site.partition("/")
    return Place(node, name, "", int(nth))
