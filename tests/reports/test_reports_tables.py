"""The tables in README, findings.md and the notes are what `chaosctl compare` says today: columns, rows, verdicts."""

import os
import shlex
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from chaosctl.catalogue import catalogue
from chaosctl.cli.app import app
from chaosctl.experiment.library import find, names
from chaosctl.experiment.load import load_file
from chaosctl.measurements import FIGURES
from chaosctl.search.variants import variants
from tests.cli.doc_commands import inline

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

import write_tables

STALE = "the table is stale: python docs/write_tables.py"
IN_FULL = bool(os.environ.get("CHAOSCTL_CONFORMANCE"))
FINDINGS = [finding for page in write_tables.PAGES for finding in write_tables.findings(page)]


@pytest.mark.slow
@pytest.mark.parametrize("folder", write_tables.TABLES)
def test_a_table_of_the_readme_has_the_columns_rows_and_verdicts_of_today(folder):
    """`make conformance` compares every number as well, which takes all the seeds."""
    today, written = write_tables.table(folder, write_tables.SEEDS if IN_FULL else 1), write_tables.written(folder)
    if IN_FULL:
        assert written == today, STALE
    assert written[:2] == today[:2], STALE
    assert [line.split("|")[1] for line in written] == [line.split("|")[1] for line in today], STALE


@pytest.mark.parametrize("page", write_tables.PAGES[:3], ids=lambda page: page.name)
def test_every_command_of_the_findings_and_notes_has_its_table_below_it(page):
    text = page.read_text(encoding="utf-8")
    found = write_tables.findings(page)
    assert len(found) == text.count("    chaosctl ") == text.count("<!-- table") >= 13
    assert "To be said" not in text
    assert [finding.command for finding in found if not finding.lines] == [], STALE


def test_every_table_of_transactions_is_written():
    found = write_tables.findings(write_tables.TRANSACTIONS)
    assert len(found) == 5
    assert all(finding.lines for finding in found), STALE


def test_the_notes_rest_on_twenty_seeds_and_say_how_far_they_are_apart_alike_in_both_languages():
    english, chinese = map(write_tables.findings, (write_tables.NOTES, write_tables.NOTES_ZH))
    assert {finding.command.split()[2:4] == ["--seeds", "20"] for finding in (*english, *chinese)} == {True}
    assert all(finding.has_ranges for finding in (*english, *chinese))
    assert [_cells(finding) for finding in english] == [_cells(finding) for finding in chinese]


def _cells(finding):
    """Return a table without its first column, which is in the page's language."""
    return [[cell.strip() for cell in line.strip("|").split("|")[1:]] for line in finding.lines]


def test_a_comparison_that_a_shipped_experiment_speaks_of_has_its_table_on_a_page():
    shown = [set(shlex.split(finding.command)) for finding in FINDINGS]
    shown += [{f"experiments/{folder}/*.toml"} for folder in write_tables.TABLES]
    elsewhere = {"transfers"}  # docs/transactions.md has these, by figures of its own.
    for name in names():
        if name.split("/")[0] not in elsewhere:
            for each in inline(load_file(find(name), catalogue()).description):
                if each.words[:2] == ["chaosctl", "compare"]:
                    named = {word for word in each.words if "/" in word}
                    assert any(named <= words for words in shown), (name, each.text)


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: f"{finding.page.stem} {finding.command}")
def test_a_table_of_the_findings_has_the_columns_and_rows_that_its_command_asks_for(finding):
    with get_command(app).commands["compare"].make_context("compare", finding.arguments) as context:
        asked = context.params
    for name in asked["experiments"]:
        load_file(find(name), catalogue())
    columns = [", ".join(column.label) for column in variants(asked["experiments"], [], asked["vary"] or [])]
    header, _, verdicts, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in finding.lines)
    assert header == ["", *columns], STALE
    assert verdicts[0] == finding.verdict
    assert [row[0] for row in rows] == [says for says, *_ in finding.rows], STALE
    assert {metric for _, metric, *_ in finding.rows} <= set(FIGURES)
    assert [row[0] for row in rows if set(row[1:]) == {"-"}] == [], "a row in which nobody has a value"


@pytest.mark.skipif(not IN_FULL, reason="all comparisons over their seeds take ten minutes: make conformance")
@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: f"{finding.page.stem} {finding.command}")
def test_a_table_of_the_findings_is_what_its_command_says_today(finding):
    assert list(finding.lines) == finding.today(), STALE
