"""What `run`, `sweep` and `report` share of baselines: save one, and hold today's code against it."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from chaosctl.cli.documents import print_json
from chaosctl.errors import ExitCode

if TYPE_CHECKING:
    from chaosctl.experiment.model import Experiment
    from chaosctl.search.baseline import Baseline


def save_baselines(names: Sequence[str]) -> None:
    """Simulate each experiment over the baseline's seeds, and write what it gave beside it; raises BadInput."""
    from chaosctl.cli.running import load_plan  # noqa: PLC0415 - other forms of `report` run nothing.
    from chaosctl.experiment.library import find  # noqa: PLC0415
    from chaosctl.search import baseline  # noqa: PLC0415
    from chaosctl.search.pool import cores  # noqa: PLC0415

    files = [find(name) for name in names]
    plans = [load_plan(file, seed=0, overrides=(), simulate=True) for file in files]
    for file, plan in zip(files, plans, strict=True):
        baseline.save(baseline.measured(plan.experiment, cores()), baseline.path_of(file))
        typer.echo(str(baseline.path_of(file)))


def read_baselines(names: Sequence[str], overrides: Sequence[str]) -> "list[tuple[Experiment, Baseline]]":
    """Return each experiment with its baseline, before anything runs; raises BadInput with all that is wrong."""
    from chaosctl.cli.running import load_plan  # noqa: PLC0415 - most runs have no baseline.
    from chaosctl.errors import BadInput, Mistake  # noqa: PLC0415
    from chaosctl.experiment.library import find  # noqa: PLC0415
    from chaosctl.search import baseline  # noqa: PLC0415

    found, mistakes = [], list[Mistake]()
    for name in names:
        try:
            experiment = load_plan(find(name), seed=0, overrides=overrides, simulate=True).experiment
            found.append((experiment, baseline.read(baseline.path_of(find(name)), experiment)))
        except BadInput as error:
            mistakes += error.mistakes
    if mistakes:
        raise BadInput(mistakes)
    return found


def hold_against(pairs: "Sequence[tuple[Experiment, Baseline]]", *, as_json: bool) -> list[ExitCode]:
    """Simulate the seeds of each baseline with today's code, print what changed, and return 1 for what got worse."""
    from chaosctl.reports.baseline_text import render  # noqa: PLC0415
    from chaosctl.reports.symbols import symbols_for  # noqa: PLC0415
    from chaosctl.search import baseline  # noqa: PLC0415
    from chaosctl.search.pool import cores  # noqa: PLC0415

    codes = []
    for experiment, before in pairs:
        now = baseline.measured(experiment, cores())
        found = baseline.changes(before, now, experiment.expect.tolerance)
        document = baseline.as_document(experiment.name, found)
        symbols = symbols_for(sys.stdout.encoding or "ascii")
        if as_json:
            print_json({"baseline": document})
        else:
            typer.echo(render(document, symbols))
        codes.append(ExitCode.REGRESSED if document["worse"] else ExitCode.PASSED)
    return codes
