"""The tables in the README and in docs/findings.md are what `chaosctl compare` says today: columns, rows, verdicts."""

import os
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from chaosctl.catalogue import catalogue
from chaosctl.cli.app import app
from chaosctl.experiment.library import find
from chaosctl.experiment.load import load_file
from chaosctl.measurements import FIGURES
from chaosctl.search.variants import variants

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

import write_tables

STALE = "the table is stale: python docs/write_tables.py"
IN_FULL = bool(os.environ.get("CHAOSCTL_CONFORMANCE"))
FINDINGS = write_tables.findings()


@pytest.mark.slow
@pytest.mark.parametrize("folder", write_tables.TABLES)
def test_a_table_of_the_readme_has_the_columns_rows_and_verdicts_of_today(folder):
    """`make conformance` compares every number as well, which takes all the seeds."""
    today, written = write_tables.table(folder, write_tables.SEEDS if IN_FULL else 1), write_tables.written(folder)
    if IN_FULL:
        assert written == today, STALE
    assert written[:2] == today[:2], STALE
    assert [line.split("|")[1] for line in written] == [line.split("|")[1] for line in today], STALE


def test_every_command_of_the_findings_has_its_table_below_it():
    text = write_tables.FINDINGS.read_text(encoding="utf-8")
    assert len(FINDINGS) == text.count("    chaosctl ") == text.count("<!-- table") >= 20
    assert "To be said" not in text


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: finding.command)
def test_a_table_of_the_findings_has_the_columns_and_rows_that_its_command_asks_for(finding):
    with get_command(app).commands["compare"].make_context("compare", finding.arguments) as context:
        asked = context.params
    for name in asked["experiments"]:
        load_file(find(name), catalogue())
    columns = [", ".join(column.label) for column in variants(asked["experiments"], [], asked["vary"] or [])]
    header, _, verdicts, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in finding.lines)
    assert header == ["", *columns], STALE
    assert verdicts[0] == "verdict"
    assert [row[0] for row in rows] == [says for says, *_ in finding.rows], STALE
    assert {metric for _, metric, *_ in finding.rows} <= set(FIGURES)
    assert [row[0] for row in rows if set(row[1:]) == {"-"}] == [], "a row in which nobody has a value"


@pytest.mark.skipif(not IN_FULL, reason="all comparisons over their seeds take ten minutes: make conformance")
@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: finding.command)
def test_a_table_of_the_findings_is_what_its_command_says_today(finding):
    assert list(finding.lines) == finding.today(), STALE
