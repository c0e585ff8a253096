"""The tables in the README are what `chaosctl compare` says today: who is compared, by what, and with which verdict."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

import write_tables

STALE = "the table is stale: python docs/write_tables.py"


@pytest.mark.slow
@pytest.mark.parametrize("folder", write_tables.TABLES)
def test_a_table_of_the_readme_has_the_columns_rows_and_verdicts_of_today(folder):
    """`make conformance` compares every number as well, which takes all the seeds."""
    all_seeds = bool(os.environ.get("CHAOSCTL_CONFORMANCE"))
    today, written = write_tables.table(folder, write_tables.SEEDS if all_seeds else 1), write_tables.written(folder)
    if all_seeds:
        assert written == today, STALE
    assert written[:3] == today[:3], STALE
    assert [line.split("|")[1] for line in written] == [line.split("|")[1] for line in today], STALE
