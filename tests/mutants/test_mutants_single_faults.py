"""The table of the fault matrix's page: each variant and mutant convicted by the single fault that its row names."""

import re

import pytest

from chaosctl.search.attempt import prepared
from chaosctl.search.points import Harm
from tests.mutants.mutant import EXPERIMENTS
from tests.mutants.single_faults import (
    HEADING,
    NO_FAULT,
    PAGE,
    PATTERNS,
    attempt,
    explored_files,
    name_of,
    transactions,
)
from tests.patterns.test_patterns_fault_matrix import place_of

ROW = re.compile(r"\| `([\w.-]+)` \| `([\w/-]+)` \| (?:`([\w-]+) ([^`]+)`|([^|`]+)) \| ([\w, -]+) \|")
SUBJECTS = {name_of(each): each for each in transactions()}
ROWS = [match.groups() for match in ROW.finditer(PAGE.read_text(encoding="utf-8").partition(HEADING)[2])]
FIRST_OPERATION = 0.01
"""Seconds into the load."""


def test_every_variant_and_mutant_of_the_transactions_has_a_row():
    assert sorted(row[0] for row in ROWS) == sorted(SUBJECTS)
    assert len(ROWS) >= 30


@pytest.mark.parametrize("experiment", [each for pattern in PATTERNS for each in explored_files(pattern)])
def test_what_comes_late_comes_while_the_checks_still_look(experiment):
    of, _, patience = prepared((EXPERIMENTS / f"{experiment}.toml").read_text(encoding="utf-8"))
    assert patience.late < of.duration - FIRST_OPERATION


@pytest.mark.parametrize(("name", "experiment", "what", "place", "words", "checks"), ROWS)
def test_the_fault_of_a_row_convicts_its_variant_or_mutant(name, experiment, what, place, words, checks):
    harm = Harm(place_of(place), what) if what else None
    outcome = attempt(experiment, harm, SUBJECTS[name])
    assert set(checks.split(", ")) <= set(outcome.violated), outcome.why
    assert not outcome.missed
    assert harm is not None or words == NO_FAULT
