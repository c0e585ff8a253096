"""Histories that are judged alone, without the run that they come from: which model, which checks, what is printed."""

import difflib
import json
from pathlib import Path

import msgspec
import typer

from chaosctl.checkers import OBJECT_CHECKS
from chaosctl.checkers.calls import calls_of
from chaosctl.checkers.isolation.anomalies import LEVELS
from chaosctl.checkers.isolation.txns import WRITES
from chaosctl.checkers.linearizable_models import MODELS, Model
from chaosctl.checkers.objects import hashable, model_of
from chaosctl.checkers.verdict import judge_check, written
from chaosctl.cli.documents import print_json
from chaosctl.errors import BadInput
from chaosctl.history.findings import CheckResult
from chaosctl.history.importing import Imported, import_history
from chaosctl.history.recording import Recording
from chaosctl.reports.drawing import drawing_of
from chaosctl.reports.history_text import Judged, text_of

TXN_MODELS = ("list-append", "rw-register")
"""What transactions are of, where their isolation is judged."""

STRONGEST = "strict-serializable"


def judge_history(path: Path, model: str, checks: list[str], initial: str) -> Judged:
    """Return what the checks say of a history; raises BadInput where file or options are wrong."""
    for name in checks:
        _known("check", name, [*OBJECT_CHECKS, *LEVELS])
    if model:
        _known("model", model, [*MODELS, *TXN_MODELS])
    imported = import_history(path)
    if model in TXN_MODELS or (not model and (set(checks) & set(LEVELS) or _has_appends(imported.recording))):
        if initial:
            raise BadInput("--initial: a list begins empty and a register with null, where transactions are judged")
        checks = checks or [STRONGEST]
        name, chosen = _txn_model(path, imported, model, checks), None
    else:
        name, chosen = _model(path, imported, model, initial)
        if levels := [each for each in checks if each in LEVELS]:
            raise BadInput(f"--check: {levels[0]} is for the models {' and '.join(TXN_MODELS)}, not for {name}")
    found = {each: written(judge_check(each, imported.recording, chosen)) for each in checks or ["linearizable"]}
    return Judged(str(path), imported.format, name, imported.has_times, imported.recording, found)


def show_history(judged: Judged, *, as_json: bool) -> None:
    """Print the verdicts on a history."""
    if not as_json:
        for line in text_of(judged):
            typer.echo(line)
        return
    document = {
        "history": judged.path,
        "format": judged.format,
        "model": judged.model,
        "rows": len(judged.recording.operations),
        "checks": msgspec.to_builtins(judged.checks),
    }
    print_json(document)


def draw_first(judged: list[tuple[Recording, dict[str, CheckResult]]], file: Path) -> None:
    """Draw the first contradiction into the file, or say that there is none; raises BadInput where it can't be."""
    for recording, checks in judged:
        for found in checks.values():
            if (svg := drawing_of(recording, found)) is not None:
                try:
                    file.write_text(svg, encoding="utf-8")
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


def _has_appends(recording: Recording) -> bool:
    """Return whether these are transactions that append to lists, which no other model has."""
    return {row.f for row in recording.operations} == {"txn"} and "append" in _micro_operations(recording)


def _micro_operations(recording: Recording) -> set[str]:
    rows = [row.value for row in recording.operations if row.f == "txn" and isinstance(row.value, list)]
    return {str(part[0]) for value in rows for part in value if isinstance(part, list) and part}


def _txn_model(path: Path, imported: Imported, wanted: str, checks: list[str]) -> str:
    """Return the model of transactions; raises BadInput where the history or the checks are of something else."""
    if others := sorted({row.f for row in imported.recording.operations} - {"txn"}):
        raise BadInput(f"{path}: isolation is of operations txn, and the history has {', '.join(others)}")
    if unfit := [name for name in checks if name not in LEVELS]:
        raise BadInput(f"--check: {unfit[0]} is not for transactions on lists or registers: {', '.join(LEVELS)} are")
    has = _micro_operations(imported.recording)
    fitting = "list-append" if "append" in has else "rw-register"
    if wanted and wanted != fitting and has & {"append", *WRITES}:
        what = ", ".join(sorted(has))
        raise BadInput(f'{path}: the history has micro-operations {what}: did you mean the model "{fitting}"?')
    return wanted or fitting


def _known(kind: str, name: str, known: list[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f'; did you mean "{near[0]}"?' if near else f": there are {', '.join(known)}"
        raise BadInput(f'--{kind}: no {kind} is called "{name}"{hint}')
