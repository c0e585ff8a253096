"""`chaosctl shrink`: from a run that fails to the smallest experiment that still does."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chaosctl.cli.documents import print_json
from chaosctl.errors import BadInput, ExitCode

if TYPE_CHECKING:
    from chaosctl.experiment.model import Experiment


def shrink(
    run: Annotated[str, typer.Argument(help="A run's folder, or an experiment: a file, a shipped one's name.")],
    *,
    seed: Annotated[int | None, typer.Option(min=0, help="The seed that fails, in place of the run's own.")] = None,
    tries: Annotated[int, typer.Option(min=1, help="Run so often at most.")] = 1000,
    seconds: Annotated[str, typer.Option("--time", help="Go on for so long at most.")] = "5m",
    results: Annotated[Path, typer.Option(help="Where runs are looked for, and the result goes.")] = Path("results"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Find the least that still fails: fewer and shorter faults, less load, fewer operations, clients and nodes.

    Every step is run again, in simulation, and must violate all that the first run violated.

    Example: chaosctl shrink two-phase-commit/lossy --seed 7
    """
    from chaosctl.cli.progress import (  # noqa: PLC0415 - `--help` needs no simulation.
        ProgressLine,
        interruptible,
        seconds_of,
    )
    from chaosctl.reports import shrink_text  # noqa: PLC0415
    from chaosctl.search.shrink import Budget, as_document, write_file  # noqa: PLC0415
    from chaosctl.search.shrink import shrink as shrink_all  # noqa: PLC0415

    experiment, recorded = _find(run, results)
    budget = Budget(tries, seconds_of("--time", seconds))
    with interruptible(), ProgressLine() as line:
        chosen = seed if seed is not None else recorded
        found = shrink_all(experiment, chosen, budget, lambda seen: line.show(seen.progress))
    document = as_document(found, write_file(found, results))
    if as_json:
        print_json(document)
    else:
        typer.echo(shrink_text.render(document) + "\n")
    raise typer.Exit(ExitCode.PASSED)


def _find(name: str, results: Path) -> "tuple[Experiment, int]":
    """Return the experiment and the seed of a run, or of an experiment; raises BadInput where it is neither."""
    from chaosctl.catalogue import catalogue  # noqa: PLC0415
    from chaosctl.experiment.library import find  # noqa: PLC0415
    from chaosctl.experiment.load import load_file  # noqa: PLC0415
    from chaosctl.history.folder import EXPERIMENT  # noqa: PLC0415
    from chaosctl.history.read import find_runs, read_run  # noqa: PLC0415

    try:
        experiment = load_file(find(name), catalogue())
    except BadInput as no_experiment:
        if Path(name).is_file():
            raise
        try:
            folder = find_runs([name], results)[0]
        except BadInput as no_run:
            raise BadInput([*no_experiment.mistakes, *no_run.mistakes]) from None
        return load_file(folder / EXPERIMENT, catalogue()), int(read_run(folder).about["seed"])
    return experiment, experiment.seed or 0
