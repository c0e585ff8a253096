"""`chaosctl new`: write an experiment file to start from."""

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from chaosctl.cli.documents import print_json
from chaosctl.errors import BadInput


def new(
    name: Annotated[str | None, typer.Argument(help="The experiment's name, or the file to write.")] = None,
    *,
    pattern: Annotated[
        str | None, typer.Option("--pattern", "-p", help="The system to try: `chaosctl list patterns`.")
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of experiment files, for editors.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the file's name as JSON.")] = False,
) -> None:
    """Write a commented experiment file that validates as it is; an existing file is left alone.

    Example: chaosctl new my-split --pattern raft-election
    """
    from chaosctl.catalogue import catalogue, load_pattern, load_workload  # noqa: PLC0415
    from chaosctl.experiment.mistakes import unknown  # noqa: PLC0415
    from chaosctl.experiment.starter import starter  # noqa: PLC0415

    if schema:
        print_schema()
        return
    if name is None or pattern is None:
        raise BadInput("a name and --pattern are needed: chaosctl new my-split --pattern raft-election")
    path = Path(name if name.endswith(".toml") else f"{name}.toml")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", path.stem):
        raise BadInput(f"{name}: a name is letters, digits and hyphens, for it names the folder of results")
    if pattern not in catalogue().patterns:
        raise BadInput(f"--pattern: {unknown('pattern', pattern, catalogue().patterns)}")
    chosen = load_pattern(pattern)
    text = starter(path.stem, str(path), chosen, load_workload(chosen.workloads[0]).Options)
    _write(path, text)
    if as_json:
        print_json({"file": str(path)})
    else:
        typer.echo(f"{path}: written; chaosctl run {path}")


def print_schema() -> None:
    """Print the JSON Schema of experiment files on stdout."""
    from chaosctl.catalogue import catalogue  # noqa: PLC0415 - `--help` loads no faults.
    from chaosctl.experiment.schema import schema  # noqa: PLC0415

    typer.echo(json.dumps(schema(catalogue()), indent=2))


def _write(path: Path, text: str) -> None:
    """Write a new file; raises BadInput where there is one already, or nowhere to write it."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise BadInput(f"{path}: is there already; choose another name") from None
    except OSError as error:
        raise BadInput(f"{path}: can't be written: {(error.strerror or str(error)).lower()}") from None
