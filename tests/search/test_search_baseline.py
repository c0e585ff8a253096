"""A baseline fails what got worse and says by how much, tells what changed, and refuses what is not its own.

The shipped experiments that have one are held against it here: what CI runs of `chaosctl run --baseline`.
"""

import json

import pytest
from typer.testing import CliRunner

from chaosctl.catalogue import catalogue
from chaosctl.cli.app import app
from chaosctl.errors import BadInput
from chaosctl.experiment.library import folder, names
from chaosctl.experiment.load import load_file
from chaosctl.reports.baseline_text import render
from chaosctl.reports.symbols import symbols_for
from chaosctl.search.baseline import Baseline, Seed, as_document, changes, here, measured, path_of, read
from tests.conftest import ASK

SHIPPED = [name for name in names() if path_of(folder() / f"{name}.toml").is_file()]


def baseline(verdict="pass", **figures):
    """Return a baseline of five seeds; a figure by name with __ for / has a value a seed."""
    named = {name.replace("__", "/").replace("_", "-"): values for name, values in figures.items()}
    seeds = {
        str(number): Seed(
            verdict=verdict,
            as_expected=verdict == "pass",
            why=f"said {verdict}",
            figures={name: values[number] for name, values in named.items() if values[number] is not None},
        )
        for number in range(5)
    }
    return Baseline(format=1, experiment="x", digest="0", platform=here(), seeds=seeds)


@pytest.mark.parametrize(
    ("figure", "before", "now", "worse"),
    [  # All seeds move alike, so that it is no chance.
        ("availability__faults", [0.9] * 5, [0.8] * 5, True),
        ("availability__faults", [0.9] * 5, [0.86] * 5, False),  # Four points: within a tolerance of five.
        ("availability__faults", [0.8] * 5, [0.9] * 5, False),  # Better.
        ("latency_p50__all", [10.0] * 5, [10.4] * 5, False),
        ("latency_p50__all", [10.0] * 5, [10.6] * 5, True),
        ("lost_updates__all", [0.0] * 5, [1.0] * 5, True),  # Of nothing there is no share: any loss is worse.
        ("latency_p50__all", [10.0] * 5, [None] * 5, True),  # What can't be measured any more is no pass.
        ("latency_p50__all", [None] * 5, [10.0] * 5, False),
    ],
)
def test_a_figure_is_worse_only_beyond_the_tolerance(figure, before, now, worse):
    (found,) = changes(baseline(**{figure: before}), baseline(**{figure: now}), tolerance=0.05)
    assert found.is_worse is worse


@pytest.mark.parametrize(
    ("now", "tolerance", "worse"),
    [
        ([7, 7, 7, 7, 7], None, False),  # Better on two seeds, and values that seeds had before: drawn anew.
        ([7, 7, 7, 7, 7], 0.05, True),  # Unless the experiment says itself how much is too much.
        ([5, 6, 8, 9, 9.4], None, True),  # No seed is better: the same draws, and worse.
    ],
)
def test_what_chance_explains_is_told_and_not_failed_where_the_experiment_names_no_tolerance(now, tolerance, worse):
    before = baseline(takeover_time__all=[5, 6, 6.5, 8, 9])
    (found,) = changes(before, baseline(takeover_time__all=now), tolerance=tolerance)
    assert found.is_worse is worse
    assert found.spread == (None if worse else (5, 9))
    said = render(as_document("x", [found]), symbols_for("utf-8"))
    assert ("better on some seeds, among the baseline's 5 s to 9 s" in said) is not worse


@pytest.mark.parametrize(("gone", "worse"), [(2, False), (3, True), (5, True)])
def test_a_figure_that_most_seeds_lost_is_worse_and_one_that_some_lost_is_told(gone, worse):
    now = [None] * gone + [1.0] * (5 - gone)
    found = changes(baseline(takeover_time__all=[1.0] * 5), baseline(takeover_time__all=now), tolerance=None)
    assert [change.is_worse for change in found] == [worse]


