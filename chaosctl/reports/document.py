"""A run as one JSON document for other programs: all that the files say, and what reports work out of them."""

from typing import Any

import msgspec

from chaosctl.history.read import StoredRun
from chaosctl.measurements.availability import availability_windows
from chaosctl.measurements.leadership import reigns_of
from chaosctl.measurements.phases import Phases

SCHEMA = 1
"""Raised when a key changes its meaning or goes away; new keys come without."""

WINDOWS = 100


def as_json(run: StoredRun) -> dict[str, Any]:
    """Return the document: what JSON can hold and nothing else, times in nanoseconds."""
    phases = Phases.of(run.recording)
    about = {key: run.about.get(key) for key in ("experiment", "seed", "runtime", "mechanism", "versions", "machine")}
    return {
        "schema": SCHEMA,
        "folder": str(run.folder),
        **about,
        "complete": run.recording.complete,
        "notes": run.recording.notes,
        "problems": run.about.get("problems") or {},
        "verdict": msgspec.to_builtins(run.verdict),
        "metrics": msgspec.to_builtins(run.metrics),
        "phases": {
            "faults_start_ns": phases.faults_start_ns,
            "faults_end_ns": phases.faults_end_ns,
            "end_ns": phases.end_ns,
        },
        "faults": [msgspec.to_builtins(row) for row in run.recording.faults],
        "leaders": [vars(reign) for reign in reigns_of(run.recording, phases.end_ns)],
        "availability": [
            vars(window) | {"share": window.share} for window in availability_windows(run.recording, WINDOWS)
        ],
    }
