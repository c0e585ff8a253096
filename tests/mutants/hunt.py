"""How long it takes to convict a subject: aimed, and blind.

A subject is a broken variant or a mutant. Aimed: the one schedule that was made for it, with its own seed and the next
two until it is convicted of what it must be. Blind: the soak of its pattern, which knows nothing of it, seed after
seed, each with its own faults, until any check convicts; a swarm carries no limits on figures. Seconds are of one
process's CPU.
"""

import time
import tomllib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from chaosctl.catalogue import catalogue, load_pattern
from chaosctl.experiment.dump import dump
from chaosctl.experiment.load import load
from chaosctl.patterns import PATTERNS
from chaosctl.search.trial import Trial, run_trial
from tests.mutants.mutant import EXPERIMENTS, HERE, Mutant, installed, without_broken
from tests.mutants.table import MUTANTS

SOAKS = HERE.parent / "soak"
AIMED_SEEDS = 3


@dataclass(frozen=True)
class Subject:
    """Who is hunted: `text` is the aimed schedule as TOML ("": there is none), `soak` the generic one."""

    pattern: str
    name: str
    kind: str
    checks: tuple[str, ...]
    text: str
    soak: str
    mutant: Mutant | None = None

    def installed(self) -> AbstractContextManager[None]:
        """Let the pattern's name mean this subject; a variant's files name it themselves."""
        return nullcontext() if self.mutant is None else installed(self.mutant)


@dataclass(frozen=True)
class Bound:
    """How far a blind hunt goes: `seeds` at most, and none is begun after `seconds` of CPU."""

    seeds: int
    seconds: float


@dataclass(frozen=True)
class Found:
    """What a hunt came to: the seeds it took, the last of which convicted of `violated` (empty: none did)."""

    seeds: int
    cpu_s: float
    violated: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hunt:
    """A job: a subject and how far to go."""

    subject: Subject
    bound: Bound


@dataclass(frozen=True)
class Report:
    """Both hunts of one subject; None where there is nothing to hunt with."""

    aimed: Found | None = None
    blind: Found | None = None


def hunt(job: Hunt) -> Report:
    """Hunt a subject, aimed and blind."""
    subject = job.subject
    with subject.installed():
        aimed = _aimed(subject) if subject.text else None
        blind = _blind(subject.soak, job.bound) if subject.soak else None
    return Report(aimed, blind)


def aimed_texts(pattern: str) -> list[str]:
    """Return every schedule that is aimed at a variant or a mutant of a pattern, as one for the correct pattern.

    The limits of a variant's file go: they say what the variant does.
    """
    shipped = [
        dump(load(without_broken(text), catalogue(), overrides=["expect.thresholds=[]"]))
        for (of, _), (text, _) in _aimed_experiments().items()
        if of == pattern
    ]
    ours = [
        dump(load(each.text, catalogue(), overrides=list(each.overrides)))
        for each in MUTANTS
        if each.pattern == pattern
    ]
    return list(dict.fromkeys([*shipped, *ours]))


def subjects() -> list[Subject]:
    """Return every broken variant of every pattern, and every mutant."""
    return [*_variants(), *map(_of_mutant, MUTANTS)]


def _aimed(subject: Subject) -> Found:
    begun = time.process_time()
    first = tomllib.loads(subject.text).get("seed", 1)
    for tried, seed in enumerate(range(first, first + AIMED_SEEDS), 1):
        violated = run_trial(Trial(subject.text, seed)).violated
        if set(subject.checks) <= set(violated):
            return Found(tried, time.process_time() - begun, tuple(violated))
    return Found(AIMED_SEEDS, time.process_time() - begun)


def _blind(text: str, bound: Bound) -> Found:
    begun = time.process_time()
    seed = 0
    while seed < bound.seeds and time.process_time() - begun < bound.seconds:
        result = run_trial(Trial(text, seed, swarm=True))
        seed += 1
        if result.verdict == "fail":
            return Found(seed, time.process_time() - begun, tuple(result.violated))
    return Found(seed, time.process_time() - begun)


def _of_mutant(mutant: Mutant) -> Subject:
    aimed = dump(load(mutant.text, catalogue(), overrides=list(mutant.overrides)))
    return Subject(mutant.pattern, mutant.name, "mutant", (mutant.check,), aimed, _soak(mutant.pattern), mutant)


def _variants() -> Iterator[Subject]:
    aimed = _aimed_experiments()
    for pattern in PATTERNS:
        for name in load_pattern(pattern).broken:
            text, checks = aimed.get((pattern, name), ("", ()))
            soak = _soak(pattern, name)
            yield Subject(pattern, name, "variant", checks, text, soak)


def _soak(pattern: str, broken: str | None = None) -> str:
    path = SOAKS / f"{pattern}.toml"
    if not path.exists():
        return ""
    overrides = [] if broken is None else [f'system.broken="{broken}"']
    return dump(load(path.read_text(encoding="utf-8"), catalogue(), overrides=overrides))


def _aimed_experiments() -> dict[tuple[str, str], tuple[str, tuple[str, ...]]]:
    """Return (pattern, variant) to the shipped experiment that is aimed at it, and the checks that it names."""
    found: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
    for path in sorted(EXPERIMENTS.rglob("*.toml")):
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
        if "broken" in table.get("system", {}) and table.get("expect", {}).get("violates"):
            key = (table["system"]["pattern"], table["system"]["broken"])
            found.setdefault(key, (text, tuple(table["expect"]["violates"])))
    return found
