"""A comparison in plain text and in Markdown: the verdict first, then a table with a column for each variant.

Written from the comparison's JSON document (search/compare_document.py). Where the columns are too many for the
width they stand under one another, the first of all repeated in each block: the others are measured by it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from chaosctl.errors import ExitCode
from chaosctl.reports.markdown import escape
from chaosctl.reports.symbols import UNICODE, Symbols
from chaosctl.reports.words import amount, plain, with_deadline

SHOWN = (
    "availability",
    "longest-unavailability",
    "takeover-time",
    "first-served-time",
    "recovery-time",
    "stale-reads",
    "lost-updates",
    "fenced-writes",
    "damaging-writes",
    "tasks-lost",
    "tasks-repeated",
    "tasks-reassigned",
    "tasks-recovered",
    "convergence-time",
    "in-doubt-time",
    "stale-answers",
    "settle-time-max",
    "latency-p50",
    "latency-p99",
    "messages-per-operation",
    "syncs-per-operation",
)
"""The figures of a table for which nobody named any."""

AS_A_WHOLE = "gilbert-lynch-availability"
"""Shown as well, of the whole run alone: a system has that property or has not."""

WORDS = {
    ExitCode.PASSED: ("pass", "AS EXPECTED"),
    ExitCode.UNKNOWN: ("unknown", "NOTHING PROVEN"),
    ExitCode.RUN_BROKE: ("fail", "BROKEN"),
    ExitCode.INTERRUPTED: ("fail", "INTERRUPTED"),
    ExitCode.REGRESSED: ("fail", "NOT AS EXPECTED"),
}
SIDES, OUTCOMES = {"majority", "minority"}, {"ok", "fail", "info"}
GAP = 2
LEGEND = (
    "Medians over the seeds; differences to the first column, in [ ] their 95 % interval (paired bootstrap). Better or"
    " worse: by more than chance (sign test over the seeds, 5 %). [n]: n seeds had a value. >: at least so long, to the"
    " end of the run."
)


@dataclass(frozen=True)
class Cell:
    """A value, how it differs from the first column's, between what that lies, and whether it is better or worse."""

    value: str = ""
    difference: str = ""
    interval: str = ""
    judged: str = ""

    @property
    def parts(self) -> tuple[str, str, str, str]:
        """The four in order."""
        return self.value, self.difference, self.interval, self.judged


@dataclass(frozen=True)
class Row:
    """A label and a cell a column; none: a title of the rows below it, which are indented."""

    label: str
    cells: tuple[Cell, ...] = ()
    title: str = ""


def render(document: Mapping[str, Any], symbols: Symbols, width: int, metrics: Collection[str] = ()) -> str:
    """Return the text; `metrics` are the figures to show, each slice of them, in place of the usual ones."""
    table = list(rows(document, symbols, metrics))
    heads = [[plain(part) for part in column["label"]] for column in document["columns"]]
    lines = [headline(document, symbols)]
    for block in _blocks(table, heads, width):
        lines += ["", *_table(table, heads, block)]
    lines += ["", *_wrapped(LEGEND, width), *(line for why in whys(document) for line in _wrapped(why, width))]
    return "\n".join(line.rstrip() for line in lines)


def render_markdown(document: Mapping[str, Any], metrics: Collection[str] = ()) -> str:
    """Return the same as Markdown, all columns in one table."""
    heads = [escape(" ".join(map(plain, column["label"]))) for column in document["columns"]]
    lines = [f"**{escape(headline(document, UNICODE))}**", ""]
    lines += [f"| | {' | '.join(heads)} |", "|---|" + "---:|" * len(heads)]
    for row in rows(document, UNICODE, metrics):
        if row.cells:
            label = f"{row.title}, {row.label}" if row.title else row.label
            cells = " | ".join(escape(" ".join(filter(None, cell.parts))) for cell in row.cells)
            lines.append(f"| {escape(label)} | {cells} |")
    return "\n".join([*lines, "", escape(LEGEND), *(f"\n- {escape(why)}" for why in whys(document))])


