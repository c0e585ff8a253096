"""No check convicts what is harmless: controls pass every aimed schedule of their pattern, and a soak."""

import pytest

from chaosctl.search.trial import Trial, run_trial
from tests.controls.table import CONTROLS
from tests.mutants.hunt import SOAKS, aimed_texts
from tests.mutants.mutant import convictions, installed

SEEDS = range(20)

every_control = pytest.mark.parametrize("control", CONTROLS, ids=str)


@every_control
def test_a_control_passes_every_schedule_that_is_aimed_at_its_pattern(control, simulate):
    with installed(control):
        for text in aimed_texts(control.pattern):
            run = simulate(text)
            assert not convictions(run.finished.verdict), (run.finished.plan.experiment.name, run.why)


@pytest.mark.slow
@every_control
def test_a_control_passes_a_soak(control):
    text = (SOAKS / f"{control.pattern}.toml").read_text(encoding="utf-8")
    with installed(control):
        results = [run_trial(Trial(text, seed, swarm=True)) for seed in SEEDS]
    assert {result.verdict for result in results} <= {"pass", "unknown"}, [result.why for result in results]
    assert sum(result.verdict == "pass" for result in results) > len(SEEDS) / 2


def test_a_control_is_no_mutant_and_comes_once():
    assert len({str(control) for control in CONTROLS}) == len(CONTROLS)
    assert not any(control.check for control in CONTROLS)
