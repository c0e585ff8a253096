"""The rules of the house that a machine can hold: import direction, sizes, registries (DESIGN section 9)."""

import ast
import re
from pathlib import Path

import pytest

from chaosctl.catalogue import load_pattern
from tests.conftest import SHIPPED_PATTERNS

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "chaosctl"

BELOW = {
    "errors": set(),
    "node": set(),
    "experiment": {"node"},
    "network": {"experiment", "node"},
    "history": {"experiment", "node"},
    "patterns": {"node"},
    "faults": {"network", "history", "experiment", "node"},
    "workloads": {"network", "history", "experiment", "node"},
    "checkers": {"network", "history", "experiment", "node"},
    "measurements": {"network", "history", "experiment", "node"},
    "servers": {"node"},
    "runtimes": {
        "servers",
        "faults",
        "workloads",
        "checkers",
        "measurements",
        "network",
        "history",
        "experiment",
        "node",
    },
}
BELOW["catalogue"] = BELOW["runtimes"] - {"runtimes", "servers"} | {"patterns"}
BELOW["search"] = BELOW["runtimes"] | {"runtimes", "catalogue"}
BELOW["reports"] = BELOW["search"] - {"search"}
BELOW["cli"] = BELOW["search"] | {"search", "reports", "catalogue"}

RUNS_PATTERNS = {"chaosctl/runtimes/_supervising.py", "chaosctl/runtimes/simulation.py", "chaosctl/node/__main__.py"}
"""Where names of patterns are turned into classes: each loads from the registry by name and imports no pattern."""

MODULES = sorted(SOURCE.rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    """Return the packages of chaosctl that a module imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "chaosctl" else [f"chaosctl.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("chaosctl.")}
    return found - {"__version__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_imports_downwards_only(path: Path) -> None:
    package = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    if package not in BELOW:
        return
    allowed = BELOW[package] | {package, "errors"}
    if str(path.relative_to(ROOT)) in RUNS_PATTERNS:
        allowed |= {"patterns"}
    assert imports_of(path) <= allowed, f"{path} imports upwards or sideways"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_is_short_and_says_what_it_is(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= (250 if SOURCE / "patterns" in path.parents else 500)
    assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{path} has no docstring"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_function_is_longer_than_seventy_lines(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 70, f"{path}: {node.name}"


def test_a_broad_except_stands_in_three_places_only() -> None:
    broad = [
        path.parent.name
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    ]
    assert set(broad) <= {"cli", "checkers", "runtimes"}  # In runtimes: the loop, of what a task raises.
    assert len(broad) <= 3


@pytest.mark.parametrize("name", SHIPPED_PATTERNS)
def test_a_pattern_has_checks_two_mistakes_to_convict_and_four_experiments_of_the_right_one(name: str) -> None:
    pattern = load_pattern(name)
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "experiments" / name).glob("*.toml")]
    right = [text for text in texts if not re.search(r"^broken = ", text, re.MULTILINE)]
    assert pattern.checks
    assert len(pattern.broken) >= 2
    assert len(right) >= 4
    assert any("[[faults]]" not in text and not re.search(r"^faults = ", text, re.MULTILINE) for text in right)
    for mistake in pattern.broken:
        assert any(re.search(rf'^broken = "{mistake}"', text, re.MULTILINE) for text in texts), f"no file for {mistake}"
