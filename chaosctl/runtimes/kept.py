"""A run's folder as the runner fills it: what was run, run.json from the first moment on, what was found."""

import platform
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import trio

from chaosctl import __version__
from chaosctl.checkers.verdict import RunVerdict
from chaosctl.errors import RunBroke
from chaosctl.experiment.dump import dump
from chaosctl.history import folder as run_folder
from chaosctl.runtimes.plan import Plan
from chaosctl.runtimes.source import source_digest


@dataclass
class Ending:
    """How far a run came, kept outside of it so that an interrupt does not lose it. Times are run times (ns).

    `stderr` is what simulated nodes wrote there; real ones write to their file themselves.
    """

    load_end_ns: int = 0
    end_ns: int = 0
    problems: dict[str, dict[str, int]] = field(default_factory=dict)
    stderr: dict[str, str] = field(default_factory=dict)
    complete: bool = False
    interrupted: bool = False


class KeptRun:
    """The folder of one run, made anew below `results`; raises RunBroke where it can't be written.

    run.json is there from the start, marked incomplete: a run that is killed leaves what it saw, and can be read.
    """

    def __init__(self, plan: Plan, results: Path, runtime: str) -> None:
        self._plan, self._runtime = plan, runtime
        started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.folder = run_folder.create(results, plan.experiment.name, plan.seed, started)
        try:
            (self.folder / run_folder.EXPERIMENT).write_text(dump(plan.experiment), encoding="utf-8")
            for node in plan.nodes:
                Path(self.data_directory(node)).mkdir(parents=True)
        except OSError as error:
            raise RunBroke(f"{self.folder}: the run's folder can't be written: {error.strerror}") from error
        self.write_ending(Ending())

    def data_directory(self, node: str) -> str:
        """Return where a node's data lies, as an absolute path: a node's process runs in a folder of its own."""
        return str((self.folder / "nodes" / node / "data").absolute())

    def write_ending(self, ending: Ending) -> None:
        """Write run.json: what this run is, and how far it came."""
        declared = self._plan.declared(ending.load_end_ns, ending.end_ns)
        content = {
            "format": run_folder.FORMAT,
            "experiment": self._plan.experiment.name,
            "seed": self._plan.seed,
            "runtime": self._runtime,
            "mechanism": "message",
            "complete": ending.complete,
            "interrupted": ending.interrupted,
            "declared": msgspec.to_builtins(declared),
            "problems": ending.problems,
            "versions": {
                "chaosctl": __version__,
                "source": source_digest(),
                "python": platform.python_version(),
                "trio": trio.__version__,
            },
            "machine": {
                "system": platform.system(),
                "machine": platform.machine(),
                "implementation": sys.implementation.name,
            },
        }
        run_folder.write_json(self.folder / run_folder.RUN, content)
        for node, text in ending.stderr.items():
            (self.folder / "nodes" / node / "stderr.log").write_text(text, encoding="utf-8")

    def write_findings(self, metrics: dict[str, Any], verdict: RunVerdict) -> None:
        """Write metrics.json and verdict.json."""
        run_folder.write_json(self.folder / run_folder.METRICS, metrics)
        run_folder.write_json(self.folder / run_folder.VERDICT, verdict)
