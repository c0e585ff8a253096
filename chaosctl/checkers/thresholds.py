"""Thresholds: limits from the experiment beside what was measured. Without a sample a limit proves nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from chaosctl.checkers.check import Verdict
from chaosctl.experiment.mistakes import listing
from chaosctl.experiment.model import Threshold
from chaosctl.history.findings import ThresholdResult

SIDES = ("majority", "minority")
"""Sides that are no node's name."""


def judge_thresholds(
    thresholds: Sequence[Threshold], metrics: Mapping[str, Any], latency_unknown: str
) -> list[ThresholdResult]:
    """Return each limit with what was measured; `latency_unknown` says why latency figures mean nothing, if so."""
    return [_judge(threshold, metrics, latency_unknown) for threshold in thresholds]


def _judge(threshold: Threshold, metrics: Mapping[str, Any], latency_unknown: str) -> ThresholdResult:
    result = ThresholdResult(
        metric=threshold.metric,
        valid=Verdict.UNKNOWN.value,
        phase=threshold.phase,
        side=threshold.side,
        f=threshold.f,
        type=threshold.type,
        min=threshold.min,
        max=threshold.max,
    )
    fitting = _of_slice(threshold, metrics)
    found = _of_type(threshold, fitting)
    if len(found) != 1:
        result.why = f"the figure has {len(found)} values for this slice" if found else _nothing_of(threshold, fitting)
        return result
    result.value, result.samples = found[0].get("value"), int(found[0].get("samples", 0))
    if result.value is None or not result.samples:
        result.why = "there was no sample"
    elif latency_unknown and threshold.metric.startswith("latency"):
        result.why = latency_unknown
    else:
        unit = metrics[threshold.metric].get("unit", "")
        result.valid, result.why = _within(threshold, result.value, unit)
        is_bound = found[0].get("extra", {}).get("at_least", False)
        if is_bound and not _proves_something(threshold, result.value):
            result.valid = Verdict.UNKNOWN.value
            result.why = f"at least {result.value:g} {unit}: it never came to pass before the run ended"
    return result


def _of_slice(threshold: Threshold, metrics: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the figure's values for this slice, of all types."""
    side = threshold.side or ""
    wanted = {
        "phase": threshold.phase,
        "side": side if side in SIDES else "",
        "node": side if side not in SIDES else "",
        "f": threshold.f or "",
    }
    values = metrics.get(threshold.metric, {}).get("values", [])
    return [value for value in values if all(value.get(key, _absent(key)) == want for key, want in wanted.items())]


def _of_type(threshold: Threshold, values: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the values of the type that is asked for, or else those of none, if there are."""
    if threshold.type is not None:
        return [value for value in values if _type_of(value) == threshold.type]
    return [value for value in values if not value.get("extra")] or list(values)


def _nothing_of(threshold: Threshold, values: Sequence[Mapping[str, Any]]) -> str:
    """Return that there was no sample; where the type is misspelt, those that there were help."""
    types = sorted(filter(None, map(_type_of, values)))
    if threshold.type is None or not types:
        return "there was no sample"
    return f"there was no sample of {threshold.type}, only of {listing(types)}"


def _type_of(value: Mapping[str, Any]) -> str:
    return str(value.get("extra", {}).get("type", ""))


def _proves_something(threshold: Threshold, at_least: float) -> bool:
    """Return whether a lower bound decides: what it waited for never came, so the true number is anything above."""
    if threshold.max is not None:
        return at_least > threshold.max
    return threshold.min is not None and at_least >= threshold.min


def _absent(dimension: str) -> str:
    return "all" if dimension == "phase" else ""


def _within(threshold: Threshold, value: float, unit: str) -> tuple[str, str]:
    """Return the verdict on a number, and the limit it keeps or breaks. A number that is none keeps no limit."""
    measured = f"{value:g} {unit}".strip()
    if threshold.min is not None and not value >= threshold.min:
        return Verdict.FAIL.value, f"{measured} is below {threshold.min:g}"
    if threshold.max is not None and not value <= threshold.max:
        return Verdict.FAIL.value, f"{measured} is above {threshold.max:g}"
    return Verdict.PASS.value, f"{measured} is within the limits"
