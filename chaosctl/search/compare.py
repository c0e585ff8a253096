"""Several experiments through the same seeds, to be put side by side.

In simulation all cores work. On processes one run goes on at a time and the columns take turns (A B A B), so that a
machine that grows slow is slow for all of them.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chaosctl.errors import ExitCode, RunBroke
from chaosctl.experiment.dump import dump
from chaosctl.experiment.model import Experiment
from chaosctl.history.folder import create, safe_name
from chaosctl.runtimes.run import Finished, run_in_simulation, run_on_processes
from chaosctl.search.pool import Died, Pool
from chaosctl.search.sweep import Search, Sweep
from chaosctl.search.trial import BROKEN, Result, Trial, flat, plan_of


@dataclass(frozen=True)
class Job:
    """One seed of one column, the experiment as TOML."""

    column: int
    text: str
    seed: int


class Outcome(Result, kw_only=True):
    """What a job gave. `at_least` names the figures that would be larger had the run gone on; `run` is its folder.

    `checked` are the checks and limits that said pass or fail: what is not among them was not violated, nor held.
    """

    checked: tuple[str, ...] = ()
    at_least: tuple[str, ...] = ()
    run: str = ""


Outcomes = Generator[tuple[Job, Outcome | Died]]


class Column:
    """An experiment, what tells it from the others, and what its seeds have given so far."""

    def __init__(self, label: tuple[str, ...], overrides: tuple[str, ...], experiment: Experiment) -> None:
        self.label = label
        self.overrides = overrides
        self.experiment = experiment
        self.outcomes: dict[int, Outcome] = {}
        self.died: dict[int, str] = {}

    @property
    def seen(self) -> Sweep:
        """What a sweep would have to say of it: groups of failures, the exit code."""
        results: list[Result] = [self.outcomes[seed] for seed in sorted(self.outcomes)]
        return Sweep(self.experiment, Search(count=len(results)), results, self.died)


@dataclass
class Comparison:
    """The columns and the seeds that each goes through; the first column is what the others are measured by."""

    columns: list[Column]
    seeds: range
    runtime: str
    is_interrupted: bool = False

    @property
    def done(self) -> int:
        """How many runs have ended."""
        return sum(len(column.outcomes) + len(column.died) for column in self.columns)

    @property
    def exit_code(self) -> ExitCode:
        """What the process says: the worst of the columns."""
        if self.is_interrupted:
            return ExitCode.INTERRUPTED
        return ExitCode.worst([column.seen.exit_code for column in self.columns])


def new_folder(comparison: Comparison, results: Path) -> Path:
    """Make a folder for what is found, below `results`; raises RunBroke where that can't be done."""
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return create(results, "compare", comparison.seeds.start, started)


def compare(
    comparison: Comparison, run: Callable[[Iterable[Job]], Outcomes], progress: Callable[[Comparison], None]
) -> None:
    """Fill the columns. Ctrl-C (KeyboardInterrupt) ends it in order, with what was seen so far."""
    try:
        with closing(run(_jobs(comparison))) as outcomes:
            for job, outcome in outcomes:
                column = comparison.columns[job.column]
                if isinstance(outcome, Died):
                    column.died[job.seed] = outcome.how
                else:
                    column.outcomes[job.seed] = outcome
                progress(comparison)
    except KeyboardInterrupt:
        comparison.is_interrupted = True


def simulated(workers: int) -> Callable[[Iterable[Job]], Outcomes]:
    """Return what runs jobs in simulation, in so many processes, in memory."""
    return Pool(run_job, workers=workers).run


def on_processes(comparison: Comparison, folder: Path) -> Callable[[Iterable[Job]], Outcomes]:
    """Return what runs jobs on real processes one by one, each column's runs in a folder of its own below `folder`."""

    def run(jobs: Iterable[Job]) -> Outcomes:
        for job in jobs:
            results = folder / f"{job.column + 1}-{safe_name('-'.join(comparison.columns[job.column].label))}"
            try:
                finished = run_on_processes(plan_of(Trial(job.text, job.seed)), results)
            except RunBroke as error:
                yield job, _broken(job, error)
                continue
            if finished.interrupted:
                raise KeyboardInterrupt
            yield job, _outcome(job, finished)

    return run


def run_job(job: Job) -> Outcome:
    """Run one job in simulation; one that could not be carried out has the verdict BROKEN."""
    try:
        return _outcome(job, run_in_simulation(plan_of(Trial(job.text, job.seed)), None))
    except RunBroke as error:
        return _broken(job, error)


def _jobs(comparison: Comparison) -> Iterator[Job]:
    texts = [dump(column.experiment) for column in comparison.columns]
    for seed in comparison.seeds:
        for number, text in enumerate(texts):
            yield Job(number, text, seed)


def _outcome(job: Job, finished: Finished) -> Outcome:
    verdict, metrics = finished.verdict, finished.metrics
    return Outcome(
        seed=job.seed,
        verdict=verdict.verdict,
        as_expected=verdict.as_expected,
        why=verdict.why,
        violated=[name for name, check in verdict.checks.items() if check.valid == "fail"]
        + [limit.metric for limit in verdict.thresholds if limit.valid == "fail"],
        checked=(
            *(name for name, check in verdict.checks.items() if check.valid != "unknown"),
            *(limit.metric for limit in verdict.thresholds if limit.valid != "unknown"),
        ),
        figures=flat(metrics),
        at_least=tuple(name for name, figure in metrics.items() if _never_ended(figure)),
        run=str(finished.folder or ""),
    )


def _never_ended(figure: dict[str, Any]) -> bool:
    """Return whether a figure is the time up to the run's end, because what it waits for never came."""
    return any(value.get("extra", {}).get("at_least", False) for value in figure["values"])


def _broken(job: Job, error: RunBroke) -> Outcome:
    return Outcome(seed=job.seed, verdict=BROKEN, as_expected=False, why=str(error))
