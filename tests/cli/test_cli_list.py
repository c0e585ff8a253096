"""`chaosctl list`: what can be named is shown, all of it or of one kind."""

import json

import pytest
import typer
from typer.testing import CliRunner

from chaosctl.catalogue import catalogue
from chaosctl.cli.list import list_


def run(*arguments, columns=80):
    app = typer.Typer()
    app.command()(list_)
    return CliRunner().invoke(app, arguments, env={"COLUMNS": str(columns)})


def test_everything_that_an_experiment_may_name_is_listed():
    known = catalogue()
    listed = json.loads(run("--json").stdout)
    for kind in ("patterns", "workloads", "faults", "checks"):
        assert [row["name"] for row in listed[kind]] == list(getattr(known, kind))
    assert {row["name"] for row in listed["figures"]} == set(known.metrics())


@pytest.mark.parametrize("kind", ["patterns", "workloads", "faults", "checks", "figures"])
def test_every_name_has_a_text_that_says_what_it_is(kind):
    rows = json.loads(run(kind, "--json").stdout)[kind]
    assert [row["name"] for row in rows if len(row["text"]) < 20] == []


def test_one_kind_is_shown_with_what_a_file_may_say_of_it():
    shown = run("faults").stdout
    assert "restart_after" in shown
    assert "patterns:" not in shown


@pytest.mark.parametrize("columns", [60, 80])
def test_the_overview_fits_the_terminal(columns):
    assert max(len(line) for line in run(columns=columns).stdout.splitlines()) <= columns


def test_a_kind_that_is_none_is_refused():
    assert run("fauls").exit_code == 2
