"""What tests of whole runs share: an experiment in, a verdict and figures out (STYLE.md, "Tests")."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from chaosctl.catalogue import catalogue, load_pattern, load_workload
from chaosctl.experiment.load import load
from chaosctl.patterns import PATTERNS
from chaosctl.runtimes.plan import Plan, make_plan
from chaosctl.runtimes.run import Finished, run_in_simulation, run_on_processes

# A shell without job control starts what it puts into the background deaf to ctrl-c, and so would be all that starts
# here: tests that interrupt a run would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

SHIPPED_PATTERNS = tuple(name for name, place in PATTERNS.items() if place.startswith("chaosctl."))
"""Without those that tests have brought along."""

ASK = """
name = "ask"
duration = "300ms"
grace = "50ms"
[system]
pattern = "paxos"
nodes = 3
[workload]
rate = 50
clients = 1
[expect]
verdict = "pass"
"""
"""The quickest experiment that there is, with a few operations and a verdict."""

EXPERIMENTS = Path(__file__).parent.parent / "experiments"


@dataclass(frozen=True)
class Run:
    """A finished run, asked as a reader of its report would."""

    finished: Finished

    @property
    def verdict(self) -> str:
        return str(self.finished.verdict.verdict)

    @property
    def as_expected(self) -> bool:
        return self.finished.verdict.as_expected

    @property
    def violated(self) -> set[str]:
        return {name for name, check in self.finished.verdict.checks.items() if check.valid == "fail"}

    @property
    def why(self) -> str:
        return " ".join([self.finished.verdict.why, *self.finished.verdict.reasons])

    def outcomes(self, f: str) -> list[str]:
        """Return how the operations of a kind ended, in order."""
        rows = self.finished.recording.operations
        return [row.type for row in rows if row.f == f and row.type != "invoke"]

    def events(self, name: str) -> list[dict[str, object]]:
        """Return the fields of the events of a name, with their node."""
        return [{"node": row.node, **row.fields} for row in self.finished.recording.events if row.event == name]

    def figure(self, metric: str, **dimensions: str) -> float | None:
        """Return one value of a figure, for the whole run where no phase is asked for."""
        wanted = {"phase": "all", "side": "", "f": "", "node": ""} | dimensions
        for value in self.finished.metrics[metric]["values"]:
            if all(value.get(key, "") == expected for key, expected in wanted.items()):
                return value["value"]
        return None


def plan_of(text: str, seed: int | None = None, overrides: list[str] | None = None) -> Plan:
    """Return the plan of an experiment's text."""
    experiment = load(text, catalogue(), overrides=overrides or [])
    pattern = load_pattern(experiment.system.pattern) if experiment.system.pattern else None
    chosen = seed if seed is not None else experiment.seed
    return make_plan(experiment, chosen or 0, pattern, load_workload)


def text_of(experiment: str) -> str:
    """Return the text of a shipped experiment by its name, or of an experiment that is a text already."""
    return experiment if "\n" in experiment else (EXPERIMENTS / f"{experiment}.toml").read_text(encoding="utf-8")


@pytest.fixture
def install(monkeypatch):
    """Have a pattern of a test's own beside those that ship, while it lasts: `install(name, place)`."""

    def register(name: str, place: str) -> None:
        monkeypatch.setitem(PATTERNS, name, place)
        catalogue.cache_clear()

    yield register
    catalogue.cache_clear()


@pytest.fixture
def simulate() -> Callable[..., Run]:
    """Run an experiment (a text, or a shipped one's name) in simulation."""

    def run(experiment: str, seed: int | None = None, overrides: list[str] | None = None) -> Run:
        return Run(run_in_simulation(plan_of(text_of(experiment), seed, overrides), None))

    return run


@pytest.fixture
def on_processes(tmp_path: Path) -> Callable[..., Run]:
    """Run an experiment on real processes, its results in a folder of the test's own."""

    def run(experiment: str, seed: int | None = None, overrides: list[str] | None = None) -> Run:
        return Run(run_on_processes(plan_of(text_of(experiment), seed, overrides), tmp_path))

    return run
