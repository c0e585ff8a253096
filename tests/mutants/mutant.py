"""A mutant: a pattern with one step of one role changed as people get it wrong, put in when the role is loaded.

A row names the class and method, the exact source line, and what it becomes. The module that has it is compiled afresh
with that line replaced, and so are those of the pattern that are made of it; the fresh class stands in for the role in
the pattern's declaration. A line that is gone, or that is not the only one of its kind in its method,
is an error: a mutant that changes nothing convicts nobody.
"""

import ast
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from chaosctl.catalogue import load_pattern
from chaosctl.history.findings import Findings
from chaosctl.node.pattern import Pattern
from chaosctl.patterns import PATTERNS

HERE = Path(__file__).parent
EXPERIMENTS = HERE.parent.parent / "experiments"


class LineGone(Exception):
    """The line that a mutant changes does not stand in its step, exactly once: the table must follow the pattern."""


@dataclass(frozen=True)
class Edit:
    """In a `step` ("Acceptor.on_accept") the `line`, without its indentation, becomes what `becomes` says."""

    step: str
    line: str
    becomes: str


@dataclass(frozen=True)
class Mutant:
    """A row. `check` must convict it, a check or (where the file sets a limit) a figure; `schedule` is the aimed one.

    A control has no check: it looks wrong, is harmless, and must pass.
    """

    pattern: str
    name: str
    edits: tuple[Edit, ...]
    check: str = ""
    schedule: str = ""
    overrides: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.pattern}.{self.name}"

    @property
    def text(self) -> str:
        """The aimed schedule."""
        return schedule_text(self.schedule)


def schedule_text(name: str) -> str:
    """Return a schedule of ours, else a shipped experiment, as one for the correct pattern."""
    path = HERE / "schedules" / f"{name}.toml"
    return without_broken((path if path.exists() else EXPERIMENTS / f"{name}.toml").read_text(encoding="utf-8"))


def without_broken(text: str) -> str:
    """Return an experiment's text with the correct pattern in place of a broken variant."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("broken = ")) + "\n"


def convictions(findings: Findings) -> set[str]:
    """Return the checks that convict, and the figures that are not within their limits."""
    checks = {name for name, check in findings.checks.items() if check.valid == "fail"}
    return checks | {threshold.metric for threshold in findings.thresholds if threshold.valid == "fail"}


@contextmanager
def installed(mutant: Mutant) -> Iterator[None]:
    """Let the registry's name of the pattern mean the mutant, in this process, until the block ends."""
    module_name, _, attribute = PATTERNS[mutant.pattern].partition(":")
    module = import_module(module_name)
    right = getattr(module, attribute)
    setattr(module, attribute, mutated(mutant))
    try:
        yield
    finally:
        setattr(module, attribute, right)


@cache
def mutated(mutant: Mutant) -> Pattern:
    """Return the pattern with the mutant's classes in place of the roles that they were; raises LineGone."""
    pattern = load_pattern(mutant.pattern)
    edits = defaultdict(list)
    for edit in mutant.edits:
        edits[_module_of(pattern, edit)].append(edit)
    fresh = _compiled(_imports(pattern), {module: _edited(_source(module), of) for module, of in edits.items()})
    roles = {
        name: fresh[role.__module__][role.__name__] if role.__module__ in fresh else role
        for name, role in pattern.roles.items()
    }
    return replace(pattern, roles=roles, broken={})


def _module_of(pattern: Pattern, edit: Edit) -> str:
    """Return the module that has the step: a role's own, else one that it is made of."""
    own = [role.__module__ for role in pattern.roles.values()]
    for module in [*own, *_imports(pattern)]:
        if _step(_source(module), edit.step) is not None:
            return module
    raise LineGone(f"no role of {pattern.name} stands in a module that has {edit.step}")


def _imports(pattern: Pattern) -> dict[str, set[str]]:
    """Return which modules of patterns each module imports, of those that the roles are made of, parts first."""
    found: dict[str, set[str]] = {}
    wanted = sorted({role.__module__ for role in pattern.roles.values()})
    while wanted:
        module = wanted.pop()
        if module not in found:
            top = [node for node in ast.parse(_source(module)).body if isinstance(node, ast.ImportFrom)]
            found[module] = {str(node.module) for node in top if str(node.module).startswith("chaosctl.patterns.")}
            wanted += sorted(found[module])
    return {module: found[module] for module in TopologicalSorter(found).static_order()}


def _source(module: str) -> str:
    return Path(str(sys.modules[module].__file__)).read_text(encoding="utf-8")


def _edited(source: str, edits: list[Edit]) -> str:
    lines = source.splitlines()
    places = {}
    for edit in edits:
        step = _step(source, edit.step)
        assert step is not None, "only modules that have the step are edited"
        found = [number for number in step if lines[number].strip() == edit.line]
        if len(found) != 1:
            raise LineGone(f"{edit.step} has the line `{edit.line}` {len(found)} times, not once")
        places[found[0]] = edit.becomes
    for number, becomes in places.items():
        indentation = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
        lines[number] = textwrap.indent(textwrap.dedent(becomes).strip("\n"), indentation)
    return "\n".join(lines) + "\n"


def _step(source: str, step: str) -> range | None:
    """Return the places of a method's lines, counted from 0; None where the module has no such method."""
    class_name, _, method = step.partition(".")
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            for each in node.body:
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == method:
                    assert each.end_lineno is not None, "what was parsed has an end"
                    return range(each.lineno - 1, each.end_lineno)
    return None


def _compiled(imports: dict[str, set[str]], sources: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return the edited modules compiled afresh, and with them those that import one, parts first."""
    fresh: dict[str, ModuleType] = {}
    right = {module: sys.modules[module] for module in imports}
    try:
        for module, parts in imports.items():
            if module in sources or parts & fresh.keys():
                source = sources.get(module) or _source(module)
                made = fresh[module] = sys.modules[module] = ModuleType(module)
                exec(compile(source, f"<mutant of {module}>", "exec"), made.__dict__)  # noqa: S102 - ours, a line changed.
    finally:
        sys.modules.update(right)
    return {module: made.__dict__ for module, made in fresh.items()}
