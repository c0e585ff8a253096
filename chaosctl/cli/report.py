"""`chaosctl report`: show runs that were recorded: on a terminal, as Markdown, JSON, or as files in their folders."""

from pathlib import Path
from typing import Annotated

import typer

from chaosctl.errors import BadInput


def report(
    runs: Annotated[list[str] | None, typer.Argument(help="Run folders, or experiments (their newest run).")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a run.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="Write report.html into the run's folder.")] = False,
    as_junit: Annotated[bool, typer.Option("--junit", help="Write junit.xml into the run's folder, for CI.")] = False,
    as_transcript: Annotated[bool, typer.Option("--transcript", help="Tell what happened, a line a step.")] = False,
    save_baseline: Annotated[
        bool, typer.Option("--save-baseline", help="RUNS are experiments: simulate each, write x.baseline.json beside.")
    ] = False,
    start: Annotated[str | None, typer.Option("--from", help="Begin the transcript here: 1500ms.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="End the transcript before here.")] = None,
    results: Annotated[Path, typer.Option(help="Where runs are looked for.")] = Path("results"),
) -> None:
    """Show a run: verdict, timeline, figures, evidence. Without RUNS the newest; two are shown side by side.

    Example: chaosctl report raft-election/leader-crash --markdown
    """
    from chaosctl.cli.regressing import save_baselines  # noqa: PLC0415 - `--help` reads no runs.
    from chaosctl.history.read import find_runs  # noqa: PLC0415

    if as_json + as_markdown + as_transcript + save_baseline + (as_html or as_junit) > 1:
        raise BadInput("--json, --markdown, --transcript, --save-baseline, or files (--html, --junit): choose one")
    if save_baseline and not runs:
        raise BadInput("--save-baseline: name the experiments to make baselines of")
    if save_baseline:
        save_baselines(runs or [])
        return
    folders = find_runs(runs or [], results)
    if as_html or as_junit:
        write_files(folders, as_html=as_html, as_junit=as_junit)
        return
    if as_transcript:
        print_transcripts(folders, start, end)
        return
    if len(folders) == 2 and not as_json and not as_markdown:  # Two are for comparing.
        print_pair(folders)
        return
    for folder in folders:
        print_run(folder, as_json=as_json, as_markdown=as_markdown)


def print_run(folder: Path, *, as_json: bool = False, as_markdown: bool = False, quiet: bool = False) -> None:
    """Print one run on stdout; quiet: the verdict's line alone. Raises BadInput where the folder holds no run."""
    import msgspec  # noqa: PLC0415

    from chaosctl.history.read import read_run  # noqa: PLC0415
    from chaosctl.reports import document, markdown, terminal  # noqa: PLC0415

    run = read_run(folder)
    console = terminal.standard_console()
    if as_json:
        typer.echo(msgspec.json.encode(document.as_json(run)).decode())
    elif as_markdown:
        typer.echo(markdown.render(run), nl=False)
    elif quiet:
        terminal.render_headline(run, console)
    else:
        terminal.render(run, console)


def write_files(folders: list[Path], *, as_html: bool, as_junit: bool) -> None:
    """Write reports into the runs' folders, and print where; raises RunBroke where that can't be done."""
    from chaosctl.history.folder import HTML, JUNIT, write_text  # noqa: PLC0415
    from chaosctl.history.read import read_run  # noqa: PLC0415
    from chaosctl.reports import junit  # noqa: PLC0415
    from chaosctl.reports.html import page  # noqa: PLC0415

    forms = {HTML: page.render} if as_html else {}
    forms |= {JUNIT: junit.render} if as_junit else {}
    for folder in folders:
        run = read_run(folder)
        for name, render in forms.items():
            write_text(folder / name, render(run))
            typer.echo(str(folder / name))


def print_transcripts(folders: list[Path], start: str | None, end: str | None) -> None:
    """Print what happened in each run, step by step, on stdout; `start` and `end` are run times such as 1500ms."""
    from chaosctl.cli.progress import seconds_of  # noqa: PLC0415
    from chaosctl.history.read import read_run  # noqa: PLC0415
    from chaosctl.reports.transcript import transcript  # noqa: PLC0415

    start_ns = None if start is None else round(seconds_of("--from", start) * 1e9)
    end_ns = None if end is None else round(seconds_of("--to", end) * 1e9)
    for folder in folders:
        for line in transcript(read_run(folder), start_ns, end_ns):
            typer.echo(line)


def print_pair(folders: list[Path]) -> None:
    """Print two runs beside one another on stdout."""
    from chaosctl.history.read import read_run  # noqa: PLC0415
    from chaosctl.reports import terminal  # noqa: PLC0415

    terminal.side_by_side([read_run(folder) for folder in folders], terminal.standard_console())
