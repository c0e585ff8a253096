"""Many seeds of one experiment: what fails, how often, and what the absence of failures proves.

Each result is on disk as it comes (seeds.jsonl), so a sweep that is interrupted goes on where it stopped.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from chaosctl.experiment.dump import dump
from chaosctl.experiment.model import Experiment
from chaosctl.search.pool import Died, Pool
from chaosctl.search.trial import Result, Trial, run_trial

SEEDS = "seeds.jsonl"


@dataclass(frozen=True)
class Search:
    """How far a sweep goes: seeds from `first` on, `count` of them, for `seconds` at most."""

    first: int = 0
    count: int = 100
    seconds: float | None = None
    until_fail: bool = False
    swarm: bool = False
    workers: int = 1
    messages_wanted: bool = True


@dataclass
class Sweep:
    """What a sweep has seen so far. `died` are seeds whose worker died; `wall_s` is of this sitting alone."""

    experiment: str
    results: list[Result] = field(default_factory=list)
    died: list[int] = field(default_factory=list)
    wall_s: float = 0.0
    continued: int = 0

    @property
    def failures(self) -> list[Result]:
        """The results that are not what the experiment expects, unknown ones left out, by seed."""
        bad = [result for result in self.results if not result.as_expected and result.verdict != "unknown"]
        return sorted(bad, key=lambda result: result.seed)

    @property
    def unknown(self) -> list[Result]:
        """The results that prove nothing, by seed."""
        return sorted((result for result in self.results if result.verdict == "unknown"), key=lambda r: r.seed)

    def groups(self) -> dict[str, list[Result]]:
        """Return failures by what they violate, the most frequent first."""
        grouped: dict[str, list[Result]] = {}
        for result in self.failures:
            grouped.setdefault(", ".join(result.violated) or f"verdict {result.verdict}", []).append(result)
        return dict(sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0])))

    def rate_bound(self) -> float | None:
        """Return the failure rate that the sweep excludes with 95 % confidence; None where something failed.

        The rule of three, exactly: no failure in n seeds excludes rates above 1 - 0.05 ** (1 / n).
        """
        proven = len(self.results) - len(self.unknown)
        if self.failures or self.died or not proven:
            return None
        return -math.expm1(math.log(0.05) / proven)


def sweep(
    experiment: Experiment,
    search: Search,
    folder: Path | None = None,
    progress: Callable[[Sweep], None] = lambda sweep: None,
) -> Sweep:
    """Run the seeds and return what was seen; with a folder, results of an earlier sitting there are not run again."""
    text = dump(experiment)
    done = Sweep(experiment.name)
    log = _Log(folder, text) if folder is not None else None
    if log is not None:
        done.results = [result for result in log.read() if result.seed in _seeds(search)]
        done.continued = len(done.results)
    begun = time.perf_counter()
    known = {result.seed for result in done.results}
    jobs = _jobs(text, search, known, lambda: time.perf_counter() - begun)
    for trial, result in Pool(run_trial, workers=search.workers).run(jobs):
        done.wall_s = time.perf_counter() - begun
        if isinstance(result, Died):
            done.died.append(trial.seed)
        else:
            done.results.append(result)
            if log is not None:
                log.append(result)
        progress(done)
        if search.until_fail and (done.failures or done.died):
            break
    return done


def _seeds(search: Search) -> range:
    return range(search.first, search.first + search.count)


def _jobs(text: str, search: Search, known: set[int], elapsed: Callable[[], float]) -> Iterator[Trial]:
    for seed in _seeds(search):
        if search.seconds is not None and elapsed() > search.seconds:
            return
        if seed not in known:
            yield Trial(text, seed, search.swarm, search.messages_wanted)


class _Log:
    """seeds.jsonl of a sweep's folder; results of another experiment than this text are not taken over."""

    def __init__(self, folder: Path, text: str) -> None:
        self._path = folder / SEEDS
        folder.mkdir(parents=True, exist_ok=True)
        experiment = folder / "experiment.toml"
        if not experiment.exists() or experiment.read_text(encoding="utf-8") != text:
            experiment.write_text(text, encoding="utf-8")
            self._path.unlink(missing_ok=True)

    def read(self) -> list[Result]:
        """Return the results of earlier sittings; a last line that was cut short is run again."""
        if not self._path.exists():
            return []
        lines = self._path.read_bytes().split(b"\n")[:-1]
        return [msgspec.json.decode(line, type=Result) for line in lines]

    def append(self, result: Result) -> None:
        """Write one result."""
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(result) + b"\n")
