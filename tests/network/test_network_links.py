"""The pure core: properties of delivery times that hold for any link and any seed."""

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as some

from chaosctl.experiment.model import Exponential, Uniform
from chaosctl.network.effects import Effect
from chaosctl.network.latency import sampler
from chaosctl.network.links import Imposition, Letter, Link, deliveries

LATENCY = sampler(Exponential.model_validate({"mean": "2ms"}))
LATE = Uniform.model_validate({"min": "5ms", "max": "10ms"})
probabilities = some.floats(0, 1)
times_ns = some.integers(0, 10**12)
seeds = some.integers(0, 2**32)


def letter(size: int = 100) -> Letter:
    return Letter(1, "n1", "n2", "accept", size)


def imposed(**keys: object) -> Imposition:
    return Imposition.of(Effect(0, lambda *_: True, **keys))  # type: ignore[arg-type]  # Tests name keys freely.


@given(times_ns, probabilities, probabilities, seeds)
def test_a_letter_is_never_delivered_before_it_was_sent(now: int, loss: float, duplicate: float, seed: int) -> None:
    assert all(time >= now for time in deliveries(now, Link(LATENCY, loss, duplicate), Random(seed)))


@given(times_ns, probabilities, seeds)
def test_a_link_that_loses_everything_delivers_nothing(now: int, duplicate: float, seed: int) -> None:
    assert deliveries(now, Link(LATENCY, 1.0, duplicate), Random(seed)) == []


@given(times_ns, seeds)
def test_a_link_that_doubles_everything_delivers_twice(now: int, seed: int) -> None:
    assert len(deliveries(now, Link(LATENCY, 0.0, 1.0), Random(seed))) == 2


@given(times_ns, probabilities, probabilities, seeds)
def test_the_same_seed_gives_the_same_deliveries(now: int, loss: float, duplicate: float, seed: int) -> None:
    link = Link(LATENCY, loss, duplicate)
    assert deliveries(now, link, Random(seed)) == deliveries(now, link, Random(seed))


@given(probabilities, probabilities, probabilities, seeds)
def test_an_effect_never_makes_a_delivery_earlier(loss: float, duplicate: float, reorder: float, seed: int) -> None:
    imposition = imposed(loss=loss, duplicate=duplicate, reorder=reorder, delay=LATE, bandwidth=1e6)
    times = imposition.worsen([1_500], 1_000, letter(), Link(LATENCY), Random(seed))
    assert all(time >= 1_000 for time in times)
    assert not times or times[0] >= 1_500


@given(some.lists(some.tuples(some.integers(0, 10**7), some.integers(1, 5000)), min_size=1, max_size=30))
def test_a_link_never_carries_more_bytes_than_its_bandwidth_and_loses_none(sendings: list[tuple[int, int]]) -> None:
    imposition, bandwidth, random = imposed(bandwidth=1e6), 1e6, Random(1)
    now = last = 0
    for gap, size in sendings:
        now += gap
        [arrival] = imposition.worsen([now], now, letter(size), Link(LATENCY), random)
        assert arrival == max(now, last) + round(size * 1e9 / bandwidth)
        last = arrival


def test_a_reordered_letter_is_overtaken_by_the_next() -> None:
    imposition, random = imposed(reorder=0.5, delay=LATE), Random(2)
    arrivals = [
        imposition.worsen([sent + 1_000_000], sent, letter(), Link(LATENCY), random)[0]
        for sent in range(0, 100_000_000, 1_000_000)
    ]
    overtaken = sum(one > other for one, other in pairwise(arrivals))
    assert 15 < overtaken < 50


@given(some.integers(0, 5), some.integers(1, 5))
def test_an_effect_hurts_as_many_as_its_limit_after_those_it_skips(skip: int, limit: int) -> None:
    imposition = imposed(skip=skip, limit=limit)
    assert [imposition.takes(letter()) for _ in range(12)] == [skip <= n < skip + limit for n in range(12)]
