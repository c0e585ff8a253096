"""Every broken variant is one step changed, convicted at once by an aimed experiment that the right one passes."""

import inspect
import tomllib

import pytest

from chaosctl.catalogue import load_pattern
from chaosctl.checkers import CHECKS
from chaosctl.node.role import Role
from chaosctl.patterns import PATTERNS
from tests.conftest import EXPERIMENTS

VARIANTS = [(pattern, name) for pattern in PATTERNS for name in load_pattern(pattern).broken]

AIMED = {
    (table["system"]["pattern"], table["system"]["broken"]): (
        f"{path.parent.name}/{path.stem}",
        table["expect"]["violates"],
    )
    for path in sorted(EXPERIMENTS.rglob("*.toml"))
    if "broken" in (table := tomllib.loads(path.read_text(encoding="utf-8")))["system"]
}
"""(pattern, variant) to the experiment that is aimed at it, and the checks that it says must convict."""

every_variant = pytest.mark.parametrize(("pattern", "variant"), VARIANTS)
every_aimed = pytest.mark.parametrize(("pattern", "variant"), sorted(AIMED))


@every_variant
def test_a_broken_variant_overrides_one_step_of_a_role(pattern, variant):
    broken = load_pattern(pattern).broken[variant]
    right = [role for role in load_pattern(pattern).roles.values() if issubclass(broken, role)]
    steps = [name for name, what in vars(broken).items() if inspect.isfunction(what)]
    assert len(steps) == 1
    assert hasattr(right[0], steps[0])
    assert not hasattr(Role, steps[0])


@every_variant
def test_a_broken_variant_names_a_check_that_its_pattern_carries(pattern, variant):
    violates = load_pattern(pattern).broken[variant].violates
    assert violates in CHECKS
    assert violates in (*load_pattern(pattern).checks, "progress")


@every_variant
def test_a_broken_variant_has_an_aimed_experiment_that_names_its_check(pattern, variant):
    assert (pattern, variant) in AIMED
    assert load_pattern(pattern).broken[variant].violates in AIMED[pattern, variant][1]


@pytest.mark.slow
@every_aimed
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_broken_variant_is_convicted_whatever_the_seed(pattern, variant, seed, simulate):
    experiment, violates = AIMED[pattern, variant]
    run = simulate(experiment, seed)
    assert run.violated >= set(violates), run.why


@pytest.mark.slow
@every_aimed
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_right_pattern_survives_the_schedule_that_convicts_the_broken_one(pattern, variant, seed, simulate):
    source = (EXPERIMENTS / f"{AIMED[pattern, variant][0]}.toml").read_text(encoding="utf-8")
    run = simulate(source.replace(f'broken = "{variant}"\n', ""), seed)
    assert not run.violated, run.why
