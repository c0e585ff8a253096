"""Every single fault at every place that a run passes, and (pairs) every second fault after a first.

The experiment runs once without faults, all points told. Each place of that run, with each thing that may happen there,
is a schedule; the second fault of a pair is drawn from the run with the first, so that recovery is tried too. A pair is
tried once, in whichever order, and only where neither fault convicts alone. A schedule is an experiment of its own: its
file runs again to the same verdict. Thresholds are left out: a figure of one schedule means nothing.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

from chaosctl.errors import ExitCode
from chaosctl.experiment.dump import dump
from chaosctl.experiment.model import Experiment
from chaosctl.history.folder import safe_name
from chaosctl.node.seeds import stream
from chaosctl.search.attempt import Attempt, Outcome, prepared, try_schedule
from chaosctl.search.points import Harm, Patience, Place, harms_at, scheduled, words_of
from chaosctl.search.pool import Died, Pool

FILES_AT_MOST = 100
"""So many convictions, the shortest, get a file each."""

UNKNOWN_AT_MOST = 0.05
"""Where a larger share of schedules has no verdict, though their faults happened, nothing is proven."""

Harms = tuple[Harm, ...]


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


@dataclass
class Coverage:
    """How many schedules there are of a kind, and how many were tried."""

    tried: int = 0
    total: int = 0


@dataclass(frozen=True)
class Conviction:
    """A schedule that violates something."""

    harms: Harms
    violated: tuple[str, ...]
    why: str


@dataclass
class Exploration:
    """What was seen so far. `sites`: place, whichever time it is, to (schedules with a fault there, convictions).

    `text` is the experiment without faults. `unknown` counts, by reason, the schedules without a verdict whose faults
    did happen, `missed` those of which a fault did not.
    """

    experiment: Experiment
    seed: int
    text: str
    patience: Patience
    baseline: Outcome
    singles: Coverage = field(default_factory=Coverage)
    pairs: Coverage = field(default_factory=Coverage)
    held: int = 0
    missed: int = 0
    convictions: list[Conviction] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    died: list[str] = field(default_factory=list)
    sites: dict[str, tuple[int, int]] = field(default_factory=dict)
    settled: set[Harm] = field(default_factory=set)
    wall_s: float = 0.0
    is_interrupted: bool = False

    @property
    def tried(self) -> int:
        """How many schedules were tried."""
        return self.singles.tried + self.pairs.tried

    @property
    def exit_code(self) -> ExitCode:
        """What the process says: a conviction regresses, unless the experiment is there to be convicted of it."""
        if self.is_interrupted:
            return ExitCode.INTERRUPTED
        if self.died:
            return ExitCode.RUN_BROKE
        found = [each.violated for each in self.convictions]
        found += [self.baseline.violated] if self.baseline.violated else []
        expect = self.experiment.expect
        if expect.verdict == "fail":
            proven = any(set(expect.violates) <= set(violated) for violated in found)
            return ExitCode.PASSED if proven else ExitCode.REGRESSED
        if found:
            return ExitCode.REGRESSED
        unknown = sum(self.unknown.values())
        is_proven = self.held and unknown <= UNKNOWN_AT_MOST * self.tried
        return ExitCode.PASSED if is_proven else ExitCode.UNKNOWN

    def take(self, harms: Harms, outcome: Outcome | Died) -> None:
        """Count what became of a schedule."""
        coverage = self.singles if len(harms) == 1 else self.pairs
        coverage.tried += 1
        is_convicted = isinstance(outcome, Outcome) and outcome.verdict == "fail"
        for site in {harm.place.site for harm in harms}:
            tried, convicted = self.sites.get(site, (0, 0))
            self.sites[site] = tried + 1, convicted + is_convicted
        if isinstance(outcome, Died):
            self.died.append(f"{words_of(harms, self.patience)}: {outcome}")
        elif is_convicted:
            self.convictions.append(Conviction(harms, outcome.violated, outcome.why))
        elif outcome.missed:
            self.missed += 1
        elif outcome.verdict == "unknown":
            self.unknown[outcome.why] += 1
        else:
            self.held += 1
        if len(harms) == 1 and (is_convicted or isinstance(outcome, Died) or outcome.missed):
            self.settled.update(harms)  # No second fault makes this one more interesting.


def explore(
    experiment: Experiment,
    seed: int,
    breadth: Breadth,
    workers: Workers,
    progress: Callable[[Exploration], None] = lambda _: None,
) -> Exploration:
    """Try all that the breadth allows and return what was seen; Ctrl-C (KeyboardInterrupt) ends it in order."""
    expect = experiment.expect.model_copy(update={"thresholds": []})
    text = dump(experiment.model_copy(update={"faults": [], "expect": expect, "seed": seed}))
    bare, _, patience = prepared(text)
    baseline = try_schedule(Attempt(text, seed, (), breadth.occurrences))
    done = Exploration(bare, seed, text, patience, baseline)
    if baseline.verdict == "pass":
        try:
            _Search(done, breadth, workers, progress).go()
        except KeyboardInterrupt:
            done.is_interrupted = True
        order = {place: number for number, (_, place) in enumerate(baseline.places)}
        done.convictions.sort(key=lambda each: _length(each.harms, order))
    return done


def write_files(done: Exploration, results: Path) -> dict[Harms, Path]:
    """Write the shortest convictions as experiments below `results`, in place of an earlier exploration's."""
    folder = results / safe_name(done.experiment.name) / "explore"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("[0-9][0-9][0-9]-*.toml"):
        old.unlink()
    written = {}
    for number, conviction in enumerate(done.convictions[:FILES_AT_MOST], 1):
        harms = conviction.harms
        path = folder / f"{number:03}-{safe_name('-'.join(map(str, harms)))}.toml"
        description = f"Found by explore: {words_of(harms, done.patience)}. {conviction.why}."
        found = scheduled(done.experiment, harms, done.patience).model_copy(update={"description": description})
        path.write_text(dump(found), encoding="utf-8")
        written[harms] = path
    return written


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
        singles = [(harm,) for _, place in done.baseline.places for harm in harms_at(place)]
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
        """Return all pairs, in an order that the seed draws: a search that is cut short has looked everywhere."""
        reached = {place: time_ns for time_ns, place in self._done.baseline.places}
        pairs: dict[frozenset[Harm], Harms] = {}
        for (first,), outcome in self._run([(first,) for first in firsts], told=self._breadth.occurrences):
            if isinstance(outcome, Outcome):
                for second in _seconds(first, outcome.places, reached[first.place]):
                    if second not in self._done.settled:
                        key = frozenset((first, second))
                        pairs[key] = min(pairs.get(key, (first, second)), (first, second))
        ordered = sorted(pairs.values())  # What the workers return comes in any order.
        stream(self._done.seed, "explore").shuffle(ordered)
        return ordered


def _seconds(first: Harm, places: Sequence[tuple[int, Place]], since_ns: int) -> Iterator[Harm]:
    """Yield every fault that may follow the first: after it in the trace, where that tells the order of an instant."""
    known = next((number for number, (_, place) in enumerate(places) if place == first.place), -1)
    begin = 0 if first.place.dest else known + 1  # Of points the order is known, of messages only the time.
    for time_ns, place in places[begin:]:
        if time_ns >= since_ns and place != first.place:
            yield from harms_at(place)


def _length(harms: Harms, order: dict[Place, int]) -> tuple[int, list[int], Harms]:
    """Return what makes a schedule short: few faults, then early ones."""
    return len(harms), [order.get(harm.place, len(order)) for harm in harms], harms
