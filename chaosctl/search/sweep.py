"""Many seeds of one experiment: what fails, how often, and what the absence of failures proves."""

import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Set
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol

from chaosctl.errors import ExitCode, RunBroke
from chaosctl.experiment.dump import dump
from chaosctl.experiment.model import Experiment
from chaosctl.search.pool import Died
from chaosctl.search.seeds_log import SeedsLog
from chaosctl.search.trial import BROKEN, Result, Trial, keep_trial

UNKNOWN_AT_MOST = 0.05
"""A sweep of which a larger share of seeds is unknown proves nothing."""

DEATHS_AT_MOST = 3
"""So many seeds that kill their worker, more than give a result, and the sweep is given up."""


@dataclass(frozen=True)
class Search:
    """How far a sweep goes: seeds from `first` on, `count` of them (None: without end), for `seconds` at most."""

    first: int = 0
    count: int | None = 100
    seconds: float | None = None
    until_fail: bool = False
    swarm: bool = False

    def seeds(self) -> Iterable[int]:
        """Return the seeds in order."""
        return count(self.first) if self.count is None else range(self.first, self.first + self.count)

    def has(self, seed: int) -> bool:
        """Return whether a seed is one of these."""
        return self.first <= seed and (self.count is None or seed < self.first + self.count)


class Workers(Protocol):
    """Who runs trials: a Pool on this machine, or a cluster."""

    def run(self, jobs: Iterable[Trial]) -> Generator[tuple[Trial, Result | Died]]:
        """Yield each job with its result, as they come; closing it ends what is under way."""


@dataclass
class Sweep:
    """What a sweep has seen so far; `died` says how a seed's worker died.

    The first `earlier` results are of other sittings; `failed` seeds, `simulated_s` and `wall_s` are of this one alone.
    """

    experiment: Experiment
    search: Search
    results: list[Result] = field(default_factory=list)
    died: dict[int, str] = field(default_factory=dict)
    earlier: int = 0
    failed: int = 0
    simulated_s: float = 0.0
    wall_s: float = 0.0
    is_interrupted: bool = False

    def having(self, *verdicts: str) -> list[Result]:
        """Return the results with one of these verdicts, by seed."""
        return sorted((result for result in self.results if result.verdict in verdicts), key=lambda each: each.seed)

    @property
    def has_failed(self) -> bool:
        """Return whether any seed failed, broke or killed its worker."""
        return bool(self.died) or any(map(is_bad, self.results))

    def groups(self) -> dict[str, list[Result]]:
        """Return failures by what they violate, the most frequent first."""
        grouped: dict[str, list[Result]] = {}
        for result in self.having("fail"):
            grouped.setdefault(", ".join(result.violated), []).append(result)
        return dict(sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0])))

    def rate_bound(self) -> float | None:
        """Return the failure rate that the sweep excludes with 95 % confidence; None where something failed.

        The rule of three, exactly: no failure in n seeds excludes rates above 1 - 0.05 ** (1 / n).
        """
        proven = len(self.having("pass"))
        return None if self.has_failed or not proven else -math.expm1(math.log(0.05) / proven)

    def doubts(self) -> list[str]:
        """Return why the sweep proves nothing, where it does not."""
        unknown, done = len(self.having("unknown")), len(self.results)
        doubts = []
        if not done:
            doubts.append("no seed was run to its end")
        elif unknown > UNKNOWN_AT_MOST * done and self.experiment.expect.verdict != "unknown":
            doubts.append(f"{unknown:,} of {done:,} seeds are unknown, and {UNKNOWN_AT_MOST:.0%} at most may be")
        if self.search.swarm and done:
            rare = [name for name, times in self.rare_events().items() if not any(times)]
            doubts += [f"{name} happened in no seed, and the pattern says that it must, sometimes" for name in rare]
        return doubts

    def rare_events(self) -> dict[str, list[int]]:
        """Return how often each of the pattern's rare events happened, in each seed."""
        names = dict.fromkeys(name for result in self.results for name in result.sometimes)
        return {name: [result.sometimes.get(name, 0) for result in self.results] for name in names}

    @property
    def exit_code(self) -> ExitCode:
        """What the process says: one unexpected seed regresses; a demonstration needs one that is as expected."""
        if self.is_interrupted:
            return ExitCode.INTERRUPTED
        if self.died or self.having(BROKEN):
            return ExitCode.RUN_BROKE
        if self.experiment.expect.verdict == "fail":
            if any(result.as_expected for result in self.results):
                return ExitCode.PASSED
            return ExitCode.REGRESSED if self.having("pass", "fail") else ExitCode.UNKNOWN
        if any(not result.as_expected for result in self.having("pass", "fail")):
            return ExitCode.REGRESSED
        return ExitCode.UNKNOWN if self.doubts() else ExitCode.PASSED


def sweep(
    experiment: Experiment, search: Search, workers: Workers, results: Path, progress: Callable[[Sweep], None]
) -> Sweep:
    """Run the seeds and return what was seen; what an earlier sitting left below `results` is not run again.

    Ctrl-C (KeyboardInterrupt) ends it in order. Raises RunBroke where nearly every seed kills its worker.
    """
    log = SeedsLog(results, experiment.name, dump(experiment), swarm=search.swarm)
    done = Sweep(experiment, search, [result for result in log.read() if search.has(result.seed)])
    done.earlier = len(done.results)
    if search.until_fail and done.has_failed:
        return done
    begun = time.perf_counter()
    waiting = trials(experiment, search, {result.seed for result in done.results})
    try:
        with closing(workers.run(waiting)) as outcomes:
            for trial, result in outcomes:
                done.wall_s = time.perf_counter() - begun
                _take(done, log, trial, result)
                progress(done)
                if search.until_fail and is_bad(result):
                    break
    except KeyboardInterrupt:
        done.is_interrupted = True
    return done


def keep_failures(done: Sweep, results: Path) -> dict[str, Path]:
    """Run the first seed of each group again, into a folder below `results`; return the group's name to the folder."""
    text, kept = dump(done.experiment), {}
    for name, group in done.groups().items():
        finished = keep_trial(Trial(text, group[0].seed, done.search.swarm), results)
        assert finished.folder is not None, "kept runs have folders"
        kept[name] = finished.folder
    return kept


def is_bad(result: Result | Died) -> bool:
    """Return whether this is what a sweep looks for."""
    return isinstance(result, Died) or result.verdict in ("fail", BROKEN)


def trials(experiment: Experiment, search: Search, known: Set[int] = frozenset()) -> Iterator[Trial]:
    """Yield the trials of a search, but those of known seeds, until its time is over."""
    text, begun = dump(experiment), time.perf_counter()
    for seed in search.seeds():
        if search.seconds is not None and time.perf_counter() - begun > search.seconds:
            return
        if seed not in known:
            yield Trial(text, seed, search.swarm)


def _take(done: Sweep, log: SeedsLog, trial: Trial, result: Result | Died) -> None:
    done.failed += is_bad(result)
    if isinstance(result, Result):
        done.simulated_s += result.simulated_s
        log.append(result)
        done.results.append(result)
        return
    done.died[trial.seed] = result.how
    if len(done.died) >= max(DEATHS_AT_MOST, len(done.results)):
        raise RunBroke(
            f"{done.experiment.name}: {len(done.died)} seeds killed their workers: seed {trial.seed}: {result.how}"
        )
