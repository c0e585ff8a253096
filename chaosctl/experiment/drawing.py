"""The fault schedule over the run's duration, drawn in plain text for `chaosctl validate`.

A full block is where a fault surely holds, a light one where it may (its times are drawn from a range), dots where it
waits for something that only the run will show. Below each bar stands the fault as the file says it.
"""

from dataclasses import dataclass
from textwrap import wrap

from chaosctl.experiment.dump import as_written
from chaosctl.experiment.model import Experiment, Fault
from chaosctl.experiment.schedule import begins
from chaosctl.experiment.values import Range, duration_text, toml_key, toml_text

MOST_DRAWN = 500
"""Repetitions of one fault that are drawn one by one; more would fill every column anyway."""

NARROWEST = 40


@dataclass(frozen=True)
class Glyphs:
    """What a column of the drawing may be."""

    holds: str = "█"
    may_hold: str = "░"
    waits: str = "·"
    instant: str = "◆"
    tick: str = "┬"
    line: str = "─"


UNICODE = Glyphs()
ASCII = Glyphs(holds="#", may_hold="~", waits=".", instant="*", tick="+", line="-")


def glyphs_for(encoding: str) -> Glyphs:
    """Return the richest set that an encoding can show."""
    try:
        "".join(vars(UNICODE).values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def draw_schedule(experiment: Experiment, *, width: int = 80, glyphs: Glyphs = UNICODE) -> str:
    """Return the drawing, no line longer than `width` (40 at least); a caption alone where there are no faults."""
    width = max(width, NARROWEST)
    names = [fault.name or fault.kind for fault in experiment.faults]
    label = min(max((len(name) for name in names), default=0), width // 4)
    track = width - label - 2
    lines = [_clipped(line, width) for line in wrap(_caption(experiment), width)]
    if not experiment.faults:
        return "\n".join([*lines, "No faults."])
    lines += ["", *(" " * (label + 2) + row for row in _axis(experiment.duration, track, glyphs))]
    first = begins(experiment.faults)
    for number, fault in enumerate(experiment.faults):
        bar = _bar(fault, first[number], experiment.duration, glyphs, track)
        lines.append(f"{_clipped(names[number], label):<{label}}  {bar}".rstrip())
        lines += wrap(_sentence(fault), width, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(lines)


def _caption(experiment: Experiment) -> str:
    system, workload = experiment.system, experiment.workload
    what = system.pattern or " ".join(system.command or [])
    variant = f" ({system.broken})" if system.broken else ""
    nodes, steps = len(system.node_names()), len(workload.script)
    load = f"{steps} scripted operations" if steps else f"{workload.clients} clients"
    return f"{experiment.name}: {what}{variant} on {nodes} nodes, {load}, {duration_text(experiment.duration)} of load"


def _axis(duration: float, track: int, glyphs: Glyphs) -> list[str]:
    """Return the times at every quarter and the line below them."""
    times, line = [" "] * (track + 1), [glyphs.line] * track
    for quarter in range(5):
        column = round(quarter * (track - 1) / 4)
        text = duration_text(round(duration * quarter / 4, 6))
        start = min(max(0, column - len(text) // 2), track - len(text))
        line[column] = glyphs.tick
        if all(char == " " for char in times[max(0, start - 1) : start + len(text) + 1]):
            times[start : start + len(text)] = text
    return ["".join(times).rstrip(), "".join(line)]


def _bar(fault: Fault, begin: Range | None, end: float, glyphs: Glyphs, track: int) -> str:
    """Return one fault's row, a column a slice of the duration."""
    if begin is None:
        return glyphs.waits * track
    cells = [" "] * track
    for start, stop in _occurrences(fault, begin, end):
        surely_until = max(start.high, min(stop.low, end))
        for column in range(_column(start.low, end, track), _column(min(stop.high, end), end, track, up=True)):
            if cells[column] != glyphs.holds:
                cells[column] = glyphs.may_hold
        surely = range(_column(start.high, end, track), _column(surely_until, end, track, up=True))
        for column in surely if surely_until > start.high else ():
            cells[column] = glyphs.holds
        if stop == start:
            cells[_column(start.low, end, track)] = glyphs.instant
    return "".join(cells)


def _occurrences(fault: Fault, begin: Range, end: float) -> list[tuple[Range, Range]]:
    """Return (start, stop) of each repetition, both as the range in which they lie."""
    once = fault.model_copy(update={"every": None, "count": None}).lasts()
    occurrences: list[tuple[Range, Range]] = []
    start = begin
    most = min(fault.count or MOST_DRAWN, MOST_DRAWN) if fault.every is not None else 1
    while len(occurrences) < most and start.low < end:
        stop = Range(end, end) if once is None else Range(start.low + once.low, start.high + once.high)
        occurrences.append((start, stop))
        if fault.every is not None:
            start = Range(start.low + fault.every.low, start.high + fault.every.high)
    return occurrences


def _column(time: float, end: float, track: int, *, up: bool = False) -> int:
    """Return the column in which a time lies; `up`: the one after it, as the end of a range."""
    position = time / end * track
    column = int(position)
    return min(track, column + 1 if up and position > column else column) if up else min(track - 1, column)


def _sentence(fault: Fault) -> str:
    keys = {key: value for key, value in as_written(fault).items() if key not in {"name", "kind"}}
    return f"{fault.kind}: " + ", ".join(f"{toml_key(key)} = {toml_text(value)}" for key, value in keys.items())


def _clipped(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "~"
