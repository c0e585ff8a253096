"""Which single fault of `chaosctl explore` convicts each broken variant and mutant of the transaction patterns.

The experiments are those made for explore, `experiments/PATTERN/explore*.toml`. What convicts of the very check that is
meant goes before what convicts of another, then what comes first in explore's order; who fails with no fault at all
needs none. `python -m tests.mutants.single_faults` tries all and writes the table of docs/fault-matrix.md; minutes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chaosctl.catalogue import catalogue
from chaosctl.experiment.dump import dump
from chaosctl.experiment.load import load_file
from chaosctl.search.attempt import Attempt, Outcome, prepared, try_schedule
from chaosctl.search.points import Harm, harms_at
from chaosctl.search.pool import Died, Pool
from tests.mutants.hunt import Subject, subjects
from tests.mutants.mutant import EXPERIMENTS

PAGE = Path(__file__).parents[2] / "docs" / "fault-matrix.md"
HEADING = "| variant or mutant | experiment | fault | convicted of |\n|---|---|---|---|\n"
PATTERNS = ("two-phase-commit", "message-transaction", "tcc", "outbox", "saga")
NO_FAULT = "no fault at all"


@dataclass(frozen=True)
class Single:
    """A conviction: in which experiment, by which fault (None: by none at all), of what."""

    experiment: str
    harm: Harm | None
    violated: tuple[str, ...]


def explored_files(pattern: str) -> list[str]:
    """Return the names of the experiments of a pattern that are made for explore."""
    found = sorted((EXPERIMENTS / pattern).glob("explore*.toml"), key=lambda path: (len(path.name), path.name))
    return [f"{pattern}/{path.stem}" for path in found]


def name_of(subject: Subject) -> str:
    """Return a subject's name as the table has it."""
    return f"{subject.pattern}.{subject.name}"


def transactions() -> list[Subject]:
    """Return every broken variant and mutant of the transaction patterns."""
    return [each for pattern in PATTERNS for each in subjects() if each.pattern == pattern]


def convict(subject: Subject) -> Single | None:
    """Try every single fault until one convicts the subject of what is meant; else return what convicts of another."""
    other: Single | None = None
    with subject.installed():
        for experiment in explored_files(subject.pattern):
            for harm, outcome in _attempts(text_for(experiment, subject)):
                found = Single(experiment, harm, outcome.violated)
                if set(subject.checks) <= set(outcome.violated):
                    return found
                other = other or (found if outcome.violated else None)
    return other


def attempt(experiment: str, harm: Harm | None, subject: Subject) -> Outcome:
    """Return what becomes of a subject under one fault, or none."""
    with subject.installed():
        text = text_for(experiment, subject)
        prepared.cache_clear()  # A text means another pattern when another mutant is installed.
        return try_schedule(Attempt(text, seed_of(text), (harm,) if harm else ()))


def text_for(experiment: str, subject: Subject) -> str:
    """Return an experiment's text for a subject: a variant is named in it, a mutant is installed."""
    overrides = [] if subject.mutant else [f'system.broken="{subject.name}"']
    return dump(load_file(EXPERIMENTS / f"{experiment}.toml", catalogue(), overrides))


def seed_of(text: str) -> int:
    """Return the seed of an experiment's text: explore's own, where nobody gives another."""
    return prepared(text)[0].seed or 0


def _attempts(text: str) -> Iterator[tuple[Harm | None, Outcome]]:
    """Yield no fault at all, then (where that passes) each single fault in the order of explore, with its outcome."""
    prepared.cache_clear()  # As above.
    seed = seed_of(text)
    bare = try_schedule(Attempt(text, seed, (), told=3))
    yield None, bare
    for _, place in bare.places if bare.verdict == "pass" else ():
        for harm in harms_at(place):
            yield harm, try_schedule(Attempt(text, seed, (harm,)))


def _row(subject: Subject, found: Single | None) -> str:
    assert found is not None, f"no single fault convicts {name_of(subject)}"
    case = f"`{found.harm.what} {found.harm.place}`" if found.harm else NO_FAULT
    what = subject.checks if set(subject.checks) <= set(found.violated) else found.violated[:1]
    return f"| `{name_of(subject)}` | `{found.experiment}` | {case} | {', '.join(what)} |\n"


def main() -> None:
    """Try all, and write the table."""
    wanted = transactions()
    found: dict[str, Single | None] = {}
    for subject, single in Pool(convict, workers=2).run(wanted):
        assert not isinstance(single, Died), f"{name_of(subject)}: {single.how}"
        found[name_of(subject)] = single
    text = PAGE.read_text(encoding="utf-8")
    before = text[: text.index(HEADING)] + HEADING
    PAGE.write_text(before + "".join(_row(each, found[name_of(each)]) for each in wanted), encoding="utf-8")


if __name__ == "__main__":
    main()
