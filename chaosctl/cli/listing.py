"""What `chaosctl list` shows of each name: docstrings, and what a pattern, fault or figure declares of itself."""

import inspect
from typing import Any

import msgspec
import tomli

from chaosctl.catalogue import catalogue, load_check, load_fault, load_figure, load_pattern, load_workload
from chaosctl.checkers import CHECKS
from chaosctl.experiment import library
from chaosctl.experiment.model import Fault
from chaosctl.measurements import FIGURES
from chaosctl.node.pattern import Pattern


def entries(kind: str) -> list[dict[str, Any]]:
    """Return the rows of patterns, workloads, faults, checks, figures or experiments: name, text, and more by kind."""
    known = catalogue()
    if kind == "experiments":
        return [_experiment(name) for name in library.names()]
    describe = {
        "patterns": lambda name: _pattern(load_pattern(name)),
        "workloads": _workload,
        "faults": _fault,
        "checks": lambda name: {"text": inspect.getdoc(load_check(name)) or ""},
        "figures": _figure,
    }[kind]
    names = {"checks": tuple(CHECKS), "figures": tuple(FIGURES)}.get(kind) or getattr(known, kind)
    return [{"name": name, **describe(name)} for name in names]


def _pattern(pattern: Pattern) -> dict[str, Any]:
    fields = msgspec.structs.fields(pattern.options)
    return {
        "text": pattern.summary,
        "roles": list(pattern.roles),
        "workloads": list(pattern.workloads),
        "checks": list(pattern.checks),
        "options": [field.name for field in fields],
        "broken": {
            name: (inspect.getdoc(variant) or "").partition("\n")[0] for name, variant in pattern.broken.items()
        },
    }


def _workload(name: str) -> dict[str, Any]:
    workload = load_workload(name)
    return {
        "text": inspect.getdoc(workload) or "",
        "operations": list(workload.operations),
        "options": [field.name for field in msgspec.structs.fields(workload.Options)],
    }


def _fault(name: str) -> dict[str, Any]:
    kind = load_fault(name)
    own = [field.alias or key for key, field in kind.model_fields.items() if key not in Fault.model_fields]
    return {"text": inspect.getdoc(kind) or "", "keys": own}


def _figure(name: str) -> dict[str, Any]:
    figure = load_figure(name)
    return {
        "text": inspect.getdoc(figure) or "",
        "unit": figure.unit,
        "better": figure.better,
        "dimensions": list(figure.dimensions),
    }


def _experiment(name: str) -> dict[str, Any]:
    """Return a shipped experiment's own description; the file is not validated for it."""
    data = tomli.loads((library.folder() / f"{name}.toml").read_text(encoding="utf-8"))
    return {
        "name": name,
        "text": str(data.get("description", "")),
        "pattern": str(data.get("system", {}).get("pattern", "")),
    }
