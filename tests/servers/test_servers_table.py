"""The table of docs/databases.md has every experiment of the library that runs on servers, each as its file expects."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

import write_databases

from chaosctl.catalogue import catalogue
from chaosctl.experiment.load import load

ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in write_databases.written()]


def test_the_table_names_experiments_of_the_transaction_patterns_in_the_library_s_order():
    rows = [row[0] for row in ROWS]
    assert len(rows) >= 90
    assert rows == [name for name in write_databases.names() if name in rows], "make databases"


@pytest.mark.skipif(not os.environ.get("CHAOSCTL_CONFORMANCE"), reason="a new one takes a minute of servers to try")
def test_the_table_has_every_experiment_of_the_transaction_patterns():
    assert [row[0] for row in ROWS] == write_databases.names(), "make databases"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_an_experiment_ended_on_every_backend_as_its_file_expects(row):
    name, expected, embedded, *servers = row
    assert expected == write_databases.expected(name), "make databases"
    assert servers == ["not run"] * 2 if name in write_databases.OTHERWISE else "not run" not in servers
    for found in {embedded, *servers} - {"not run"}:
        verdict, _, violated = found.partition(": ")
        wanted, _, named = expected.partition(": ")
        assert verdict == wanted
        assert set(filter(None, named.split(", "))) <= set(violated.split(", "))


def test_what_is_not_run_on_servers_is_an_experiment_of_the_library():
    assert {*write_databases.OTHERWISE, *write_databases.PACE} <= set(write_databases.names())


def test_slow_motion_changes_times_and_the_rate_and_nothing_else():
    case = write_databases.Case("two-phase-commit/partition", "embedded")
    usual, slow = (load(text, catalogue()) for text in (case.text, write_databases.slowed(case.text, 4)))
    assert (slow.duration, slow.workload.rate) == (usual.duration * 4, usual.workload.rate / 4)
    assert slow.faults[0].at.low == usual.faults[0].at.low * 4
    assert (slow.expect, slow.seed, slow.faults[0].groups) == (usual.expect, usual.seed, usual.faults[0].groups)
    assert "system.options.vote_timeout=400ms" in list(write_databases.slowed_defaults(case.text, 4))
