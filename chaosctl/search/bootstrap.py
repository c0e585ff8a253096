"""How sure a difference of two medians is: a paired bootstrap over the seeds, 95 %.

Bradley Efron, "Bootstrap Methods: Another Look at the Jackknife" (1979): draw as many seeds as there are, with
replacement, often; between the 2.5th and the 97.5th percentile of the differences lies the interval. It is paired: a
seed brings its values of both sides along, for the same seed is the same load and the same faults.
"""

from collections.abc import Mapping
from functools import lru_cache
from statistics import median

from chaosctl.node.seeds import stream

FEWEST, RESAMPLES = 5, 400
"""Fewer seeds say nothing of their spread; so many draws place the ends of an interval well enough for a table."""

SEED = 0
"""All intervals draw from this: the same values give the same interval, in any process."""


def interval(first: Mapping[int, float], other: Mapping[int, float]) -> tuple[float, float] | None:
    """Return between what the difference of the medians (other less first) lies; None where seeds are too few."""
    pairs = [(first[seed], other[seed]) for seed in sorted(other) if seed in first]
    if len(pairs) < FEWEST:
        return None
    if len(set(pairs)) == 1:
        return (pairs[0][1] - pairs[0][0],) * 2
    differences = sorted(
        median([pairs[place][1] for place in draw]) - median([pairs[place][0] for place in draw])
        for draw in _draws(len(pairs))
    )
    cut = RESAMPLES // 40
    return differences[cut], differences[-1 - cut]


@lru_cache(maxsize=64)
def _draws(count: int) -> tuple[tuple[int, ...], ...]:
    """Return places drawn with replacement, so many each time."""
    random = stream(SEED, f"bootstrap/{count}")
    return tuple(tuple(random.choices(range(count), k=count)) for _ in range(RESAMPLES))
