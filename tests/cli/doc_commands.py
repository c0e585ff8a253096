"""The commands that pages show, and how a test runs them: as written, or shorter where CI would wait too long.

A command is a line of its own that is indented by four blanks, a `run:` or `script:` of a YAML block, or words between
backquotes that begin with a program's name and go on after its first word (`chaosctl report` is a mention). It is
expected to exit with 0, or with the code that a comment behind it states: `# exits with 2`.

`make conformance` runs all of them as they are written. CI runs them shorter, by the rules of `shorter` alone.
"""

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaosctl.experiment.library import find

PROGRAMS = ("chaosctl", "make", "pytest", "python", "python3", "pip", "cp")
INDENTED = re.compile(rf"^    (?=(?:{'|'.join(PROGRAMS)}) )(.+)$")
INLINE = re.compile(rf"`((?:{'|'.join(PROGRAMS)}) [^`]+)`")

SETS_UP = "sets up from a package index, as CI itself has done (make setup)"
TABLE = "is what tests/reports/test_reports_tables.py runs, with the table that the page shows of it"
NOT_RUN = {
    "make demo": "has tests of its own, beside the one that reads this",
    "make test": "is what runs this test",
    "pip install .": SETS_UP,
    "python3 -m venv .venv && . .venv/bin/activate && pip install -e .": SETS_UP,
    "python docs/write_tables.py": TABLE,
    "chaosctl compare experiments/cap/*.toml": TABLE,
    "chaosctl compare experiments/transactions/*.toml": TABLE,
    "pytest --chaos experiments/": "is tests/conformance; test_cli_pytest_plugin.py has the plugin on small files",
    "chaosctl report": "is between backquotes the command's name, or the newest run of whoever reads",
}
"""Commands that no test runs from the page, each with the reason."""


@dataclass(frozen=True)
class Shown:
    """A command as a page shows it."""

    text: str
    code: int = 0
    """What it exits with."""

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text)


def commands(page: Path) -> list[Shown]:
    """Return the commands of a page, in its order."""
    return list(_commands(page.read_text(encoding="utf-8")))


def _commands(text: str) -> Iterator[Shown]:
    fence: str | None = None
    block: list[str] = []
    for line in text.splitlines():
        if line.startswith("```"):
            if fence == "yaml":
                yield from map(Shown, scripts(parsed("\n".join(block))))
            fence, block = (line[3:].strip(), []) if fence is None else (None, [])
        elif fence is not None:
            block.append(line)
        elif INDENTED.match(line):
            yield _shown(line.strip())
        else:
            yield from inline(line)


def inline(prose: str) -> list[Shown]:
    """Return the commands that stand between backquotes, over the end of a line too."""
    return [Shown(" ".join(found.split())) for found in INLINE.findall(prose)]


def _shown(line: str) -> Shown:
    command, _, comment = line.partition(" # ")
    said = re.search(r"exits with (\d+)", comment)
    return Shown(command.strip(), int(said[1]) if said else 0)


def parsed(text: str) -> Any:
    """Return what a YAML block says."""
    import yaml  # noqa: PLC0415 - one page alone has YAML, and nothing but its test needs the package.

    return yaml.safe_load(text)


def yaml_blocks(page: Path) -> list[Any]:
    """Return what the YAML blocks of a page say."""
    return [
        parsed(block) for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    ]


def scripts(node: object) -> Iterator[str]:
    """Return the shell lines of a workflow or a job."""
    if isinstance(node, list):
        for each in node:
            yield from scripts(each)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in {"run", "script", "before_script", "after_script"}:
                for lines in [value] if isinstance(value, str) else value:
                    yield from lines.splitlines()
            else:
                yield from scripts(value)


def expanded(text: str, folder: Path) -> list[str]:
    """Return the words that a shell makes of a command in a folder: globs, braces and quotes."""
    command = ["bash", "-c", f"printf '%s\\0' {text}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.split("\0")[:-1]


def shorter(words: list[str]) -> list[str]:
    """Return what CI runs in place of a chaosctl command that takes long or needs real time."""
    name, *rest = words
    if name == "run" and "--simulate" not in rest:
        simulated = all("command = " not in _text(word) for word in rest if not word.startswith("-"))
        return [name, "--simulate", *rest] if simulated else ["validate", *rest]  # Nothing else is known of a program.
    if name == "test":
        return [name, "--print", *rest]
    limits = {"sweep": ("--seeds", "2"), "compare": ("--seeds", "1"), "explore": ("--limit", "4")}
    if name not in limits:
        return words
    option, few = limits[name]
    if option in rest:
        del rest[rest.index(option) : rest.index(option) + 2]
    for number, word in enumerate(rest):
        if word == "--vary":  # Of key=a,b,c as few values as are a comparison.
            rest[number + 1] = ",".join(rest[number + 1].split(",")[:2])
    return [name, option, few, *rest]


def _text(experiment: str) -> str:
    return find(experiment).read_text(encoding="utf-8")
