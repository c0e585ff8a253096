"""Latencies: draws that agree with the mean we report, never below zero, the same for the same seed."""

from math import inf
from random import Random

import pytest

from chaosctl.experiment.model import (
    Constant,
    Exponential,
    Latency,
    Lognormal,
    Mixture,
    Normal,
    Pareto,
    Uniform,
)
from chaosctl.network.latency import mean_ns, sampler

EXPONENTIAL = Exponential.model_validate({"mean": "4ms"})
SLOW = Constant.model_validate({"mean": "100ms"})

LATENCIES = {
    "constant": (SLOW, 100e6),
    "uniform": (Uniform.model_validate({"min": "2ms", "max": "3ms"}), 2.5e6),
    "normal": (Normal.model_validate({"mean": "5ms", "deviation": "1ms"}), 5e6),
    "normal-cut-in-half": (Normal.model_validate({"mean": "0ms", "deviation": "10ms"}), 3.9894e6),
    "lognormal": (Lognormal.model_validate({"median": "2ms", "sigma": 0.5}), 2.2663e6),
    "exponential": (EXPONENTIAL, 4e6),
    "pareto": (Pareto.model_validate({"min": "1ms", "alpha": 4.0}), 1.3333e6),
    "mixture": (
        Mixture.model_validate({"of": [{"weight": 3.0, "latency": EXPONENTIAL}, {"weight": 1.0, "latency": SLOW}]}),
        28e6,
    ),
}


@pytest.mark.parametrize(("latency", "expected"), LATENCIES.values(), ids=LATENCIES.keys())
def test_a_distribution_reports_the_mean_that_it_has(latency: Latency, expected: float) -> None:
    assert mean_ns(latency) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("latency", [pair[0] for pair in LATENCIES.values()], ids=LATENCIES.keys())
def test_a_sampler_draws_around_the_reported_mean_and_never_below_zero(latency: Latency) -> None:
    draw, random = sampler(latency), Random(7)
    draws = [draw(random) for _ in range(20_000)]
    assert min(draws) >= 0
    assert sum(draws) / len(draws) * 1e9 == pytest.approx(mean_ns(latency), rel=0.04)


@pytest.mark.parametrize("latency", [pair[0] for pair in LATENCIES.values()], ids=LATENCIES.keys())
def test_a_sampler_draws_the_same_from_equal_generators_however_often_it_was_used(latency: Latency) -> None:
    draw = sampler(latency)
    draw(Random(1))  # Keeps nothing, as random.gauss would.
    one, other = Random(3), Random(3)
    assert [draw(one) for _ in range(20)] == [draw(other) for _ in range(20)]


def test_a_mixture_draws_each_part_by_its_weight() -> None:
    fast = Constant.model_validate({"mean": "1ms"})
    mixture = Mixture.model_validate({"of": [{"weight": 9.0, "latency": fast}, {"weight": 1.0, "latency": SLOW}]})
    draw, random = sampler(mixture), Random(1)
    slow = sum(draw(random) > 0.05 for _ in range(10_000))
    assert 800 < slow < 1200


def test_a_pareto_tail_without_a_mean_reports_infinity() -> None:
    assert mean_ns(Pareto.model_validate({"min": "1ms", "alpha": 1.0})) == inf
