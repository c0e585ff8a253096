"""A baseline: what an experiment gave on a fixed set of seeds, simulated, to hold later code against (DESIGN 8).

The seeds are the same, so a difference is the change under test and no noise. A baseline belongs to its experiment (but
for `[expect]` and the description, which change nothing that happens) and its platform; others are refused.
"""

import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from chaosctl.errors import BadInput
from chaosctl.experiment.dump import dump
from chaosctl.experiment.model import Expect, Experiment
from chaosctl.history.folder import write_json
from chaosctl.measurements import load
from chaosctl.search.pool import Died, Pool
from chaosctl.search.trial import BROKEN, Result, Trial, run_trial

FORMAT, SEEDS = 1, range(5)
"""The version of the file; the seeds of every baseline."""

SIDES = {"majority", "minority"}

TOLERANCE = 0.05
"""Where the experiment names none; then chance is allowed for as well."""


class Seed(msgspec.Struct, kw_only=True):
    """What one seed said."""

    verdict: str
    as_expected: bool
    why: str
    figures: dict[str, float] = {}


class Baseline(msgspec.Struct, kw_only=True):
    """The whole of x.baseline.json. `experiment` is its name, `digest` of what happens in it, `seeds` by number."""

    format: int
    experiment: str
    digest: str
    platform: dict[str, str]
    seeds: dict[str, Seed]


@dataclass(frozen=True)
class Change:
    """What is not as it was: `what` (a figure with its slice, or "verdict"), in which phase, and the seed to look at.

    `before` and `now` are medians over the seeds, `seed_before` and `seed_now` what this seed gave, None for a verdict
    or where there is no value; `unit` is theirs. `spread`: what the baseline's seeds had, where that excuses it.
    """

    what: str
    phase: str
    is_worse: bool
    seed: int
    why: str = ""
    before: float | None = None
    now: float | None = None
    unit: str = ""
    seed_before: float | None = None
    seed_now: float | None = None
    spread: tuple[float, float] | None = None


def path_of(experiment: Path) -> Path:
    """Return where an experiment's baseline is: beside it."""
    return experiment.with_suffix(".baseline.json")


def measured(experiment: Experiment, workers: int) -> Baseline:
    """Return what the experiment gives now."""
    text = dump(experiment)
    found: dict[str, Seed] = {}
    for trial, result in Pool(run_trial, workers=workers).run(Trial(text, seed) for seed in SEEDS):
        found[str(trial.seed)] = _seed(result)
    seeds = {str(seed): found[str(seed)] for seed in SEEDS if str(seed) in found}
    return Baseline(format=FORMAT, experiment=experiment.name, digest=digest(experiment), platform=here(), seeds=seeds)


def digest(experiment: Experiment) -> str:
    """Return sixteen hex digits that change with whatever changes what happens in a run."""
    what_happens = experiment.model_copy(update={"expect": Expect(), "description": "", "seed": None})
    return blake2b(dump(what_happens).encode(), digest_size=8).hexdigest()


def here() -> dict[str, str]:
    """Return the platform that equal bytes are promised for."""
    return {"system": platform.system(), "machine": platform.machine(), "python": platform.python_implementation()}


def save(baseline: Baseline, path: Path) -> None:
    """Write a baseline; raises RunBroke where that can't be done."""
    write_json(path, baseline)


