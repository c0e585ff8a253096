"""What is served and how fast, over time, in windows: the numbers that uPlot draws, and the faults behind them."""

from collections import defaultdict
from typing import Any

from chaosctl.history.read import StoredRun
from chaosctl.measurements.availability import availability_windows
from chaosctl.measurements.calls import calls_of
from chaosctl.measurements.phases import Phases
from chaosctl.reports.html.scale import Band, Scale
from chaosctl.reports.words import plain

WINDOWS = 200
"""Points of a series: about as many as a page has room for."""

MOST_BANDS = 200
"""Occurrences of faults that are drawn; a page says so where there are more."""


def series(run: StoredRun, phases: Phases) -> dict[str, list[Any]]:
    """Return columns over the windows: begin and end (s), availability (%), p50 and p99 of ok answers (ms), operations.

    A window without an operation due has no availability, one without an ok answer no latency: a gap, never 0.
    """
    windows = availability_windows(run.recording, WINDOWS)
    took: defaultdict[int, list[int]] = defaultdict(list)
    for call in calls_of(run.recording):
        if call.outcome == "ok":
            window = min(WINDOWS - 1, call.invoked_ns * WINDOWS // max(1, phases.end_ns))
            took[window].append(call.ended_ns - call.invoked_ns)
    latencies = [sorted(took.get(window, ())) for window in range(WINDOWS)]
    return {
        "start": [window.start_ns / 1e9 for window in windows],
        "end": [window.end_ns / 1e9 for window in windows],
        "availability": [None if window.share is None else round(100 * window.share, 2) for window in windows],
        "p50": [_quantile_ms(found, 0.5) for found in latencies],
        "p99": [_quantile_ms(found, 0.99) for found in latencies],
        "operations": [window.started + window.missed for window in windows],
    }


def bands(phases: Phases, scale: Scale) -> list[Band]:
    """Return the faults that held at some time of a scale, each once an occurrence."""
    there = (one for one in phases.occurrences if one.end_ns >= scale.start_ns and one.start_ns <= scale.end_ns)
    found = []
    for one in there:
        left, right = scale.x(one.start_ns), scale.x(one.end_ns)
        name = one.row.name if one.row.kind in one.row.name else f"{one.row.name} ({one.row.kind})"
        where = " | ".join(",".join(group) for group in one.row.groups) or ",".join(one.row.targets)
        found.append(Band(plain(f"{name} {where}"), one.start_ns, one.end_ns, left, max(2.0, right - left)))
    return found[:MOST_BANDS]


def _quantile_ms(ordered: list[int], share: float) -> float | None:
    """Return a percentile by nearest rank, in milliseconds."""
    return round(ordered[max(0, -(-int(share * 100) * len(ordered) // 100) - 1)] / 1e6, 3) if ordered else None
