"""When each fault's windows open and close, drawn for the whole run before anything starts.

So the times of a schedule depend on the seed alone, never on what the system does, and `validate` can show them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import cast

from chaosctl.experiment.model import Fault
from chaosctl.experiment.values import Range
from chaosctl.faults.occurrence import Kind

MOST_WINDOWS = 10_000
"""One fault happens at most so often in a run: a bound for a file that says `every = "1ns"`."""


@dataclass(frozen=True)
class Window:
    """A span in which a fault is to happen, counted from where its schedule begins.

    `length_ns` None: until the load ends. `hold_ns` is how long it holds from when it is really applied, if limited.
    """

    start_ns: int
    length_ns: int | None
    hold_ns: int | None


@dataclass(frozen=True)
class Timetable:
    """One fault's windows in order, and how long after its schedule begins (`delay_ns`) its trigger is armed.

    A schedule begins at time 0, or at the end of the fault it follows; with a trigger windows count from when it fires.
    """

    fault: Fault
    name: str
    delay_ns: int
    windows: tuple[Window, ...]


def draw_timetables(faults: Sequence[Fault], random: Random, load_ns: int) -> list[Timetable]:
    """Return every fault's timetable, in the order of the file."""
    return [_draw(fault, name, random, load_ns) for fault, name in zip(faults, fault_names(faults), strict=True)]


def fault_names(faults: Sequence[Fault]) -> list[str]:
    """Return the faults' names; one without is called by its kind, with a number where several would be."""
    given = {fault.name for fault in faults}
    names: list[str] = []
    for fault in faults:
        name = fault.name or fault.kind
        number = 1
        while fault.name is None and (name in names or name in given):
            number += 1
            name = f"{fault.kind}-{number}"
        names.append(name)
    return names


def _draw(fault: Fault, name: str, random: Random, load_ns: int) -> Timetable:
    delay_ns = _nanoseconds(fault.at, random) or 0
    start_ns = 0 if fault.when is not None else delay_ns
    windows = [_draw_window(fault, start_ns, random)]
    most = min(fault.count or (MOST_WINDOWS if fault.every is not None else 1), MOST_WINDOWS)
    while len(windows) < most and start_ns < load_ns:
        start_ns += _nanoseconds(fault.every, random) or 0
        windows.append(_draw_window(fault, start_ns, random))
    return Timetable(fault, name, delay_ns, tuple(windows))


def _draw_window(fault: Fault, start_ns: int, random: Random) -> Window:
    held_for = cast("Kind", fault).held_for()
    return Window(start_ns, _nanoseconds(fault.duration, random), _nanoseconds(held_for, random))


def _nanoseconds(moment: Range | None, random: Random) -> int | None:
    return None if moment is None else round(moment.draw(random) * 1e9)
