"""Finds runs and reads them again. Whatever is wrong with a folder is told as BadInput, never as a traceback."""

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from chaosctl.errors import BadInput, Mistake
from chaosctl.history.findings import Findings, Measured
from chaosctl.history.folder import EVENTS, FAULTS, FORMAT, HISTORY, LATEST, MESSAGES, METRICS, RUN, VERDICT
from chaosctl.history.recording import Declared, Recording
from chaosctl.history.records import Event, FaultRow, MessageRow, Operation
from chaosctl.history.rows import is_torn, read_rows

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class StoredRun:
    """A run as its folder tells it. `about` is run.json; verdict and metrics are None where the run never got there."""

    folder: Path
    about: dict[str, Any]
    recording: Recording
    verdict: Findings | None
    metrics: dict[str, Measured] | None


def read_run(folder: Path) -> StoredRun:
    """Return the run in a folder; raises BadInput where it is none, is broken, or of a newer chaosctl.

    A run that died is read as far as it came: `recording.complete` is false and its notes say what is missing.
    """
    about = _about(folder)
    recording = read_recording(folder, _convert(folder / RUN, about.get("declared"), Declared))
    torn = [name for name in (HISTORY, EVENTS, FAULTS, MESSAGES) if is_torn(folder / name)]
    recording.notes.extend(f"{name} was cut short in its last line" for name in torn)
    recording.complete = not torn and bool(about.get("complete", False))
    if not about.get("complete", False):
        recording.notes.append("the run did not end in order: this is what it left")
    verdict, metrics = _json(folder / VERDICT), _json(folder / METRICS)
    return StoredRun(
        folder,
        about,
        recording,
        None if verdict is None else _convert(folder / VERDICT, verdict, Findings),
        None if metrics is None else _convert(folder / METRICS, metrics, dict[str, Measured]),
    )


def read_recording(folder: Path, declared: Declared) -> Recording:
    """Return the rows of a run's folder; raises BadInput where they can't be read (messages: when they are)."""
    return Recording(
        declared,
        list(read_rows(folder / HISTORY, Operation)),
        list(read_rows(folder / EVENTS, Event)),
        list(read_rows(folder / FAULTS, FaultRow)),
        lambda: read_rows(folder / MESSAGES, MessageRow),
    )


def find_runs(names: Sequence[str], results: Path) -> list[Path]:
    """Return the folders of runs that a user names; of none the newest of all. Raises BadInput with all mistakes.

    A name is a run's folder, an experiment (its newest run; also as `run` takes its name, "raft-election/no-fault"),
    `latest` (the newest of all), or such a path below `results`.
    """
    if not names:
        return [_newest_of_all(results)]
    found, mistakes = [], []
    for name in names:
        try:
            found.append(_find_run(name, results))
        except BadInput as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise BadInput(mistakes)
    return found


def _find_run(name: str, results: Path) -> Path:
    if name == LATEST and not Path(name).exists():
        return _newest_of_all(results)
    for candidate in (Path(name), results / name, results / name.replace("/", "-")):
        try:
            if candidate.is_file() and candidate.name == LATEST:  # Where symlinks fail, it is a file with the name.
                candidate = candidate.parent / candidate.read_text(encoding="utf-8").strip()  # noqa: PLW2901
            if (candidate / RUN).is_file():
                return candidate
            if runs := _runs_in(candidate):
                return max(runs, key=_age)
        except (OSError, ValueError) as error:  # ValueError: a null byte in the name, or a `latest` that is no text.
            raise BadInput(f"{name}: can't be read: {error}") from error
    if Path(name).exists():
        raise BadInput(f"{name}: not a run: there is no {RUN} in it")
    experiments = [path.name for path in results.glob("*") if path.is_dir()]
    near = difflib.get_close_matches(name, experiments, 1)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    raise BadInput(f"{name}: no such run in {results}{hint}")


def _newest_of_all(results: Path) -> Path:
    try:
        runs = [run for experiment in results.glob("*") for run in _runs_in(experiment)]
    except OSError as error:
        raise BadInput(f"{results}: can't be read: {error.strerror}") from error
    if not runs:
        raise BadInput(f"{results}: no runs there yet; `chaosctl run EXPERIMENT` makes one")
    return max(runs, key=_age)


def _runs_in(experiment: Path) -> list[Path]:
    """Return the runs' folders in an experiment's, `latest` being none of its own."""
    return [path.parent for path in experiment.glob(f"*/{RUN}") if not path.parent.is_symlink()]


def _age(run: Path) -> tuple[str, int]:
    """Order runs by the time in their names; those of one second by when they were last written to."""
    return run.name.partition("Z-")[0], run.stat().st_mtime_ns


def _about(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise BadInput(f"{folder}: {'not a folder' if folder.exists() else 'no such folder'}")
    about = _json(folder / RUN)
    if about is None:
        raise BadInput(f"{folder}: not a run: there is no {RUN} in it")
    if not isinstance(about, dict) or "declared" not in about:
        raise BadInput([Mistake(str(folder / RUN), 1, 1, "", "not written by chaosctl: it has no `declared`")])
    version = about.get("format", FORMAT)
    if not isinstance(version, int) or version > FORMAT:
        what = f"this run has format {version}, and this chaosctl reads up to {FORMAT}: a newer one wrote it"
        raise BadInput([Mistake(str(folder / RUN), 1, 1, "format", what)])
    return about


def _json(path: Path) -> Any:
    """Return a JSON file's content; None where there is no such file."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(f"{path}: can't be read: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise BadInput([Mistake(str(path), error.lineno, error.colno, "", f"not JSON: {error.msg}")]) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise BadInput([Mistake(str(path), 1, 1, "", f"not JSON: {error}")]) from error


def _convert(path: Path, content: Any, kind: type[Kind]) -> Kind:
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise BadInput([Mistake(str(path), 1, 1, "", f"not as chaosctl writes it: {error}")]) from error
