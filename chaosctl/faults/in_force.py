"""What is in force: applies faults, heals them, and writes down both; a fault is recorded before it is applied."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from chaosctl.experiment.model import Fault
from chaosctl.faults.control import Control
from chaosctl.faults.holds import Holds
from chaosctl.faults.occurrence import Aim, Kind, Occurrence
from chaosctl.faults.timetable import Timetable, Window
from chaosctl.faults.triggers import Trigger
from chaosctl.history.records import FaultRow


@dataclass(eq=False)
class Planned:
    """One fault of the file and how far it has come: windows yet to open, occurrences that hold, how often it was.

    `why` is the reason that it has not happened so far.
    """

    timetable: Timetable
    windows: list[Window]
    trigger: Trigger | None = None
    is_set_off: bool = False
    holding: int = 0
    happened: int = 0
    why: str = ""

    @property
    def fault(self) -> Fault:
        """The fault as the file has it."""
        return self.timetable.fault

    @property
    def kind(self) -> Kind:
        """The same, for what its kind can do."""
        return cast("Kind", self.timetable.fault)


@dataclass(eq=False)
class Opened:
    """A window that is open: when it closes (None: with the load), and who set the trigger off.

    `number` is the occurrence's where that is known beforehand: it was armed under it.
    """

    planned: Planned
    window: Window
    closes_ns: int | None = None
    by: str | None = None
    number: int | None = None


@dataclass
class InForce:
    """All occurrences that hold now. `on_healed` is told of each whose end has come (not at the end of the load)."""

    control: Control
    record: Callable[[FaultRow], None]
    on_healed: Callable[[Planned], None]
    untils: list[tuple[Trigger, Occurrence]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._holds = Holds(self.control)
        self._active: dict[int, tuple[Planned, Occurrence]] = {}
        self._next_number = 0

    def saw_start(self, node: str) -> None:
        """See a node start: what holds of its clock and its disk holds for this incarnation too."""
        self._holds.started(node)

    def names(self) -> list[str]:
        """Return the names of all that holds now, in the order in which it began."""
        return [planned.fault.name or planned.fault.kind for planned, _ in self._active.values()]

    def number(self) -> int:
        """Return the next occurrence's number."""
        self._next_number += 1
        return self._next_number - 1

    def apply(self, opened: Opened, aim: Aim) -> None:
        """Record a fault, apply it, and see to its end."""
        planned, kind = opened.planned, opened.planned.kind
        number = opened.number if opened.number is not None else self.number()
        occurrence = Occurrence(number, aim)
        occurrence.spent = lambda: self.control.call_at(self.control.now_ns(), partial(self.heal, occurrence))
        self.write(planned, number, "applied", aim)
        self._active[number] = (planned, occurrence)
        planned.holding += 1
        planned.happened += 1
        kind.apply(occurrence, self._holds)
        if kind.is_instant:
            self.heal(occurrence)
            return
        if kind.until is not None:
            self.untils.append((Trigger(kind.until, self.control), occurrence))
        end_ns = self._end_ns(opened)
        if end_ns is not None:
            self.control.call_at(end_ns, partial(self.heal, occurrence))

    def heal(self, occurrence: Occurrence) -> None:
        """Undo an occurrence and record it, unless it has been healed before."""
        planned = self._undo(occurrence)
        if planned is not None:
            self.on_healed(planned)

    def heal_all(self) -> None:
        """Undo everything that holds, the latest first."""
        for _, occurrence in reversed(list(self._active.values())):
            self._undo(occurrence)

    def write(self, planned: Planned, number: int, phase: str, aim: Aim, *, touched: int = 0, why: str = "") -> None:
        """Record a row of faults.jsonl."""
        row = FaultRow(
            time=self.control.now_ns(),
            occurrence=number,
            name=planned.timetable.name,
            kind=planned.fault.kind,
            phase=phase,
            targets=aim.targets,
            groups=aim.groups,
            cuts=aim.cuts,
            touched=touched,
            why=why,
            details=aim.details,
        )
        self.record(row)

    def _undo(self, occurrence: Occurrence) -> Planned | None:
        planned, _ = self._active.pop(occurrence.number, (None, None))
        if planned is None:
            return None
        self.untils = [entry for entry in self.untils if entry[1] is not occurrence]
        planned.kind.heal(occurrence, self._holds)
        planned.holding -= 1
        self.write(planned, occurrence.number, "healed", Aim(occurrence.aim.targets), touched=occurrence.touched)
        return planned

    def _end_ns(self, opened: Opened) -> int | None:
        hold_ns = opened.window.hold_ns
        ends = [opened.closes_ns, None if hold_ns is None else self.control.now_ns() + hold_ns]
        return min((end for end in ends if end is not None), default=None)
