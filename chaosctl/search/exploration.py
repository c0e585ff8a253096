"""What an exploration has seen: how much was covered, what was convicted, where, and the files that show it again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from chaosctl.errors import ExitCode
from chaosctl.experiment.dump import dump
from chaosctl.experiment.model import Experiment
from chaosctl.history.folder import safe_name
from chaosctl.search.attempt import Outcome
from chaosctl.search.points import Harm, Patience, scheduled, words_of
from chaosctl.search.pool import Died

FILES_AT_MOST = 100
"""So many convictions, the shortest, get a file each."""

UNKNOWN_AT_MOST = 0.05
"""Where a larger share of schedules has no verdict, though their faults happened, nothing is proven."""

Harms = tuple[Harm, ...]


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

    `text` is the experiment without faults, its operator's orders apart. `unknown` counts, by reason, the schedules
    without a verdict whose faults did happen, `missed` those of which a fault did not.
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
    cpu_s: float = 0.0
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

    @property
    def progress(self) -> str:
        """How far it has come, on one line."""
        seen = f"{self.singles.tried:,} of {self.singles.total:,} single faults"
        if self.pairs.total:
            seen += f", {self.pairs.tried:,} of {self.pairs.total:,} pairs"
        return f"{self.experiment.name}: {seen}; {len(self.convictions):,} convictions"

    def sort(self) -> None:
        """Put the convictions in order, the shortest first: few faults, then early ones."""
        order = {place: number for number, (_, place) in enumerate(self.baseline.places)}

        def length(conviction: Conviction) -> tuple[int, list[int], Harms]:
            harms = conviction.harms
            return len(harms), [order.get(harm.place, len(order)) for harm in harms], harms

        self.convictions.sort(key=length)

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
        else:
            self._judge(harms, outcome)
        if len(harms) == 1 and (is_convicted or isinstance(outcome, Died) or outcome.missed):
            self.settled.update(harms)  # No second fault makes this one more interesting.

    def _judge(self, harms: Harms, outcome: Outcome) -> None:
        self.cpu_s += outcome.cpu_s
        if outcome.verdict == "fail":
            self.convictions.append(Conviction(harms, outcome.violated, outcome.why))
        elif outcome.missed:
            self.missed += 1
        elif outcome.verdict == "unknown":
            self.unknown[outcome.why] += 1
        else:
            self.held += 1


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


def as_document(done: Exploration, files: Mapping[Harms, Path]) -> dict[str, Any]:
    """Return the exploration as JSON can hold it: what reports and other programs read."""
    return {
        "experiment": done.experiment.name,
        "seed": done.seed,
        "expected": done.experiment.expect.verdict,
        "exit_code": int(done.exit_code),
        "is_interrupted": done.is_interrupted,
        "without_faults": {"verdict": done.baseline.verdict, "why": done.baseline.why},
        "singles": asdict(done.singles),
        "pairs": asdict(done.pairs),
        "held": done.held,
        "missed": done.missed,
        "unknown": [{"why": why, "count": count} for why, count in done.unknown.most_common()],
        "died": done.died,
        "wall_s": done.wall_s,
        "cpu_s": done.cpu_s,
        "convictions": [
            {
                "faults": words_of(each.harms, done.patience),
                "violates": list(each.violated),
                "why": each.why,
                "file": str(files[each.harms]) if each.harms in files else "",
            }
            for each in done.convictions
        ],
        "sites": [
            {"site": site, "schedules": done.sites[site][0], "convictions": done.sites[site][1]}
            for site in dict.fromkeys([*(place.site for _, place in done.baseline.places), *sorted(done.sites)])
            if site in done.sites
        ],
    }
