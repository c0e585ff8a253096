"""`chaosctl validate`: check experiment files and draw their schedules, running nothing."""

import shutil
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chaosctl.cli.documents import print_json
from chaosctl.errors import BadInput, ExitCode

if TYPE_CHECKING:
    from chaosctl.experiment.model import Experiment


def validate(
    experiments: Annotated[list[str], typer.Argument(help="Experiment files, or names of shipped ones.")],
    *,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="Override a key: workload.clients=16.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object an experiment.")] = False,
) -> None:
    """Check experiment files, all mistakes at once, and draw their fault schedules; nothing is run.

    Example: chaosctl validate my-split.toml --set duration=30s
    """
    from chaosctl.catalogue import catalogue  # noqa: PLC0415 - `--help` reads no experiment.
    from chaosctl.experiment.library import find  # noqa: PLC0415
    from chaosctl.experiment.load import load_file  # noqa: PLC0415

    code = ExitCode.PASSED
    for name in experiments:
        try:
            _show(name, load_file(find(name), catalogue(), overrides or []), as_json=as_json)
        except BadInput as error:
            code = error.exit_code
            _complain(name, error, as_json=as_json)
    raise typer.Exit(code)


def _show(name: str, experiment: "Experiment", *, as_json: bool) -> None:
    from chaosctl.experiment.drawing import draw_schedule, glyphs_for  # noqa: PLC0415

    if as_json:
        print_json({"file": name, "valid": True, "name": experiment.name, "mistakes": []})
        return
    glyphs = glyphs_for(sys.stdout.encoding or "ascii")
    typer.echo(f"{name}: valid")
    typer.echo(draw_schedule(experiment, width=shutil.get_terminal_size().columns, glyphs=glyphs) + "\n")


def _complain(name: str, error: BadInput, *, as_json: bool) -> None:
    if not as_json:
        count = len(error.mistakes)
        typer.echo(f"{error}\n{name}: {count} mistake{'s' * (count != 1)}\n", err=True)
        return
    keys = ("file", "line", "column", "path", "what")
    mistakes: list[dict[str, Any]] = [{key: getattr(each, key) for key in keys} for each in error.mistakes]
    print_json({"file": name, "valid": False, "mistakes": mistakes})
