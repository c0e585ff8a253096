"""A run as one JSON document for other programs: all that the files say, and what reports work out of them."""

from typing import Any

import msgspec

from chaosctl.history.findings import Findings, Measured
from chaosctl.history.read import StoredRun
from chaosctl.history.records import FaultRow
from chaosctl.measurements.availability import availability_windows
from chaosctl.measurements.leadership import Reign, reigns_of
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


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the document, as docs/report.schema.json has it."""
    structs = (Findings, Measured, FaultRow, Reign)
    refs, components = msgspec.json.schema_components(structs, ref_template="#/$defs/{name}")
    findings, measured, fault, reign = refs
    whole, optional_whole = {"type": "integer"}, {"type": ["integer", "null"]}
    window = dict.fromkeys(("start_ns", "end_ns", "started", "in_time", "missed"), whole)
    properties: dict[str, Any] = {
        "schema": {"const": SCHEMA},
        "folder": {"type": "string"},
        "experiment": {"type": "string"},
        "seed": whole,
        "runtime": {"enum": ["simulation", "processes"]},
        "mechanism": {"type": "string"},
        "versions": {"type": "object"},
        "machine": {"type": "object"},
        "complete": {"type": "boolean"},
        "notes": {"type": "array", "items": {"type": "string"}},
        "problems": {"type": "object"},
        "verdict": {"anyOf": [findings, {"type": "null"}]},
        "metrics": {"anyOf": [{"type": "object", "additionalProperties": measured}, {"type": "null"}]},
        "phases": _closed({"faults_start_ns": optional_whole, "faults_end_ns": optional_whole, "end_ns": whole}),
        "faults": {"type": "array", "items": fault},
        "leaders": {"type": "array", "items": reign},
        "availability": {"type": "array", "items": _closed(window | {"share": {"type": ["number", "null"]}})},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"chaosctl report --json, schema {SCHEMA}",
        **_closed(properties),
        "$defs": components,
    }


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    """Return an object that has all of these and nothing else."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
