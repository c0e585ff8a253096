"""The whole program, run as a user runs it, and experiments for it whose nodes have a habit (misbehaving.py)."""

import json
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "runtimes"))

from leftovers import MARK

NODE = Path(__file__).with_name("misbehaving.py")

PATIENCE_SECONDS = 120
"""A run of six seconds took more than 20 at a load of 17 on two cores, most of it the start of interpreters."""


def experiment(habit: str, *arguments: str, more: str = "", **keys: object) -> str:
    """Return an experiment of two nodes with a habit; `keys` go into its main table or [system] (nodes, on_exit)."""
    system = {"nodes": 2, "command": [sys.executable, "-S", str(NODE), habit, *arguments]}
    table: dict[str, object] = {"name": habit or "polite", "duration": "300ms", "grace": "100ms", "seed": 1}
    for key, value in keys.items():
        (system if key in {"nodes", "on_exit", "command"} else table)[key] = value
    lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    lines += ["[system]", *(f"{key} = {json.dumps(value)}" for key, value in system.items())]
    lines += ["[workload]", 'kind = "echo"', "clients = 4", "rate = 100", 'timeout = "200ms"']
    lines += ["[expect]", 'checks = ["echo"]', more]
    return "\n".join(lines) + "\n"


@dataclass
class Program:
    """The whole program, in a folder of its own; every process that comes of it carries `mark`."""

    folder: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def write(self, text: str, name: str = "it.toml") -> str:
        """Write an experiment file, and return its name."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start `chaosctl ARGUMENTS`, its output piped."""
        return subprocess.Popen(
            [sys.executable, "-m", "chaosctl", *arguments],
            cwd=self.folder,
            env=os.environ | {MARK: self.mark} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `chaosctl ARGUMENTS` to its end; PATIENCE_SECONDS only end what hangs."""
        process = self.start(*arguments, **environment)
        try:
            output, complaints = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
        return subprocess.CompletedProcess(arguments, process.returncode, output, complaints)

    def newest(self) -> Path:
        """Return the folder of the newest run."""
        return max((self.folder / "results").glob("*/*Z-*"), key=lambda path: path.stat().st_mtime_ns)
