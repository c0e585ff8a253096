"""Every mutant is convicted by its check under its aimed schedule, which the correct pattern passes."""

import pytest

from chaosctl.checkers import CHECKS
from chaosctl.measurements import FIGURES
from tests.mutants.hunt import Bound, Hunt, hunt, subjects
from tests.mutants.mutant import HERE, convictions, installed, schedule_text
from tests.mutants.table import CONTROLS, MUTANTS

every_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=str)
every_schedule = pytest.mark.parametrize(
    ("schedule", "overrides"), sorted({(mutant.schedule, mutant.overrides) for mutant in MUTANTS})
)

OURS = sorted(
    str(path.relative_to(HERE / "schedules").with_suffix("")) for path in (HERE / "schedules").rglob("*.toml")
)


@every_mutant
def test_a_mutant_is_convicted_by_its_check_under_its_aimed_schedule(mutant, simulate):
    with installed(mutant):
        run = simulate(mutant.text, overrides=list(mutant.overrides))
    assert mutant.check in convictions(run.finished.verdict), run.why


def test_a_hunt_begins_with_the_seed_that_the_aimed_schedule_names():
    (subject,) = (each for each in subjects() if each.name == "takes-over-twice")  # Seeds 1 to 3 show nothing.
    aimed = hunt(Hunt(subject, Bound(seeds=0, seconds=0.0))).aimed
    assert (aimed.seeds, set(subject.checks) <= set(aimed.violated)) == (1, True)


@every_schedule
def test_the_right_pattern_survives_a_schedule_that_convicts_a_mutant(schedule, overrides, simulate):
    run = simulate(schedule_text(schedule), overrides=list(overrides))
    assert not convictions(run.finished.verdict), run.why


@pytest.mark.parametrize("schedule", OURS)
def test_a_schedule_for_mutants_proves_something_of_the_right_pattern(schedule, simulate):
    assert simulate(schedule_text(schedule)).verdict == "pass"


@pytest.mark.parametrize("control", CONTROLS, ids=str)
def test_a_control_is_convicted_by_no_schedule_that_convicts_a_mutant(control, simulate):
    schedules = sorted({mutant.schedule for mutant in MUTANTS if mutant.pattern == control.pattern})
    with installed(control):
        runs = {schedule: simulate(schedule_text(schedule)) for schedule in schedules}
    convicted = {schedule: convictions(run.finished.verdict) for schedule, run in runs.items()}
    assert not {schedule: safety for schedule, names in convicted.items() if (safety := names - {"progress"})}


def test_no_row_comes_twice():
    assert len({str(mutant) for mutant in (*MUTANTS, *CONTROLS)}) == len(MUTANTS) + len(CONTROLS)


@every_mutant
def test_a_mutant_names_a_check_or_a_figure(mutant):
    assert mutant.check in CHECKS or mutant.check in FIGURES
