"""What patterns may not do, held by a machine: they live on the calls of `chaosctl.node.role` and on nothing else.

Else a pattern would know which runtime it is in, or differ between two runs of one seed (DESIGN section 3).
"""

import ast
from pathlib import Path

import pytest

PATTERNS = sorted((Path(__file__).parent.parent / "chaosctl" / "patterns").rglob("*.py"))

OF_THE_MACHINE = {
    *("asyncio", "concurrent", "datetime", "io", "multiprocessing", "os", "pathlib", "queue", "random", "secrets"),
    *("selectors", "signal", "socket", "subprocess", "sys", "tempfile", "threading", "time", "trio", "uuid"),
}
"""Modules by which a pattern would get at time, chance, files, processes or the scheduler behind the runtime's back."""

BUILT_IN = {"open", "hash", "id", "input", "print", "exec", "eval", "__import__", "breakpoint"}
"""Functions that reach out of the node, or differ from process to process."""

SETS = {"set", "frozenset"}


def mistakes(source: str) -> list[str]:
    """Return what a pattern's source does that no pattern may, each with its line."""
    found = []
    for node in ast.walk(ast.parse(source)):
        what = _mistake(node)
        if what:
            found.append(f"{node.lineno}: {what}")  # type: ignore[attr-defined]
    return found


def _mistake(node: ast.AST) -> str:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return _mistake_of_import(node)
    if isinstance(node, ast.Call):
        return _mistake_of_call(node)
    if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension) and _is_set(node.iter):
        return "goes through a set, whose order differs from process to process: sort it" if _ordered(node) else ""
    if isinstance(node, ast.ExceptHandler) and _catches_all(node):
        return "catches BaseException: a crash would not end it"
    return ""


def _mistake_of_import(node: ast.Import | ast.ImportFrom) -> str:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    for name in names:
        top, _, rest = name.partition(".")
        # `from random import Random` is a type for annotations: self.random is one.
        if top == "random" and isinstance(node, ast.ImportFrom) and [a.name for a in node.names] == ["Random"]:
            continue
        if top in OF_THE_MACHINE:
            return f"imports {name}: use the role's calls"
        if top == "chaosctl" and rest.partition(".")[0] not in {"node", "patterns"}:
            return f"imports {name}: patterns import chaosctl.node alone"
    return ""


def _mistake_of_call(node: ast.Call) -> str:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if isinstance(node.func, ast.Name) and name in BUILT_IN:
        return f"calls {name}()"
    if any(keyword.arg == "shield" for keyword in node.keywords) or name == "CancelScope":
        return "makes a cancel scope or shields one: a ghost that outlives the crash; use self.timeout"
    if isinstance(node.func, ast.Name) and name in {"list", "tuple"} and node.args and _is_set(node.args[0]):
        return "makes a list of a set, whose order differs from process to process: sort it"
    return ""


def _ordered(node: ast.AST) -> bool:
    """Return whether going through these in another order could show: in a comprehension it may be any() or a sum."""
    return isinstance(node, ast.For | ast.AsyncFor)


def _is_set(node: ast.expr) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor):
        return _is_set(node.left) or _is_set(node.right)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SETS


def _catches_all(node: ast.ExceptHandler) -> bool:
    return node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "BaseException")


@pytest.mark.parametrize("path", PATTERNS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_pattern_uses_the_calls_of_a_role_and_nothing_of_the_machine(path: Path) -> None:
    assert mistakes(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "import os.path",
        "from trio import sleep",
        "import random",
        "from random import choice",
        "from uuid import uuid4",
        "from chaosctl.network.links import Link",
        "open('x')",
        "hash('n1')",
        "with CancelScope(shield=True): pass",
        "with trio.move_on_after(1, shield=True): pass",
        "for node in {'n1', 'n2'}: pass",
        "for node in set(nodes) - {me}: pass",
        "list(set(nodes))",
        "try: pass\nexcept BaseException: pass",
        "try: pass\nexcept: pass",
    ],
)
def test_the_lint_convicts_a_pattern_that_reaches_out_of_its_node(source: str) -> None:
    assert len(mistakes(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from random import Random",
        "from collections.abc import Callable",
        "from chaosctl.node.role import Role",
        "from chaosctl.patterns.paxos.acceptor import Acceptor",
        "for node in sorted({'n1', 'n2'}): pass",
        "any(node in votes for node in {'n1', 'n2'})",
        "with self.timeout(1): pass",
    ],
)
def test_the_lint_lets_what_is_harmless_pass(source: str) -> None:
    assert mistakes(source) == []
