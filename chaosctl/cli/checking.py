"""Histories that are judged alone, without the run that they come from: which model, which checks, what is printed."""

import difflib
import json
from pathlib import Path

import msgspec
import typer

from chaosctl.checkers import OBJECT_CHECKS
from chaosctl.checkers.calls import calls_of
from chaosctl.checkers.linearizable_models import MODELS, Model
from chaosctl.checkers.objects import hashable, model_of
from chaosctl.checkers.verdict import judge_check, written
from chaosctl.errors import BadInput
from chaosctl.history.findings import CheckResult
from chaosctl.history.importing import Imported, import_history
from chaosctl.history.recording import Recording
from chaosctl.reports.history_text import Judged, text_of
from chaosctl.reports.lanes import draw, picture_of

SCHEMA = 1
"""Raised when a key of the JSON changes its meaning or goes away."""


def judge_history(path: Path, model: str, checks: list[str], initial: str) -> Judged:
    """Return what the checks say of a history; raises BadInput where file or options are wrong."""
    for name in checks:
        _known("check", name, list(OBJECT_CHECKS))
    if model:
        _known("model", model, list(MODELS))
    imported = import_history(path)
    name, chosen = _model(path, imported, model, initial)
    found = {name: written(judge_check(name, imported.recording, chosen)) for name in checks or ["linearizable"]}
    return Judged(str(path), imported.format, name, imported.has_times, imported.recording, found)


def show_history(judged: Judged, *, as_json: bool) -> None:
    """Print the verdicts on a history."""
    if not as_json:
        for line in text_of(judged):
            typer.echo(line)
        return
    document = {
        "schema": SCHEMA,
        "history": judged.path,
        "format": judged.format,
        "model": judged.model,
        "rows": len(judged.recording.operations),
        "checks": msgspec.to_builtins(judged.checks),
    }
    typer.echo(msgspec.json.encode(document).decode())


def draw_first(judged: list[tuple[Recording, dict[str, CheckResult]]], file: Path) -> None:
    """Draw the first contradiction into the file, or say that there is none; raises BadInput where it can't be."""
    for recording, checks in judged:
        for found in checks.values():
            if found.contradiction is not None:
                try:
                    file.write_text(draw(picture_of(recording, found.contradiction)), encoding="utf-8")
                except OSError as error:
                    raise BadInput(f"{file}: can't be written: {error.strerror}") from error
                return
    typer.echo(f"{file}: not drawn, for there is no contradiction to draw", err=True)


def _model(path: Path, imported: Imported, wanted: str, initial: str) -> tuple[str, Model]:
    """Return the model's name and the model, with what its object holds at first."""
    calls = calls_of(imported.recording)
    names = {call.invoked.f for call in calls}
    guessed = model_of(calls)
    fitting = next((name for name, kind in MODELS.items() if guessed is not None and isinstance(guessed, kind)), "")
    if not wanted and not fitting:
        have = "; ".join(f"{name} has {', '.join(sorted(kind.operations))}" for name, kind in MODELS.items())
        raise BadInput(f"{path}: no model has the operations {', '.join(sorted(names))}: {have}")
    name = wanted or fitting
    chosen = MODELS[name]
    if unknown := sorted(names - chosen.operations):
        hint = f'; did you mean "{fitting}"?' if fitting else ""
        has = ", ".join(sorted(chosen.operations))
        raise BadInput(f"{path}: the model {name} has {has}, and the history {', '.join(unknown)}{hint}")
    first = imported.initial
    if initial:
        try:
            first = json.loads(initial)
        except ValueError as error:
            raise BadInput(f"--initial: not JSON: {error}") from error
        if not chosen.may_begin:
            raise BadInput(f"--initial: a {name} begins as it is")
    model = chosen()
    if chosen.may_begin:
        model.initial = hashable(first)
    return name, model


def _known(kind: str, name: str, known: list[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f'; did you mean "{near[0]}"?' if near else f": there are {', '.join(known)}"
        raise BadInput(f'--{kind}: no {kind} is called "{name}"{hint}')
