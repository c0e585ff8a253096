"""The run as rows over one time axis: availability, the faults as bars under it, and who led.

Drawn as plain signs, one a window of time, so that the same rows serve a terminal of any width and Markdown.
"""

from dataclasses import dataclass

from chaosctl.history.read import StoredRun
from chaosctl.measurements.availability import availability_windows
from chaosctl.measurements.leadership import Reign, reigns_of
from chaosctl.measurements.phases import Occurrence, Phases
from chaosctl.reports.symbols import Symbols
from chaosctl.reports.words import number, plain

MOST_FAULT_ROWS = 12
LONGEST_LABEL = 22


@dataclass(frozen=True)
class Row:
    """One row: its label, its signs (a column each), and of what it is: availability, fault, leader, axis."""

    label: str
    signs: str
    kind: str


@dataclass(frozen=True)
class Axis:
    """So many columns stand for the time from 0 to the run's end."""

    columns: int
    end_ns: int

    def column(self, time_ns: int) -> int:
        """Return the column that a time falls in."""
        return max(0, min(self.columns - 1, time_ns * self.columns // self.end_ns))

    def middle_ns(self, column: int) -> int:
        """Return the time in the middle of a column."""
        return (2 * column + 1) * self.end_ns // (2 * self.columns)


def timeline(run: StoredRun, width: int, symbols: Symbols) -> list[Row]:
    """Return the rows for a width in columns, labels and two spaces between included."""
    phases = Phases.of(run.recording)
    faults = _by_name(phases.occurrences)
    labels = ["availability", "leader", *faults]
    label_width = min(max(len(label) for label in labels), LONGEST_LABEL, max(8, width // 3))
    axis = Axis(max(10, width - label_width - 2), max(1, phases.end_ns))
    windows = availability_windows(run.recording, axis.columns)
    rows = [Row("availability", "".join(symbols.level(window.share) for window in windows), "availability")]
    for label, occurrences in list(faults.items())[:MOST_FAULT_ROWS]:
        rows.append(Row(label, _bar(occurrences, axis, symbols), "fault"))
    if len(faults) > MOST_FAULT_ROWS:
        rows.append(Row(f"and {len(faults) - MOST_FAULT_ROWS} more", "", "fault"))
    if run.recording.declared.leader_event is not None:
        reigns = reigns_of(run.recording, phases.end_ns)
        rows.append(Row("leader", _leaders(reigns, axis, symbols), "leader"))
    rows.append(Row("", _ticks(axis), "axis"))
    return [Row(_fit(row.label, label_width), row.signs, row.kind) for row in rows]


def legend(symbols: Symbols, *, has_leader: bool) -> str:
    """Return what the signs mean, on one line."""
    parts = [f"{symbols.levels[-1]} all ok", f"{symbols.none} none ok", f"{symbols.nothing} no operation"]
    return "  ".join([*parts, f"{symbols.several_lead} two lead"] if has_leader else parts)


def _by_name(occurrences: tuple[Occurrence, ...]) -> dict[str, list[Occurrence]]:
    """Return the occurrences of each fault under its label: its name, its kind where the name does not say it."""
    faults: dict[str, list[Occurrence]] = {}
    for occurrence in occurrences:
        name, kind = occurrence.row.name, occurrence.row.kind
        faults.setdefault(plain(name if kind in name else f"{name} ({kind})"), []).append(occurrence)
    return faults


def _bar(occurrences: list[Occurrence], axis: Axis, symbols: Symbols) -> str:
    """Return a bar over the columns in which a fault held; one of an instant fills one column."""
    signs = [" "] * axis.columns
    for occurrence in occurrences:
        last = axis.column(max(occurrence.start_ns, occurrence.end_ns - 1))
        for column in range(axis.column(occurrence.start_ns), last + 1):
            signs[column] = symbols.held
    return "".join(signs)


def _leaders(reigns: list[Reign], axis: Axis, symbols: Symbols) -> str:
    """Return who led in the middle of each column: the name where it begins, then a line as long as it lasted."""
    signs = [" "] * axis.columns
    free_from, named = 0, ""
    for column in range(axis.columns):
        there = [reign for reign in reigns if reign.start_ns <= axis.middle_ns(column) < reign.end_ns]
        leader = max(there, key=lambda reign: (reign.term, reign.start_ns), default=None)
        if column < free_from:  # A name is being written here; whoever came to power meanwhile is named after it.
            continue
        if leader is None:
            named = ""
        elif leader.node != named:
            shown = plain(leader.node)[: axis.columns - column]
            signs[column : column + len(shown)] = shown
            free_from, named = column + len(shown), leader.node
        else:
            signs[column] = symbols.several_lead if len({reign.node for reign in there}) > 1 else symbols.leads
    return "".join(signs)


def _ticks(axis: Axis) -> str:
    """Return seconds under the columns they belong to, at steps of 1, 2 or 5, none running into the next."""
    end = axis.end_ns / 1e9
    step = next(
        size * 10.0**power
        for power in range(-9, 12)
        for size in (1, 2, 5)
        if axis.columns * size * 10.0**power / end >= 10
    )
    signs = [" "] * axis.columns
    for tick in range(int(end / step) + 1):
        text = f"{number(tick * step)}s"
        column = axis.column(round(tick * step * 1e9))
        if column + len(text) <= axis.columns:
            signs[column : column + len(text)] = text
    return "".join(signs).rstrip()


def _fit(label: str, width: int) -> str:
    return label.ljust(width) if len(label) <= width else label[: width - 1] + "."
