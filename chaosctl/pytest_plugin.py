"""A pytest plugin: `pytest --chaos experiments/` makes each seed of each experiment file a test, in simulation.

An item fails where the run is not as its file expects, and where nothing was proven; its failure names the command that
shows the same run again. A file that can't be simulated is skipped, with the reason. Without --chaos the plugin does
nothing, and loads nothing of chaosctl but this.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MOST_LINES = 12
"""Of the evidence so many lines are shown in a failure; the command shows all."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare --chaos and --chaos-seeds."""
    group = parser.getgroup("chaosctl")
    group.addoption("--chaos", action="store_true", help="Run chaosctl's experiment files (*.toml), simulated.")
    group.addoption("--chaos-seeds", type=int, help="Run seeds 0 to N-1 of each file, in place of the file's own.")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ExperimentFile | None":
    """Return the collector of an experiment file; None for other TOML files, which have no system and no duration."""
    if file_path.suffix != ".toml" or not parent.config.getoption("--chaos"):
        return None
    import tomli  # noqa: PLC0415

    try:
        content = tomli.loads(file_path.read_text(encoding="utf-8"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError):
        content = {"system": {}}  # Not for us to pass over: collecting it tells what is wrong, and where.
    if "system" not in content:
        return None
    return ExperimentFile.from_parent(parent, path=file_path)


class NotAsExpected(Exception):
    """A run that is not as its file expects: what a failure shows."""


class ExperimentFile(pytest.File):
    """An experiment file: its items are its seeds."""

    def collect(self) -> "Iterator[pytest.Item]":
        """Yield an item a seed; raises where the file is wrong, with every mistake in it."""
        from chaosctl.catalogue import catalogue  # noqa: PLC0415
        from chaosctl.errors import BadInput  # noqa: PLC0415
        from chaosctl.experiment.load import load_file  # noqa: PLC0415

        try:
            experiment = load_file(self.path, catalogue())
        except BadInput as error:
            raise self.CollectError(str(error)) from None
        count = self.config.getoption("--chaos-seeds")
        for seed in range(count) if count else (experiment.seed or 0,):
            yield SeedItem.from_parent(self, name=f"seed-{seed}", seed=seed)


class SeedItem(pytest.Item):
    """One seed of an experiment."""

    def __init__(self, *, seed: int, **others: Any) -> None:
        super().__init__(**others)
        self.seed = seed

    def runtest(self) -> None:
        """Simulate the seed; raises NotAsExpected where it is not as the file expects."""
        from chaosctl.cli.running import load_plan  # noqa: PLC0415
        from chaosctl.errors import BadInput  # noqa: PLC0415
        from chaosctl.runtimes.run import run_in_simulation  # noqa: PLC0415

        try:
            plan = load_plan(self.path, seed=self.seed, overrides=(), simulate=True)
        except BadInput as error:
            pytest.skip(str(error))
        found = run_in_simulation(plan, None).verdict
        if found.as_expected:
            return
        said = [found.why, *found.reasons]
        for name, check in found.checks.items():
            if check.valid == "fail":
                said += [f"{name}: {check.why}", *(f"    {finding.text}" for finding in check.evidence)]
        verdict = f"{found.verdict}, expected {found.expected}"
        raise NotAsExpected("\n".join([verdict, *dict.fromkeys(said[:MOST_LINES]), f"again: {self.command}"]))

    @property
    def command(self) -> str:
        """The command that runs the same again and keeps it."""
        return f"chaosctl run --simulate --seed {self.seed} {self.path}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the run's own words, without a traceback; a bug of ours keeps its own."""
        if isinstance(excinfo.value, NotAsExpected):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the item is from and what it is called."""
        return self.path, 0, f"{self.path.stem} {self.name}"
