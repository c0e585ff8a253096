"""How long a message takes: a sampler and a mean for every distribution of the experiment file.

Samplers draw in seconds from the generator they are given and keep no state (so `normalvariate`, never `gauss`, which
remembers every second draw): equal generators give equal draws.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from math import erf, exp, fsum, inf, pi, sqrt
from random import Random

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

Sampler = Callable[[Random], float]
"""Draws a delay in seconds, never below zero."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Draws nothing: the delay is always the same, and a link that knows it need not ask."""

    seconds: float

    def __call__(self, _random: Random) -> float:
        """Return the delay."""
        return self.seconds


def sampler(latency: Latency) -> Sampler:
    """Return what draws from this distribution."""
    match latency:
        case Constant(mean=mean):
            return Fixed(mean)
        case Uniform(min=low, max=high):
            return lambda random: random.uniform(low, high)
        case Mixture():
            return _mixture_sampler(latency)
    return _tailed_sampler(latency)


def mean_ns(latency: Latency) -> float:
    """Return the distribution's mean in nanoseconds; infinite for a Pareto tail with alpha up to 1."""
    return _mean(latency) * 1e9


def _tailed_sampler(latency: Latency) -> Sampler:
    match latency:
        case Normal(mean=mean, deviation=deviation):
            return lambda random: max(0.0, random.normalvariate(mean, deviation))
        case Lognormal(median=median, sigma=sigma):
            return lambda random: median * random.lognormvariate(0.0, sigma)
        case Exponential(mean=mean):
            return lambda random: mean * random.expovariate(1.0)
        case Pareto(min=low, alpha=alpha):
            return lambda random: low * random.paretovariate(alpha)
    raise ValueError(f"no distribution is called {latency.distribution!r}")


def _mixture_sampler(mixture: Mixture) -> Sampler:
    samplers = [sampler(share.latency) for share in mixture.of]
    bounds = list(accumulate(share.weight for share in mixture.of))
    last = len(samplers) - 1

    def draw(random: Random) -> float:
        chosen = bisect_right(bounds, random.random() * bounds[-1], 0, last)
        return samplers[chosen](random)

    return draw


def _mean(latency: Latency) -> float:
    match latency:
        case Constant(mean=mean) | Exponential(mean=mean):
            return mean
        case Uniform(min=low, max=high):
            return (low + high) / 2
        case Normal(mean=mean, deviation=deviation):
            return _mean_of_cut_normal(mean, deviation)
        case Lognormal(median=median, sigma=sigma):
            return median * exp(sigma**2 / 2)
        case Pareto(min=low, alpha=alpha):
            return low * alpha / (alpha - 1) if alpha > 1 else inf
        case Mixture(of=shares):
            return fsum(share.weight * _mean(share.latency) for share in shares) / fsum(s.weight for s in shares)
    raise ValueError(f"no distribution is called {latency.distribution!r}")


def _mean_of_cut_normal(mean: float, deviation: float) -> float:
    """Return the mean of a normal distribution whose negative draws count as zero."""
    if not deviation:
        return mean
    scaled = mean / deviation
    above_zero = (1 + erf(scaled / sqrt(2))) / 2
    return mean * above_zero + deviation * exp(-(scaled**2) / 2) / sqrt(2 * pi)
