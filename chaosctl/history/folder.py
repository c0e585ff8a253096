"""Where a run's files lie: results/<experiment>/<UTC time>-<seed>/, and `latest` beside it (DESIGN section 6)."""

import os
import re
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from chaosctl.errors import RunBroke

FORMAT = 1
"""The version of these files, as `format` in run.json; raised when a reader of the old form would misread the new."""

EXPERIMENT, RUN, VERDICT, METRICS = "experiment.toml", "run.json", "verdict.json", "metrics.json"
HISTORY, EVENTS, MESSAGES, FAULTS = "history.jsonl", "events.jsonl", "messages.jsonl", "faults.jsonl"
HTML, JUNIT = "report.html", "junit.xml"
LATEST = "latest"


def create(results: Path, experiment: str, seed: int, started: str) -> Path:
    """Make the folder of a new run and point `latest` at it; raises RunBroke where that can't be done.

    `started` is the UTC time as text ("2026-07-01T12:00:00Z"). Runs that start in the same second with the same seed
    get folders of their own: a number follows.
    """
    parent = results / safe_name(experiment)
    stem = f"{safe_name(started.replace(':', ''))}-{seed}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = _make_unique(parent, stem)
    except OSError as error:
        raise RunBroke(f"{parent}: the run's folder can't be made: {error.strerror}") from error
    _point_latest_at(folder)
    return folder


def safe_name(name: str) -> str:
    """Return the name as one that can be a folder's and leads nowhere else: letters, digits, and . _ - between."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:100] or "unnamed"


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file for people and programs, whole or not at all; raises RunBroke where it can't be written."""
    _write(path, msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all; raises RunBroke where it can't be written."""
    _write(path, text.encode())


def _write(path: Path, data: bytes) -> None:
    half = path.with_name(f".{path.name}.half")
    try:
        half.write_bytes(data)
        half.replace(path)
    except OSError as error:
        raise RunBroke(f"{path}: can't be written: {error.strerror}") from error


def _make_unique(parent: Path, stem: str) -> Path:
    for attempt in count(1):
        folder = parent / (stem if attempt == 1 else f"{stem}-{attempt}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError("count() does not end")


def _point_latest_at(folder: Path) -> None:
    """Replace `latest` in one step, so that nobody ever finds none; a text file with the name where links fail."""
    latest, new = folder.parent / LATEST, folder.parent / f".{LATEST}-{folder.name}"
    try:
        try:
            new.symlink_to(folder.name, target_is_directory=True)
        except (OSError, NotImplementedError):
            new.write_text(folder.name + "\n", encoding="utf-8")
        os.replace(new, latest)
    except OSError:  # A copy of the results may hold a real folder of this name: a convenience must not stop the run.
        new.unlink(missing_ok=True)
