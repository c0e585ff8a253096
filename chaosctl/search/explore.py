"""Every single fault at every place that a run passes, and (pairs) every second fault after a first.

The experiment runs once without faults, all points told. Each place of that run, with each thing that may happen there,
is a schedule; the second fault of a pair is drawn from the run with the first, so that recovery is tried too. A pair is
tried once, in whichever order, and only where neither fault convicts alone. A schedule is an experiment of its own: its
file runs again to the same verdict. An operator's orders are kept, thresholds left out: a figure of one schedule means
nothing.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from chaosctl.experiment.dump import dump
from chaosctl.experiment.model import Experiment
from chaosctl.node.seeds import stream
from chaosctl.search.attempt import Attempt, Outcome, prepared, try_schedule
from chaosctl.search.exploration import Exploration, Harms
from chaosctl.search.points import Harm, Place, harms_at, orders_of
from chaosctl.search.pool import Died, Pool


class Workers(Protocol):
    """Who runs attempts: a Pool, or a test's own."""

    def run(self, jobs: Iterable[Attempt]) -> Iterator[tuple[Attempt, Outcome | Died]]:
        """Yield each job with its result, as they come."""


@dataclass(frozen=True)
class Breadth:
    """How far to go: pairs too, `limit` schedules or `seconds` at most; of what recurs the first `occurrences`."""

    pairs: bool = False
    limit: int | None = None
    seconds: float | None = None
    occurrences: int = 3


def explore(
    experiment: Experiment,
    seed: int,
    breadth: Breadth,
    workers: Workers,
    progress: Callable[[Exploration], None] = lambda _: None,
) -> Exploration:
    """Try all that the breadth allows and return what was seen; Ctrl-C (KeyboardInterrupt) ends it in order."""
    expect = experiment.expect.model_copy(update={"thresholds": []})
    text = dump(experiment.model_copy(update={"faults": orders_of(experiment), "expect": expect, "seed": seed}))
    bare, _, patience = prepared(text)
    baseline = try_schedule(Attempt(text, seed, (), breadth.occurrences))
    done = Exploration(bare, seed, text, patience, baseline)
    if baseline.verdict == "pass":
        try:
            _Search(done, breadth, workers, progress).go()
        except KeyboardInterrupt:
            done.is_interrupted = True
        done.sort()
    return done


def local_workers(count: int) -> Workers:
    """Return a pool of processes on this machine."""
    return Pool(try_schedule, workers=count)


class _Search:
    """One exploration under way."""

    def __init__(
        self, done: Exploration, breadth: Breadth, workers: Workers, progress: Callable[[Exploration], None]
    ) -> None:
        self._done, self._breadth, self._workers, self._progress = done, breadth, workers, progress
        self._begun = time.perf_counter()

    def go(self) -> None:
        """Try singles, then pairs."""
        done = self._done
        singles = self._drawn([(harm,) for _, place in done.baseline.places for harm in harms_at(place)])
        done.singles.total = len(singles)
        self._try_all(singles)
        if self._breadth.pairs and not self._is_over():
            pairs = self._pairs([first for (first,) in singles if first not in done.settled])
            done.pairs.total = len(pairs)
            self._try_all(pairs)

    def _try_all(self, schedules: Iterable[Harms]) -> None:
        for harms, outcome in self._run(schedules, told=0):
            self._done.take(harms, outcome)
            self._progress(self._done)

    def _run(self, schedules: Iterable[Harms], told: int) -> Iterator[tuple[Harms, Outcome | Died]]:
        done, limit = self._done, self._breadth.limit
        left = None if limit is None or told else max(0, limit - done.tried)
        jobs = (Attempt(done.text, done.seed, harms, told) for harms in islice(schedules, left) if not self._is_over())
        with closing(self._workers.run(jobs)) as results:  # type: ignore[type-var]  # Both are generators.
            for job, outcome in results:
                done.wall_s = time.perf_counter() - self._begun
                yield job.harms, outcome

    def _is_over(self) -> bool:
        limit, seconds = self._breadth.limit, self._breadth.seconds
        is_late = seconds is not None and time.perf_counter() - self._begun > seconds
        return is_late or (limit is not None and self._done.tried >= limit)

    def _pairs(self, firsts: list[Harm]) -> list[Harms]:
        """Return every pair of faults of which the second is in the trace of a run with the first."""
        reached = {place: time_ns for time_ns, place in self._done.baseline.places}
        pairs: dict[frozenset[Harm], Harms] = {}
        for (first,), outcome in self._run([(first,) for first in firsts], told=self._breadth.occurrences):
            if isinstance(outcome, Outcome):
                for second in _seconds(first, outcome.places, reached[first.place]):
                    if second not in self._done.settled:
                        key = frozenset((first, second))
                        pairs[key] = min(pairs.get(key, (first, second)), (first, second))
        return self._drawn(pairs.values())

    def _drawn(self, schedules: Iterable[Harms]) -> list[Harms]:
        """Return schedules in an order that the seed draws: a search that is cut short has looked everywhere."""
        ordered = sorted(schedules)  # What the workers return comes in any order.
        stream(self._done.seed, "explore").shuffle(ordered)
        return ordered


def _seconds(first: Harm, places: Sequence[tuple[int, Place]], since_ns: int) -> Iterator[Harm]:
    """Yield every fault that may follow the first: after it in the trace, where that tells the order of an instant."""
    known = next((number for number, (_, place) in enumerate(places) if place == first.place), -1)
    begin = 0 if first.place.dest else known + 1  # Of points the order is known, of messages only the time.
    for time_ns, place in places[begin:]:
        if time_ns >= since_ns and place != first.place:
            yield from harms_at(place)
