"""An interval of confidence says how sure a difference is: it covers the truth, and does not see what is not there."""

import pytest

from chaosctl.node.seeds import stream
from chaosctl.search.bootstrap import interval


def drawn(seed, difference):
    """Return values of 20 seeds on two sides whose medians differ by so much, noise shared by both."""
    random = stream(seed, "test")
    shared = {number: random.gauss(0, 5) for number in range(20)}
    first = {number: 100 + noise + random.gauss(0, 1) for number, noise in shared.items()}
    return first, {number: 100 + difference + noise + random.gauss(0, 1) for number, noise in shared.items()}


@pytest.mark.parametrize("difference", [0, 8])
def test_it_covers_the_true_difference_nearly_always(difference):
    found = [interval(*drawn(seed, difference)) for seed in range(40)]
    covered = sum(low <= difference <= high for low, high in found)
    assert 34 <= covered <= 40


def test_it_leaves_zero_out_where_the_sides_really_differ():
    assert sum(low > 0 for low, _high in (interval(*drawn(seed, 8)) for seed in range(40))) >= 30


def test_the_same_values_give_the_same_interval_and_equal_ones_no_width():
    assert interval(*drawn(1, 3)) == interval(*drawn(1, 3))
    assert interval(dict.fromkeys(range(9), 2.0), dict.fromkeys(range(9), 5.0)) == (3.0, 3.0)


def test_too_few_seeds_give_none_and_a_seed_of_one_side_alone_does_not_count():
    first = {number: float(number) for number in range(8)}
    assert interval(first, dict.fromkeys(range(4), 1.0)) is None
    assert interval(first, dict.fromkeys(range(4, 20), 1.0)) is None
