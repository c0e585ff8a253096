"""A run on a terminal: the verdict first and why, then the timeline, figures, evidence, problems.

Everything is Rich `Text`, never markup, so that a node's brackets are brackets. Colour follows the console (NO_COLOR);
each colour has a sign or a word beside it.
"""

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from textwrap import wrap

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from chaosctl.history.read import StoredRun
from chaosctl.reports import summary
from chaosctl.reports.evidence import evidence
from chaosctl.reports.summary import Statement
from chaosctl.reports.symbols import Symbols, symbols_for
from chaosctl.reports.timeline import legend, timeline
from chaosctl.reports.words import plain

STYLES = {"pass": "green", "fail": "bold red", "unknown": "yellow", "broken": "bold red"}
ROW_STYLES = {"fault": "red", "leader": "cyan", "axis": "dim"}
NARROWEST_PAIR = 110
"""Two runs stand side by side from this many columns on, else under one another."""


def standard_console() -> Console:
    """Return a console on stdout that never fails at a sign which its encoding lacks."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return Console(highlight=False, emoji=False)


def render(run: StoredRun, console: Console) -> None:
    """Print the whole report."""
    symbols = symbols_for(console.encoding)
    console.print(_verdict(run, symbols))
    console.print(_timeline(run, console.width, symbols))
    if run.metrics:
        console.print(_figures(run, console.width))
    console.print(_evidence(run, symbols))
    console.print(_problems(run))
    console.print(Text(plain(str(run.folder)), style="dim", overflow="fold"))


def render_headline(run: StoredRun, console: Console) -> None:
    """Print the verdict alone, on one line."""
    console.print(_headline(run, symbols_for(console.encoding)), soft_wrap=True)


def side_by_side(runs: Sequence[StoredRun], console: Console) -> None:
    """Print two runs in two columns, or any number under one another where the terminal is too narrow for that."""
    symbols = symbols_for(console.encoding)
    differing = summary.differences(runs)
    if console.width < NARROWEST_PAIR or len(runs) != 2:
        for run, difference in zip(runs, differing, strict=True):
            console.print(_brief(run, difference, console.width, symbols))
        return
    width = (console.width - 4) // 2
    columns = Table.grid(padding=(0, 4, 0, 0))
    for _ in runs:
        columns.add_column(width=width, overflow="fold")
    columns.add_row(*(_verdict(run, symbols, differ) for run, differ in zip(runs, differing, strict=True)))
    columns.add_row(*(_timeline(run, width, symbols) for run in runs))
    columns.add_row(*(_evidence(run, symbols) for run in runs))
    console.print(columns)


def _brief(run: StoredRun, difference: str, width: int, symbols: Symbols) -> RenderableType:
    return Group(_verdict(run, symbols, difference), _timeline(run, width, symbols), _evidence(run, symbols))


def _headline(run: StoredRun, symbols: Symbols) -> Text:
    word = summary.verdict_word(run)
    text = Text(overflow="fold")
    text.append(f"{symbols.verdicts.get(word, '!')} {plain(word).upper()}", style=STYLES.get(word, "bold"))
    text.append(f"  {summary.run_name(run)}", style="bold")
    text.append(f"  ({summary.expectation(run)})")
    return text


def _verdict(run: StoredRun, symbols: Symbols, difference: str = "") -> RenderableType:
    parts: list[RenderableType] = [_headline(run, symbols)]
    parts += [Padding(Text(reason), (0, 0, 0, 2), expand=False) for reason in summary.reasons(run)]
    parts.append(Padding(Text(summary.subtitle(run), style="dim"), (0, 0, 0, 2), expand=False))
    if difference:
        parts.append(Padding(Text(difference, style="bold"), (0, 0, 0, 2), expand=False))
    for title, statements in (("limits", summary.limits(run, symbols)), ("checks", summary.checks(run))):
        if statements:
            parts += [Text(""), _title(title), _statements(statements, symbols)]
    return Group(*parts, Text(""))


def _statements(statements: list[Statement], symbols: Symbols) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=3)
    table.add_column(overflow="fold", max_width=34)
    table.add_column(overflow="fold")
    for statement in statements:
        style = STYLES.get(statement.valid, "")
        sign = Text(f"  {symbols.verdicts.get(statement.valid, '!')}", style=style)
        table.add_row(sign, Text(statement.name, style=style), Text(statement.text))
    return table


def _timeline(run: StoredRun, width: int, symbols: Symbols) -> RenderableType:
    lines: list[RenderableType] = [_title("timeline")]
    for row in timeline(run, width, symbols):
        text = Text(f"{row.label}  ", no_wrap=True, overflow="crop")
        text.append(row.signs, style=ROW_STYLES.get(row.kind, ""))
        if row.kind == "availability":
            _colour_levels(text, len(row.label) + 2, row.signs, symbols)
        lines.append(text)
    has_leader = run.recording.declared.leader_event is not None
    return Group(*lines, Text(legend(symbols, has_leader=has_leader), style="dim"), Text(""))


def _colour_levels(text: Text, offset: int, signs: str, symbols: Symbols) -> None:
    styles = {symbols.levels[-1]: "green", symbols.none: "bold red", symbols.nothing: "dim"}
    for column, sign in enumerate(signs):
        text.stylize(styles.get(sign, "yellow"), offset + column, offset + column + 1)


def _figures(run: StoredRun, width: int) -> RenderableType:
    phases, rows = summary.figure_table(run)
    values = zip(*([phases] + [row.values for row in rows]), strict=True)
    room = max(12, width - sum(1 + max(map(len, column)) for column in values) - 1)
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(overflow="fold", ratio=1)
    for _ in phases:
        table.add_column(justify="right", overflow="fold")
    table.add_row(_title("figures"), *(_title(phase if len(phases) > 1 else "") for phase in phases))
    for row in rows:
        table.add_row(Text("\n".join(wrap(row.name, room))), *(Text(value) for value in row.values))
    return Group(table, Text(""))


def _evidence(run: StoredRun, symbols: Symbols) -> RenderableType:
    lines: list[RenderableType] = []
    for name, exhibits in evidence(run, symbols).items():
        lines.append(_title(f"evidence: {name}"))
        for exhibit in exhibits:
            lines.append(Padding(Text(exhibit.text, overflow="fold"), (0, 0, 0, 2), expand=False))
            lines += [
                Padding(Text(row, style="dim", overflow="fold"), (0, 0, 0, 6), expand=False) for row in exhibit.rows
            ]
        lines.append(Text(""))
    return Group(*lines)


def _problems(run: StoredRun) -> RenderableType:
    found = summary.problems(run)
    if not found:
        return Group()
    lines = [Padding(Text(f"! {problem}", overflow="fold"), (0, 0, 0, 2), expand=False) for problem in found]
    return Group(_title("problems"), *lines, Text(""))


def _title(text: str) -> Text:
    return Text(text, style="bold")
