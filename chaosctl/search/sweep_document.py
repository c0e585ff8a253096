"""A sweep as one JSON document: counts, groups of failures, and how every figure is distributed over the seeds."""

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from chaosctl.measurements import FIGURES, load
from chaosctl.search.sweep import Sweep
from chaosctl.search.trial import BROKEN, Result

SCHEMA = 1

SHARES = {"min": 0.0, "p5": 0.05, "median": 0.5, "p95": 0.95, "max": 1.0}
"""Of a figure's distribution these are shown: so large a share of the seeds has a value that is no larger."""


def as_document(done: Sweep, kept: Mapping[str, Path]) -> dict[str, Any]:
    """Return the document; `kept` are the folders of failures by group. Times are in seconds."""
    code, here = done.exit_code, len(done.results) - done.earlier
    return {
        "schema": SCHEMA,
        "experiment": done.experiment.name,
        "expected": done.experiment.expect.verdict,
        "as_expected": code == 0,
        "exit_code": int(code),
        "is_interrupted": done.is_interrupted,
        "first_seed": done.search.first,
        "swarm": done.search.swarm,
        "seeds": len(done.results) + len(done.died),
        "earlier": done.earlier,
        "passed": len(done.having("pass")),
        "failed": len(done.having("fail")),
        "rate_below": done.rate_bound(),
        "doubts": done.doubts(),
        "groups": [
            {"violates": name, "run": str(kept.get(name, "")), **_group(group)} for name, group in done.groups().items()
        ],
        "unknown": _reasons(done.having("unknown")),
        "broken": _reasons(done.having(BROKEN)),
        "died": {str(seed): why for seed, why in sorted(done.died.items())},
        "medians": {name: _median(getattr(each, name) for each in done.results) for name in ("hit", "lost", "leaders")},
        "sometimes": {
            name: {"seeds": sum(map(bool, times)), "median": _median(times)}
            for name, times in done.rare_events().items()
        },
        "figures": _figures(done.results),
        "wall_s": done.wall_s,
        "seeds_per_s": here / done.wall_s if done.wall_s else None,
        "simulated_s_per_s": done.simulated_s / done.wall_s if done.wall_s else None,
    }


def _group(group: list[Result]) -> dict[str, Any]:
    return {"count": len(group), "why": group[0].why, "seeds": [result.seed for result in group]}


def _reasons(results: list[Result]) -> list[dict[str, Any]]:
    """Return results by why, whatever the numbers in it, the most frequent first."""
    grouped: dict[str, list[Result]] = {}
    for result in results:
        grouped.setdefault(re.sub(r"[0-9][0-9.,]*", "0", result.why), []).append(result)
    return sorted(map(_group, grouped.values()), key=lambda group: -group["count"])


def _figures(results: list[Result]) -> dict[str, Any]:
    columns: dict[str, list[float]] = {}
    for result in results:
        for name, value in result.figures.items():
            columns.setdefault(name, []).append(value)
    order = {metric: place for place, metric in enumerate(FIGURES)}
    names = sorted(columns, key=lambda name: order[name.partition("/")[0]])
    return {name: {"unit": load(name.partition("/")[0]).unit, **_distribution(columns[name])} for name in names}


def _distribution(values: list[float]) -> dict[str, float]:
    """Return where the values lie, percentiles by nearest rank: each is a value that some seed had."""
    values = sorted(values)
    ranks = {name: max(1, math.ceil(share * len(values) - 1e-9)) for name, share in SHARES.items()}
    return {"seeds": len(values)} | {name: values[rank - 1] for name, rank in ranks.items()}


def _median(numbers: Iterable[int]) -> float | None:
    numbers = list(numbers)
    return median(numbers) if numbers else None
