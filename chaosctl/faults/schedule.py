"""The schedule of a run: its faults are armed, applied and healed by what the run tells it, in its own time.

A fault's way: its window opens (or its trigger fires), its target is resolved (a leader that nobody is yet is waited
for until the window closes), it holds until its end. At the end of the load all that still holds is healed, and what
never happened is recorded with the reason.
"""

from collections.abc import Callable, Sequence
from typing import cast

from chaosctl.experiment.model import Fault
from chaosctl.faults.control import Control
from chaosctl.faults.in_force import InForce, Opened, Planned
from chaosctl.faults.occurrence import Aim, Kind
from chaosctl.faults.points import ArmedPoints
from chaosctl.faults.timetable import Window, draw_timetables
from chaosctl.faults.triggers import Trigger
from chaosctl.history.records import Event, FaultRow


class Schedule:
    """Carries out the faults of one run over `control`; `wanted_types` are all message types that matter to it ever."""

    def __init__(
        self, faults: Sequence[Fault], control: Control, record: Callable[[FaultRow], None], load_ns: int
    ) -> None:
        waits = [fault.when for fault in faults] + [cast("Kind", fault).until for fault in faults]
        self.wanted_types = {when.message for when in waits if when is not None and when.message is not None}
        self._faults, self._control, self._load_ns = faults, control, load_ns
        self._in_force = InForce(control, record, self._begin_followers)
        self._points = ArmedPoints(control, self._in_force)
        self._planned: list[Planned] = []
        self._armed: list[Planned] = []
        self._unaimed: list[Opened] = []
        self._is_over = False

    def holding(self) -> list[str]:
        """Return the names of the faults that hold now."""
        return self._in_force.names()

    def begin(self) -> None:
        """Set every fault off that follows no other: called at time 0, when the load begins."""
        tables = draw_timetables(self._faults, self._control.random, self._load_ns)
        self._planned = [Planned(table, list(table.windows)) for table in tables]
        for planned in self._planned:
            planned.why = f'"{planned.fault.after}", which it follows, never ended'
            if planned.fault.after is None:
                self._set_off(planned, 0)

    def saw_message(self, process: str, dest: str, message_type: str) -> None:
        """See a message at its send, before it is routed."""
        if message_type in self.wanted_types:
            self._see(lambda trigger: trigger.saw_message(process, dest, message_type), process)

    def saw_event(self, event: Event) -> None:
        """See a node's event, after `control` has taken note of who leads."""
        self._see(lambda trigger: trigger.saw_event(event), event.node)
        for opened in self._unaimed[:]:
            self._aim(opened)

    def saw_point(self, node: str, point: str, nth: int) -> None:
        """See a node reach a named point (`role.call:pre`) for the nth time over all its incarnations."""
        if not self._is_over:
            self._points.saw_point(node, point, nth)
            self._see(lambda trigger: trigger.saw_point(node, point, nth), node)

    def saw_start(self, node: str) -> None:
        """See a node start, whatever has started it, once lines can be handed to it."""
        self._in_force.saw_start(node)

    def end_load(self) -> None:
        """Heal everything that still holds and record what never happened; when a run is broken off, too."""
        if self._is_over:
            return
        self._is_over = True
        self._in_force.heal_all()
        for planned in self._planned:
            if not planned.happened:
                why = str(planned.trigger) if planned in self._armed else planned.why
                self._in_force.write(planned, self._in_force.number(), "never", Aim(), why=why)
        self._armed.clear()
        self._unaimed.clear()

    def _set_off(self, planned: Planned, origin_ns: int) -> None:
        planned.is_set_off = True
        planned.why = "the load ended before its time came"
        if planned.fault.when is None:
            self._await_window(planned, origin_ns)
        else:
            self._at(origin_ns + planned.timetable.delay_ns, lambda: self._arm(planned))

    def _await_window(self, planned: Planned, origin_ns: int) -> None:
        """Open the next window in its time, and have the one after it awaited then."""
        if not planned.windows:
            return

        def open_it() -> None:
            window = planned.windows.pop(0)
            self._await_window(planned, origin_ns)
            self._open(planned, window, None)

        self._at(origin_ns + planned.windows[0].start_ns, open_it)

    def _arm(self, planned: Planned) -> None:
        """Let the trigger see from now on."""
        assert planned.fault.when is not None, "only a fault with a trigger is armed"
        planned.trigger = Trigger(planned.fault.when, self._control)
        point = planned.trigger.point
        if point is None or not self._points.arm(planned, point):
            self._armed.append(planned)

    def _see(self, fires: Callable[[Trigger], bool], by: str) -> None:
        """Show something to all that wait: first all look (what begins now has not seen it), then all act."""
        if not self._armed and not self._in_force.untils:
            return
        ended = [occurrence for trigger, occurrence in self._in_force.untils if fires(trigger)]
        fired = [planned for planned in self._armed if planned.trigger is not None and fires(planned.trigger)]
        for occurrence in ended:
            self._in_force.heal(occurrence)
        for planned in fired:
            self._fire(planned, by)

    def _fire(self, planned: Planned, by: str) -> None:
        """Open the trigger's next window, unless the last one's occurrence still holds."""
        if planned.holding or self._is_unaimed(planned):
            return
        window = planned.windows.pop(0)
        repeats = planned.fault.every is not None
        if repeats or not planned.windows:
            self._armed.remove(planned)
        if repeats:
            self._await_window(planned, self._control.now_ns())
        self._open(planned, window, by)

    def _open(self, planned: Planned, window: Window, by: str | None) -> None:
        """Apply the fault to its target; where nobody is the target yet, look again at every event."""
        opened = Opened(planned, window, by=by)
        if window.length_ns is not None:
            opened.closes_ns = self._control.now_ns() + window.length_ns
        self._aim(opened)
        if opened in self._unaimed and opened.closes_ns is not None:
            self._at(opened.closes_ns, lambda: self._close(opened))

    def _aim(self, opened: Opened) -> None:
        aim = opened.planned.kind.aim_at(self._control, opened.by)
        if aim.missing:
            opened.planned.why = aim.missing
            if opened not in self._unaimed:
                self._unaimed.append(opened)
            return
        if opened in self._unaimed:
            self._unaimed.remove(opened)
        self._in_force.apply(opened, aim)

    def _close(self, opened: Opened) -> None:
        """Give up a window in which nobody was the target."""
        if opened in self._unaimed:
            self._unaimed.remove(opened)
            opened.planned.why += " before its window closed"
            self._begin_followers(opened.planned)

    def _begin_followers(self, ended: Planned) -> None:
        """Set off what follows a fault, if that is over: it has happened, with all repetitions, and holds no longer."""
        is_repeated = ended.fault.every is not None
        if not ended.happened or ended.holding or (is_repeated and (ended.windows or self._is_unaimed(ended))):
            return
        for planned in self._planned:
            if planned.fault.after == ended.timetable.name and not planned.is_set_off:
                self._set_off(planned, self._control.now_ns())

    def _is_unaimed(self, planned: Planned) -> bool:
        return any(opened.planned is planned for opened in self._unaimed)

    def _at(self, time_ns: int, action: Callable[[], object]) -> None:
        """Do it now where its time has come, else then, unless the load is over."""
        if time_ns <= self._control.now_ns():
            action()
        elif time_ns < self._load_ns:
            self._control.call_at(time_ns, lambda: self._is_over or action())
