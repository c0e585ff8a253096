"""No correct pattern is convicted, whichever of its variants and mutants a schedule was aimed at."""

import os

import pytest

from tests.conftest import SHIPPED_PATTERNS
from tests.mutants.hunt import aimed_texts
from tests.mutants.mutant import convictions

SEEDS = (1, 2, 3) if os.environ.get("CHAOSCTL_CONFORMANCE") else (2,)
"""Seed 1 is what the files themselves are run with elsewhere."""


@pytest.mark.slow
@pytest.mark.parametrize("pattern", SHIPPED_PATTERNS)
def test_a_correct_pattern_survives_all_that_is_aimed_at_its_variants_and_mutants(pattern, simulate):
    convicted = {}
    for text in aimed_texts(pattern):
        for seed in SEEDS:
            run = simulate(text, seed)
            if run.violated:
                convicted[run.finished.plan.experiment.name, seed] = (convictions(run.finished.verdict), run.why)
    assert not convicted
