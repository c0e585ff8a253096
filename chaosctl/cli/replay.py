"""`chaosctl replay`: the same seed again, and byte for byte the same."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chaosctl.cli.documents import print_json
from chaosctl.errors import ExitCode

if TYPE_CHECKING:
    from chaosctl.search.replay import Replay


def replay(
    run: Annotated[str, typer.Argument(help="A run's folder, or an experiment (its newest run).")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    results: Annotated[Path, typer.Option(help="Where runs are looked for.")] = Path("results"),
) -> None:
    """Run a recorded simulation again; say that it gave the same bytes, or where it first differs and why.

    Example: chaosctl replay raft-election/leader-crash
    """
    from chaosctl.history.read import find_runs  # noqa: PLC0415 - `--help` reads no runs.
    from chaosctl.search.replay import replay as replay_run  # noqa: PLC0415

    folder = find_runs([run], results)[0]
    outcome = replay_run(folder)
    if as_json:
        first = vars(outcome.divergence) if outcome.divergence else None
        print_json({"folder": str(folder), "same": first is None, "first": first, "reasons": outcome.reasons})
    else:
        typer.echo(_told(folder, outcome))
    raise typer.Exit(ExitCode.REGRESSED if outcome.divergence else ExitCode.PASSED)


def _told(folder: Path, outcome: "Replay") -> str:
    from chaosctl.reports.symbols import symbols_for  # noqa: PLC0415
    from chaosctl.reports.words import plain  # noqa: PLC0415

    signs, first = symbols_for(sys.stdout.encoding or "ascii").verdicts, outcome.divergence
    if first is None:
        return f"{signs['pass']} PASS  {plain(str(folder))}: the same bytes"
    width = max(60, shutil.get_terminal_size().columns) - 12
    return "\n".join(
        [
            f"{signs['fail']} FAIL  {plain(str(folder))}: differs first in {first.file}, line {first.line}",
            f"  recorded  {plain(first.recorded, width)}",
            f"  replayed  {plain(first.replayed, width)}",
            *(f"  why       {plain(reason)}" for reason in outcome.reasons),
        ]
    )
