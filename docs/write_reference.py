"""Write what the documentation takes from the program anew: reference.md, checks.md, faults.md, report.schema.json.

    python docs/write_reference.py

tests/cli/test_cli_docs.py and tests/reports/test_reports_machines.py say when it is time to.
"""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import tomli
from pydantic import BaseModel

from chaosctl.catalogue import catalogue, load_check, load_fault, load_pattern, load_workload
from chaosctl.checkers import CHECKS
from chaosctl.cli.listing import entries
from chaosctl.experiment import library, model
from chaosctl.experiment.values import duration_text, toml_text
from chaosctl.experiment.wording import is_duration
from chaosctl.reports import document

DOCS = Path(__file__).parent
TABLES = {
    "": model.Experiment,
    "[system]": model.System,
    "[network]": model.Network,
    "[[network.links]]": model.LinkRule,
    "[disk]": model.Disk,
    "[workload]": model.Workload,
    "[[workload.script]]": model.Step,
    "[[faults]]": model.Fault,
    "faults.when": model.When,
    "faults.match": model.Match,
    "[expect]": model.Expect,
    "[[expect.thresholds]]": model.Threshold,
}
WRITTEN = "<!-- Written by docs/write_reference.py. -->"


def reference() -> str:
    """Return the page of the experiment file, patterns, workloads and figures."""
    lines = ["# Reference", "", WRITTEN, "", "## The experiment file", ""]
    lines += ["Durations are strings with a unit: `250ms`, `5s`, `2m`. `chaosctl new --schema` is for editors.", ""]
    for name, table in TABLES.items():
        lines += [f"### `{name}`" if name else "### The main table", "", *_prose(table), "", *_keys(table), ""]
    lines += ["### Latency distributions", ""]
    for name, distribution in model.DISTRIBUTIONS.items():
        keys = ", ".join(f"`{key}`" for key in distribution.model_fields if key != "distribution")
        lines.append(f"- `{name}` ({keys}): {_first(distribution)}")
    lines += ["", "## Patterns", ""]
    for name in catalogue().patterns:
        lines += _pattern(name)
    lines += ["## Workloads", ""]
    for name in catalogue().workloads:
        workload = load_workload(name)
        lines += [f"### {name}", "", *_prose(workload), "", f"Operations: {', '.join(workload.operations)}.", ""]
        lines += [*_options(workload.Options), ""]
    lines += ["## Figures", "", "| figure | unit | better | what it says |", "|---|---|---|---|"]
    for row in entries("figures"):
        said = _cell(row["text"].partition("\n")[0])
        lines.append(f"| `{row['name']}` | {row['unit']} | {row['better'] or '-'} | {said} |")
    return "\n".join(lines) + "\n"


def checks() -> str:
    """Return the page of the checks and what they prove."""
    lines = ["# The checks, and what they prove", "", WRITTEN, ""]
    lines += [
        "A check says `pass`, `fail` with evidence, or `unknown` with the reason; it never passes for lack of data."
    ]
    lines += ["A pass is about the run that was recorded: `sweep` and `explore` are for many.", ""]
    for name in CHECKS:
        check = load_check(name)
        carried = [pattern for pattern in catalogue().patterns if name in load_pattern(pattern).checks]
        lines += [f"## {name}", "", *_prose(check), "", f"Needs: {', '.join(sorted(check.needs)) or 'nothing'}."]
        lines += [f"Carried by: {', '.join(carried)}." if carried else "Asked for by `[expect] checks`.", ""]
    return "\n".join(lines)


def faults(picture: "dict[str, str]") -> str:
    """Return the page of the fault kinds; `picture` has what a report drew for each."""
    lines = [
        "# Fault kinds",
        "",
        WRITTEN,
        "",
        "Each picture is what `chaosctl report` draws of the experiment named.",
        "",
    ]
    for name in catalogue().faults:
        kind = load_fault(name)
        own = [field.alias or key for key, field in kind.model_fields.items() if key not in model.Fault.model_fields]
        lines += [f"## {name}", "", *_prose(kind), ""]
        lines += [f"Keys of its own: {', '.join(f'`{key}`' for key in own)}.", ""] if own else []
        lines += [picture[name], ""] if name in picture else []
    return "\n".join(lines)


def _keys(table: type[BaseModel]) -> Iterator[str]:
    yield "| key | default |"
    yield "|---|---|"
    for key, field in table.model_fields.items():
        default = "required" if field.is_required() else _default(field.default)
        yield f"| `{field.alias or key}` | {_cell(default)} |"


def _default(value: Any) -> str:
    if value is None or isinstance(value, BaseModel):
        return "-"
    return f"`{toml_text(value)}`"


def _pattern(name: str) -> list[str]:
    pattern = load_pattern(name)
    lines = [f"### {name}", "", pattern.summary, "", f"Roles: {', '.join(pattern.roles)}."]
    lines += [f"Workloads: {', '.join(pattern.workloads)}.", "", *_options(pattern.options), ""]
    for variant, role in pattern.broken.items():
        lines.append(f"- broken `{variant}` (must violate {role.violates}): {_first(role)}")
    return [*lines, ""]


def _options(options: Any) -> list[str]:
    fields = msgspec.structs.fields(options)
    if not fields:
        return ["No options."]
    return [
        "| option | default |",
        "|---|---|",
        *(f"| `{each.name}` | {_cell(_option(each))} |" for each in fields),
    ]


def _option(field: Any) -> str:
    if field.default is msgspec.NODEFAULT:
        return "-" if field.default_factory is msgspec.NODEFAULT else f"`{toml_text(field.default_factory())}`"
    if isinstance(field.default, float) and is_duration(field.type):
        return f"`{duration_text(field.default)}`"
    return "-" if field.default is None else f"`{toml_text(field.default)}`"


def _prose(thing: Any) -> list[str]:
    return (inspect.getdoc(thing) or "").splitlines()


def _first(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _pictures() -> dict[str, str]:
    """Simulate the first shipped experiment that has each kind of fault and passes, and return what a report draws."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - the test of what is current needs none of this.

    from chaosctl.cli.running import load_plan  # noqa: PLC0415
    from chaosctl.history.read import read_run  # noqa: PLC0415
    from chaosctl.reports.symbols import UNICODE  # noqa: PLC0415
    from chaosctl.reports.timeline import timeline  # noqa: PLC0415
    from chaosctl.runtimes.run import run_in_simulation  # noqa: PLC0415

    found: dict[str, str] = {}
    for name in library.names():
        text = (library.folder() / f"{name}.toml").read_text(encoding="utf-8")
        content = tomli.loads(text)
        kinds = {fault["kind"] for fault in content.get("faults", [])}
        allowed = content.get("expect", {})
        if len(kinds) != 1 or kinds & set(found) or allowed.get("verdict") != "pass" or "script" in content["workload"]:
            continue
        if "simulation" not in allowed.get("runtimes", ["simulation"]):
            continue
        with TemporaryDirectory() as folder:
            plan = load_plan(library.find(name), seed=None, overrides=(), simulate=True)
            run = read_run(run_in_simulation(plan, Path(folder)).folder)
        rows = "\n".join(f"{row.label}  {row.signs}".rstrip() for row in timeline(run, 96, UNICODE))
        found[kinds.pop()] = f"    chaosctl run --simulate {name}\n\n```text\n{rows}\n```"
    return found


def main() -> None:
    """Write all."""
    pages = {
        "reference.md": reference(),
        "checks.md": checks(),
        "faults.md": faults(_pictures()),
        "report.schema.json": json.dumps(document.schema(), indent=2) + "\n",
    }
    for name, text in pages.items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
