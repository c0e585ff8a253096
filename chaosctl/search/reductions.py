"""Making an experiment smaller: lists with fewer entries, tables back at their defaults, numbers that are lower.

Lists are cut as in A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), without its
complements: runs of entries, half of the list, then a quarter, down to one. Numbers are bisected, as if what fails with
a value failed with every greater one; where that is wrong the result is larger than it need be, and fails all the same.
"""

from collections.abc import Callable
from typing import Any

from chaosctl.experiment.dump import as_written
from chaosctl.experiment.model import Experiment, Step, Table
from chaosctl.experiment.values import Range, duration_text, toml_value
from chaosctl.faults.timetable import fault_names

Path = tuple[str | int, ...]

SCRIPT: Path = ("workload", "script")
LISTS: tuple[Path, ...] = (("faults",), SCRIPT, ("network", "links"), ("system", "nodes"))
DEFAULTS: tuple[Path, ...] = (("network", "latency"), ("network", "loss"), ("network", "duplicate"), ("disk", "sync"))
NUMBERS: dict[Path, float] = {
    ("system", "nodes"): 1,
    ("duration",): 0.001,
    ("grace",): 0.001,
    ("workload", "rate"): 1.0,
    ("workload", "clients"): 1,
}
"""What is lowered, and its least value."""

TIMES: tuple[Path, ...] = (("duration",), ("grace",), ("disk", "sync"))
"""Durations that the model has as bare seconds."""

FAULT_COUNTS: tuple[Path, ...] = (("when", "nth"), ("match", "nth"), ("match", "count"), ("count",))
FAULT_TIMES: tuple[Path, ...] = (("at",), ("duration",), ("restart_after",), ("amount",))
"""What is lowered in each fault that has it, to 1 and to no time at least; `every` and its `count` go first."""

FIRST_COUNTS = 4
"""So many low values of a count are tried one by one: the nth of something is often of a kind that not all are."""

CLOSE_ENOUGH = 1.25
"""Bisecting ends where what fails is at most so many times what does not."""


class Reduction:
    """Makes `best` smaller as long as `fails` says of what is left that it still fails.

    `removed`: list to the entries that were taken out of it; `lowered`: place to its value at first and now, as text.
    """

    def __init__(self, experiment: Experiment, fails: Callable[[Experiment], bool]) -> None:
        self.best = experiment
        self.removed: dict[str, list[str]] = {}
        self.lowered: dict[str, tuple[str, str]] = {}
        self._fails = fails

    def once(self) -> bool:
        """Try every reduction once, each on what the one before has left; return whether there was any."""
        before = self.best
        for path in LISTS:
            if isinstance(value_at(self.best, path), list):
                self._cut(path)
        for path in DEFAULTS:
            self._change(path, type(value_at(self.best, path[:-1])).model_fields[str(path[-1])].get_default())
        for number in range(len(self.best.faults)):
            self._change(("faults", number, "every"), None)
            self._change(("faults", number, "count"), None)
            for path in FAULT_COUNTS:
                self._lower(("faults", number, *path), 1)
        for path, least in NUMBERS.items():
            self._lower(path, least)
        for number in range(len(self.best.faults)):
            for path in FAULT_TIMES:
                self._lower(("faults", number, *path), 0.0)
        return self.best is not before

    def _cut(self, path: Path) -> None:
        size = len(value_at(self.best, path))
        while size:
            begin = 0
            while begin < len(entries := value_at(self.best, path)):
                gone = entries[begin : begin + size]
                left = entries[:begin] + entries[begin + size :]
                smaller = changed(self.best, path, left)
                if (left or path != SCRIPT) and self._fails(smaller):  # Without any step the generator would begin.
                    self.best = smaller
                    self.removed.setdefault(str(path[-1]), []).extend(map(_text, gone))
                else:
                    begin += size
            size //= 2

    def _lower(self, path: Path, least: float) -> None:
        """Try the least value (of counts the first few), then bisect between what fails and what does not."""
        value = value_at(self.best, path)
        if isinstance(value, list | None) or _size(value) <= least:
            return
        fails, holds = _size(value), least
        for trial in range(int(least), int(least) + FIRST_COUNTS) if isinstance(value, int) else (least,):
            if trial < fails and self._change(path, _like(value, trial)):
                return
            holds = trial
        while (middle := _between(holds, fails, value)) is not None:
            if self._change(path, _like(value, middle)):
                fails = middle
            else:
                holds = middle

    def script(self, steps: list[Step]) -> None:
        """Have the operations of a run in place of the generator that invoked them, so that each can be taken out."""
        scripted = self.best.workload.model_copy(update={"script": steps, "rate": None})
        smaller = self.best.model_copy(update={"workload": scripted})
        if self._fails(smaller):
            self.lowered["workload.rate"] = _text(self.best.workload.rate), "a script"
            self.best = smaller

    def _change(self, path: Path, value: Any) -> bool:
        before = value_at(self.best, path)
        if before in (None, value) or not self._fails(smaller := changed(self.best, path, value)):
            return False
        place, is_time = _place(path, self.best), path in TIMES
        first, _ = self.lowered.get(place, (_text(before, is_time=is_time), ""))
        self.lowered[place] = first, _text(value, is_time=is_time)
        self.best = smaller
        return True


def value_at(table: Any, path: Path) -> Any:
    """Return what stands at a path; None where a table has no such key."""
    for step in path:
        table = table[step] if isinstance(step, int) else getattr(table, step, None)
    return table


def changed(table: Any, path: Path, value: Any) -> Any:
    """Return a table, or a list, with another value at a path."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return [changed(each, rest, value) if number == step else each for number, each in enumerate(table)]
    return table.model_copy(update={step: changed(getattr(table, step), rest, value)})


def _size(value: Any) -> float:
    return value.high if isinstance(value, Range) else float(value)


def _like(value: Any, size: float) -> Any:
    return Range(size, size) if isinstance(value, Range) else type(value)(size)


def _between(holds: float, fails: float, value: Any) -> float | None:
    """Return the value to try next; None where the two are close enough."""
    if isinstance(value, int):
        middle = (holds + fails) // 2
        return middle if holds < middle < fails else None
    middle = round((holds + fails) / 2, 3)
    return middle if holds < middle < fails and fails > CLOSE_ENOUGH * holds else None


def _place(path: Path, experiment: Experiment) -> str:
    """Return a path in words, a fault by its name."""
    if path[0] == "faults":
        path = (fault_names(experiment.faults)[int(path[1])], *path[2:])
    return ".".join(map(str, path))


def _text(value: Any, *, is_time: bool = False) -> str:
    if is_time and value is not None:
        return duration_text(value)
    if isinstance(value, Range):
        return duration_text(value.low) if value.low == value.high else f"{value.low:g}s to {value.high:g}s"
    return toml_value(as_written(value)) if isinstance(value, Table) else "none" if value is None else str(value)