def test_a_change_says_by_how_much_in_which_phase_and_what_the_worst_seed_gave_before_and_now():
    before = baseline(availability__faults=[0.9] * 5)
    found = changes(before, baseline(availability__faults=[0.8, 0.8, 0.8, 0.2, 0.8]), tolerance=None)
    said = render(as_document("x", found), symbols_for("utf-8"))
    assert "availability (faults): 90% before, 80% now (-10.00pp); see --seed 3 (90%, now 20%)" in said


def test_it_names_the_phase_and_the_seed_that_shows_it_best():
    before = baseline(availability__faults=[0.9] * 5)
    (found,) = changes(before, baseline(availability__faults=[0.8, 0.8, 0.8, 0.2, 0.8]), tolerance=0.05)
    assert (found.phase, found.seed, found.before, found.now) == ("faults", 3, 0.9, 0.8)


def test_what_is_as_it_was_is_no_change():
    assert changes(baseline(latency_p50__all=[1.0] * 5), baseline(latency_p50__all=[1.0] * 5), tolerance=0) == []


@pytest.mark.parametrize("verdict", ["fail", "unknown", "broken"])
def test_a_verdict_that_was_as_expected_and_is_no_more_is_worse_and_not_the_other_way_round(verdict):
    assert all(change.is_worse for change in changes(baseline(), baseline(verdict), tolerance=1))
    assert not any(change.is_worse for change in changes(baseline(verdict), baseline(), tolerance=1))


@pytest.fixture
def chaosctl(tmp_path):
    """Return a function that runs the program on an experiment which has a baseline, made on first use."""
    file = tmp_path / "ask.toml"
    file.write_text(ASK)

    def carried_out(command, *options):
        arguments = [command, str(file), *options]
        if command != "report":
            arguments += ["--results", str(tmp_path / "results")]
        return CliRunner().invoke(app, arguments)

    return carried_out


def test_the_same_code_is_no_worse_than_its_baseline_and_a_worse_one_is_exit_1(chaosctl, tmp_path):
    assert chaosctl("report", "--save-baseline").exit_code == 0
    same = chaosctl("run", "--simulate", "--quiet", "--baseline")
    assert same.exit_code == 0
    assert "NOT WORSE" in same.stdout
    file = tmp_path / "ask.baseline.json"
    content = json.loads(file.read_text())
    for seed in content["seeds"].values():
        seed["figures"]["latency-p50/all"] /= 2
    file.write_text(json.dumps(content))
    worse = chaosctl("sweep", "--seeds", "1", "--workers", "1", "--baseline")
    assert worse.exit_code == 1
    assert "latency-p50" in worse.stdout
    assert "+100.0%" in worse.stdout


@pytest.mark.parametrize("kind", ["missing", "experiment", "platform", "format", "garbage"])
def test_a_missing_or_foreign_baseline_is_exit_2_before_anything_runs(kind, chaosctl, tmp_path):
    file = tmp_path / "ask.baseline.json"
    if kind != "missing":
        assert chaosctl("report", "--save-baseline").exit_code == 0
        content = json.loads(file.read_text())
        wrong = {"experiment": ("digest", "0"), "platform": ("platform", {"system": "Plan9"}), "format": ("format", 9)}
        file.write_text("{" if kind == "garbage" else json.dumps(content | dict([wrong[kind]])))
    refused = chaosctl("run", "--simulate", "--baseline").exception
    assert isinstance(refused, BadInput)  # Which main() makes exit 2 of.
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_experiment_is_no_worse_than_its_baseline(name):
    file = folder() / f"{name}.toml"
    experiment = load_file(file, catalogue())
    now = measured(experiment, workers=2)
    found = changes(read(path_of(file), experiment), now, experiment.expect.tolerance)
    assert [change for change in found if change.is_worse] == [], f"chaosctl run --simulate --baseline {name}"


def test_an_experiment_of_nearly_every_pattern_has_a_baseline():
    assert len(SHIPPED) >= 20
