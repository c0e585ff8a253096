"""The experiment file as a JSON Schema (2020-12), for editors: completion, and mistakes as they are made.

Written from the model, with the names that the catalogue knows. It says less than `chaosctl validate`: what tables mean
together (a target that the pattern has not, a trigger that nobody emits) no schema can say.
"""

from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chaosctl.experiment.catalogue import Catalogue
from chaosctl.experiment.model import (
    DISTRIBUTIONS,
    Expect,
    Experiment,
    Fault,
    Latency,
    System,
    Threshold,
    Workload,
)

REFERENCE = "#/$defs/{model}"


def schema(catalogue: Catalogue) -> dict[str, Any]:
    """Return the schema."""
    faults = {name: catalogue.fault(name) for name in catalogue.faults}
    parts = (Experiment, System, Workload, Threshold, Expect, Fault, Latency)
    models: list[type[BaseModel]] = [*parts, *faults.values(), *DISTRIBUTIONS.values()]
    references, whole = models_json_schema([(model, "validation") for model in models], ref_template=REFERENCE)
    found = cast("dict[str, Any]", _without_defaults(whole["$defs"]))
    name_of = {model: str(references[model, "validation"]["$ref"]).rpartition("/")[2] for model in models}
    for name, model in faults.items():
        _fix(found[name_of[model]], "kind", name)
    for name, distribution in DISTRIBUTIONS.items():
        _fix(found[name_of[distribution]], "distribution", name)
    found[name_of[Fault]] = _one_of([name_of[model] for model in faults.values()])
    found[name_of[Latency]] = _one_of([name_of[model] for model in DISTRIBUTIONS.values()])
    for table, key, names in (
        (System, "pattern", catalogue.patterns),
        (Workload, "kind", catalogue.workloads),
        (Threshold, "metric", tuple(catalogue.metrics())),
    ):
        found[name_of[table]]["properties"][key] = {"enum": list(names)}
    for key in ("checks", "violates"):
        checks = {"anyOf": [{"enum": list(catalogue.checks)}, {"type": "string"}]}
        found[name_of[Expect]]["properties"][key] = {"type": "array", "items": checks}
    experiment = found.pop(name_of[Experiment])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "chaosctl experiment",
        **{key: value for key, value in experiment.items() if key != "title"},
        "$defs": dict(sorted(found.items())),
    }


def _fix(table: dict[str, Any], key: str, value: str) -> None:
    """Let a key have one value alone, and be there: it says which table this is."""
    table["properties"][key] = {"const": value}
    table["required"] = sorted({*table.get("required", ()), key})


def _one_of(names: list[str]) -> dict[str, Any]:
    return {"oneOf": [{"$ref": REFERENCE.format(model=name)} for name in dict.fromkeys(names)]}


def _without_defaults(node: Any) -> Any:
    """Return a schema without defaults: durations in it are seconds, which no file may say."""
    if isinstance(node, dict):
        return {key: _without_defaults(value) for key, value in node.items() if key != "default"}
    return [_without_defaults(each) for each in node] if isinstance(node, list) else node
