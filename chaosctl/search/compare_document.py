"""A comparison as one JSON document: verdicts of each column, and every figure's median over the seeds side by side.

A column is called better or worse than the first where its median is, and that is no chance at 5 %: by the two-sided
sign test, for the seeds are the same in both; where they are too few for that, four at least, by every value of the one
being above every value of the other (1 in 35). Beside the difference stands its interval of confidence (bootstrap.py).
"""

from collections.abc import Collection, Mapping, Sequence
from math import comb
from statistics import median, median_high
from typing import Any

from chaosctl.measurements import FIGURES, load
from chaosctl.measurements.phases import AFTER, ALL, BEFORE, FAULTS
from chaosctl.search.bootstrap import interval
from chaosctl.search.compare import Column, Comparison, Outcome

SCHEMA = 1

PAIRS, VALUES = 6, 4
"""The fewest seeds that the sign test can tell anything of, and the fewest that can stand apart by no chance."""


def as_document(comparison: Comparison) -> dict[str, Any]:
    """Return the document."""
    return {
        "schema": SCHEMA,
        "runtime": comparison.runtime,
        "first_seed": comparison.seeds.start,
        "seeds": len(comparison.seeds),
        "exit_code": int(comparison.exit_code),
        "is_interrupted": comparison.is_interrupted,
        "columns": [_column(column) for column in comparison.columns],
        "figures": _figures([column.outcomes for column in comparison.columns]),
    }


def _column(column: Column) -> dict[str, Any]:
    seen = column.seen
    verdicts = {word: found for word in ("pass", "fail", "unknown", "broken") if (found := seen.having(word))}
    violated = dict.fromkeys(check for result in seen.results for check in result.violated)
    return {
        "label": list(column.label),
        "experiment": column.experiment.name,
        "set": list(column.overrides),
        "expected": column.experiment.expect.verdict,
        "deadline": column.experiment.workload.timeout,
        "exit_code": int(seen.exit_code),
        "verdicts": {word: len(found) for word, found in verdicts.items()},
        "violated": {check: sum(check in result.violated for result in seen.results) for check in violated},
        "checked": sorted({check for outcome in column.outcomes.values() for check in outcome.checked}),
        "why": {word: {"seed": found[0].seed, "why": found[0].why} for word, found in verdicts.items()},
        "died": {str(seed): how for seed, how in column.died.items()},
        "runs": [outcome.run for outcome in column.outcomes.values() if outcome.run],
    }


def _figures(columns: Sequence[Mapping[int, Outcome]]) -> list[dict[str, Any]]:
    names = {name for outcomes in columns for outcome in outcomes.values() for name in outcome.figures}
    return [_figure(name, columns) for name in sorted(names, key=_order)]


def _order(name: str) -> tuple[int, int, str]:
    metric, phase, *rest = name.split("/")
    return list(FIGURES).index(metric), (BEFORE, FAULTS, AFTER, ALL).index(phase), "/".join(rest)


def _figure(name: str, columns: Sequence[Mapping[int, Outcome]]) -> dict[str, Any]:
    metric, phase, *rest = name.split("/")
    figure = load(metric)
    samples = [
        {seed: outcome.figures[name] for seed, outcome in outcomes.items() if name in outcome.figures}
        for outcomes in columns
    ]
    values = [_value(metric, found, outcomes) for found, outcomes in zip(samples, columns, strict=True)]
    for found, value in zip(samples[1:], values[1:], strict=True):
        if value is not None and samples[0]:
            value.update(_against(samples[0], found, figure.better))
    return {
        "metric": metric,
        "phase": phase,
        "slice": rest,
        "unit": figure.unit,
        "better": figure.better,
        "values": values,
    }


def _value(metric: str, found: Mapping[int, float], outcomes: Mapping[int, Outcome]) -> dict[str, Any] | None:
    """Return a column's value; None where no seed has any."""
    if not found:
        return None
    unended = [value for seed, value in found.items() if metric in outcomes[seed].at_least]
    return {
        "median": median(found.values()),
        "min": min(found.values()),
        "max": max(found.values()),
        "seeds": len(found),
        "at_least": any(value <= median_high(found.values()) for value in unended),
    }


def _against(first: Mapping[int, float], other: Mapping[int, float], better: str) -> dict[str, Any]:
    """Return how a column differs from the first, and in how many of the seeds that both have a value for."""
    difference = median(other.values()) - median(first.values())
    changes = [other[seed] - first[seed] for seed in other if seed in first]
    higher, lower = sum(change > 0 for change in changes), sum(change < 0 for change in changes)
    judged = ""
    if (
        better
        and difference
        and _is_significant(first.values(), other.values(), (higher, lower), is_higher=difference > 0)
    ):
        judged = "better" if (difference > 0) == (better == "higher") else "worse"
    return {
        "difference": difference,
        "interval": interval(first, other),
        "higher_in": higher,
        "lower_in": lower,
        "of": len(changes),
        "judged": judged,
    }


def _is_significant(
    first: Collection[float], other: Collection[float], changed: tuple[int, int], *, is_higher: bool
) -> bool:
    """Return whether the medians differ, this way, by more than chance; `changed` counts seeds that rose and fell."""
    above, below = (other, first) if is_higher else (first, other)
    if min(len(first), len(other)) < PAIRS:
        return min(len(first), len(other)) >= VALUES and min(above) > max(below)
    rose, fell = changed if is_higher else changed[::-1]
    tail = sum(comb(rose + fell, against) for against in range(fell + 1)) / 2 ** (rose + fell)
    return rose > fell and 2 * tail <= 0.05