def headline(document: Mapping[str, Any], symbols: Symbols) -> str:
    """Return whether all is as expected, and what was compared, on one line."""
    sign, word = WORDS[ExitCode(document["exit_code"])]
    names = list(dict.fromkeys(plain(column["experiment"]) for column in document["columns"]))
    count = len(document["columns"])
    what = f"{count} variants of {names[0]}" if len(names) == 1 and count > 1 else ", ".join(names)
    seeds = "1 seed" if document["seeds"] == 1 else f"{document['seeds']} seeds each"
    return f"{symbols.verdicts[sign]} {word}  {what}; {seeds}, {plain(document['runtime'])}"


def whys(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield why a column's verdicts are not pass, one seed for each verdict."""
    for column in document["columns"]:
        label = plain(" ".join(column["label"]))
        for word, found in column["why"].items():
            if word != "pass":
                yield f"{label}: {word}, seed {found['seed']}: {plain(found['why'])}"
        if died := column["died"]:
            seed, how = next(iter(died.items()))
            yield f"{label}: {len(died)} seeds killed their worker, the first seed {seed}: {plain(how)}"


def rows(document: Mapping[str, Any], symbols: Symbols, metrics: Collection[str]) -> Iterator[Row]:
    """Yield the rows of the table."""
    columns = document["columns"]
    yield Row("seeds")
    for word in ("pass", "fail", "unknown", "broken"):
        counts = [column["verdicts"].get(word, 0) for column in columns]
        if any(counts):
            yield Row(word, tuple(Cell(str(count)) for count in counts), "seeds")
    violated = dict.fromkeys(check for column in columns for check in column["violated"])
    if violated:
        yield Row("seeds that violate")
    for check in violated:
        counts = [str(column["violated"].get(check, 0)) if check in column["checked"] else "-" for column in columns]
        yield Row(plain(check), tuple(Cell(count) for count in counts), "seeds that violate")
    signs = [symbols.verdicts[WORDS[ExitCode(column["exit_code"])][0]] for column in columns]
    yield Row(
        "expected", tuple(Cell(f"{column['expected']} {sign}") for column, sign in zip(columns, signs, strict=True))
    )
    figures = list(shown(document["figures"], metrics))
    for metric in dict.fromkeys(figure["metric"] for figure in figures):
        label = with_deadline(plain(metric), {column["deadline"] for column in columns})
        yield from _figure_rows([figure for figure in figures if figure["metric"] == metric], label, document["seeds"])


def shown(figures: Sequence[Mapping[str, Any]], metrics: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """Yield what is shown: the usual figures by phase, or the whole where there is none, and by side while faults held.

    Availability while faults held is shown by kind of operation as well: which functions survive. Of `metrics` every
    phase, side and outcome. What single operations cost is in the document alone.
    """
    phased = {figure["metric"] for figure in figures if figure["phase"] == "faults"}
    for figure in figures:
        phase, slices, metric = figure["phase"], set(figure["slice"]), figure["metric"]
        is_usual = (phase == "all") != (metric in phased)
        if slices:
            is_usual = phase == "faults" and (slices <= SIDES or (metric == "availability" and len(slices) == 1))
        if metric == AS_A_WHOLE:
            is_usual = phase == "all" and not slices
        is_named = metric in metrics and slices <= SIDES | OUTCOMES
        if is_named or (not metrics and metric in (*SHOWN, AS_A_WHOLE) and is_usual):
            yield figure


def _figure_rows(figures: Sequence[Mapping[str, Any]], metric: str, seeds: int) -> Iterator[Row]:
    if len(figures) > 1:
        yield Row(metric)
    for figure in figures:
        label = ", ".join([figure["phase"], *figure["slice"]]) if len(figures) > 1 else metric
        cells = tuple(cell(value, figure["unit"], seeds) for value in figure["values"])
        yield Row(plain(label), cells, metric if len(figures) > 1 else "")


def cell(value: Mapping[str, Any] | None, unit: str, seeds: int) -> Cell:
    """Return what the table says of a column's value of a figure."""
    if value is None:
        return Cell("-")
    text = ("> " if value["at_least"] else "") + _short(value["median"], unit)
    if value["seeds"] < seeds:
        text += f" [{value['seeds']}]"
    if "difference" not in value:
        return Cell(text)
    return Cell(text, _difference(value, unit), _interval(value, unit), value["judged"])


def _interval(value: Mapping[str, Any], unit: str) -> str:
    """Return between what a difference lies, in the figure's unit, of shares in percentage points; "" without one.

    Not in percent of the first median: that is itself uncertain, and a fall of more than 100 % would come of it.
    """
    if value["interval"] is None or not value["difference"]:
        return ""
    if unit == "share":
        low, high = (_signed(100 * end) for end in value["interval"])
    else:
        low, high = (f"{end:+.3g}" if abs(end) < 1000 else f"{end:+,.0f}" for end in value["interval"])
    return f"[{low} {high}]"


def _difference(value: Mapping[str, Any], unit: str) -> str:
    """Return the change of a share in percentage points, of all else in percent."""
    difference = value["difference"]
    if not difference:
        return "="
    if unit == "share":
        return f"{_signed(100 * difference)}pp"
    before = value["median"] - difference
    return f"{_signed(100 * difference / before)}%" if before else f"+{_short(difference, unit)}"


def _signed(number: float) -> str:
    return "~0" if abs(number) < 0.05 else f"{number:+.1f}" if abs(number) < 9.95 else f"{number:+,.0f}"


def _short(value: float, unit: str) -> str:
    """Return a value with three digits that count; a share as reports write it everywhere."""
    if unit == "share":
        return amount(value, unit)
    return amount(float(f"{value:.3g}") if abs(value) < 1000 else round(value), unit)


def _blocks(rows: Sequence[Row], heads: Sequence[Sequence[str]], width: int) -> Iterator[list[int]]:
    """Yield the columns that stand beside one another; from the second block on the first column comes again."""
    room = width - _label_width(rows)
    block: list[int] = []
    for column in range(len(heads)):
        needed = sum(GAP + _column_width(rows, heads, each) for each in [*block, column])
        if needed > room and len(block) > 1:
            yield block
            block = [0]
        block.append(column)
    yield block


def _table(rows: Sequence[Row], heads: Sequence[Sequence[str]], block: Sequence[int]) -> Iterator[str]:
    label, gap = _label_width(rows), " " * GAP
    widths = [_column_width(rows, heads, column) for column in block]
    for line in range(max(len(head) for head in heads)):
        parts = [heads[column][line] if line < len(heads[column]) else "" for column in block]
        yield " " * label + "".join(f"{gap}{part:<{wide}}" for part, wide in zip(parts, widths, strict=True))
    for row in rows:
        parts = [_aligned(row.cells[column], _part_widths(rows, column)) for column in block] if row.cells else []
        name = gap + row.label if row.title else row.label
        yield f"{name:<{label}}" + "".join(f"{gap}{part:<{wide}}" for part, wide in zip(parts, widths, strict=False))


def _label_width(rows: Sequence[Row]) -> int:
    return max(len(row.label) + (GAP if row.title else 0) for row in rows)


def _column_width(rows: Sequence[Row], heads: Sequence[Sequence[str]], column: int) -> int:
    cells = sum(wide + 1 for wide in _part_widths(rows, column) if wide) - 1
    return max(cells, *(len(part) for part in heads[column]))


def _part_widths(rows: Sequence[Row], column: int) -> list[int]:
    return [max(len(row.cells[column].parts[part]) for row in rows if row.cells) for part in range(4)]


def _aligned(cell: Cell, widths: Sequence[int]) -> str:
    value, difference, interval, judged = cell.parts
    parts = (f"{value:>{widths[0]}}", f"{difference:>{widths[1]}}", f"{interval:<{widths[2]}}", judged)
    return " ".join(part for part, width in zip(parts, widths, strict=True) if width).rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, width, subsequent_indent="  ")