def read(path: Path, experiment: Experiment) -> Baseline:
    """Return an experiment's baseline; raises BadInput where there is none, or it is of something else."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Baseline)
    except FileNotFoundError:
        raise BadInput(f"{path}: no baseline there; `chaosctl report --save-baseline EXPERIMENT` makes one") from None
    except OSError as error:
        raise BadInput(f"{path}: can't be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not a baseline: {error}") from error
    if found.format != FORMAT:
        raise BadInput(f"{path}: this baseline has format {found.format}, and this chaosctl reads {FORMAT}")
    if found.platform != here():
        theirs, ours = (" ".join(one.values()) for one in (found.platform, here()))
        raise BadInput(f"{path}: a baseline of another platform: made on {theirs}, and this is {ours}")
    if found.digest != digest(experiment):
        raise BadInput(f"{path}: a baseline of another experiment: the file (or --set) has changed since; save it anew")
    if set(found.seeds) != {str(seed) for seed in SEEDS}:
        raise BadInput(f"{path}: a baseline of other seeds than {SEEDS.start} to {SEEDS.stop - 1}; save it anew")
    return found


def changes(before: Baseline, now: Baseline, tolerance: float | None) -> list[Change]:
    """Return what changed, the worse first; a figure is worse where its median is, by more than the tolerance.

    The seeds are the same, yet code that draws once more than before draws all else anew. Without a tolerance of the
    experiment's own it is therefore no worse where some seed got better: five seeds can't tell that from chance (five
    seeds of an experiment against five others, 72 pairs over six experiments: 69 were worse by the tolerance alone, 31
    by this rule, in a quarter of the figures).
    """
    found = [*_verdicts(before, now)]
    names = dict.fromkeys(name for side in (before, now) for seed in side.seeds.values() for name in seed.figures)
    found += [change for name in names if (change := _figure(name, before, now, tolerance)) is not None]
    return sorted(found, key=lambda change: not change.is_worse)


def _seed(result: Result | Died) -> Seed:
    if isinstance(result, Died):
        return Seed(verdict=BROKEN, as_expected=False, why=f"its worker died: {result.how}")
    figures = {name: float(f"{value:.6g}") for name, value in result.figures.items() if _is_kept(name)}
    return Seed(verdict=result.verdict, as_expected=result.as_expected, why=result.why, figures=figures)


def _is_kept(name: str) -> bool:
    """Return whether a figure is one to be held to: it has a better direction, and is of a phase or a side."""
    metric, _phase, *slices = name.split("/")
    return set(slices) <= SIDES and load(metric).better != ""


def _verdicts(before: Baseline, now: Baseline) -> Iterator[Change]:
    for number, old in before.seeds.items():
        new = now.seeds.get(number, Seed(verdict=BROKEN, as_expected=False, why="it was not run"))
        if (old.verdict, old.as_expected) != (new.verdict, new.as_expected):
            why = f"was {old.verdict}, now {new.verdict}: {new.why}"
            yield Change("verdict", "all", old.as_expected and not new.as_expected, int(number), why)


def _figure(name: str, before: Baseline, now: Baseline, tolerance: float | None) -> Change | None:
    """Return how a figure changed; None where it did not."""
    metric, phase, *slices = name.split("/")
    figure = load(metric)
    old, new = _values(name, before), _values(name, now)
    what = " ".join([metric, *slices])
    gone = [seed for seed in old if seed not in new]
    if not old or 2 * len(gone) > len(old):
        why = f"{len(gone)} of {len(old)} seeds have no value any more" if old else "had no value before"
        seed = int((gone or list(new))[0])
        return Change(what, phase, bool(old), seed, why, _median(old), _median(new), figure.unit)
    if old == new:
        return None
    sign = -1 if figure.better == "higher" else 1
    worse_by = {seed: sign * (new[seed] - old[seed]) for seed in old if seed in new}
    worst = max(worse_by, key=worse_by.__getitem__)
    first, last = median(old.values()), median(new.values())
    change = Change(what, phase, is_worse=False, seed=int(worst), before=first, now=last, unit=figure.unit)
    change = replace(change, seed_before=old[worst], seed_now=new[worst])
    share = TOLERANCE if tolerance is None else tolerance
    allowed = (share if figure.unit == "share" else share * abs(first)) + 1e-9
    if sign * (last - first) <= allowed:
        return change
    if tolerance is None and min(worse_by.values()) < 0:
        return replace(change, spread=(min(old.values()), max(old.values())))
    return replace(change, is_worse=True)


def _values(name: str, side: Baseline) -> Mapping[str, float]:
    return {number: seed.figures[name] for number, seed in side.seeds.items() if name in seed.figures}


def _median(values: Mapping[str, float]) -> float | None:
    numbers: Iterable[float] = values.values()
    return median(numbers) if values else None


def as_document(experiment: str, found: Iterable[Change]) -> dict[str, Any]:
    """Return the changes as JSON can hold them."""
    rows = [vars(change) for change in found]
    return {"experiment": experiment, "worse": sum(row["is_worse"] for row in rows), "changes": rows}
