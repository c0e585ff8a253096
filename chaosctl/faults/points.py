"""Faults aimed at named points: armed on nodes beforehand, so that a crash is exact and not merely well timed."""

from typing import Any

from chaosctl.faults.control import Control
from chaosctl.faults.in_force import InForce, Opened, Planned
from chaosctl.faults.occurrence import Aim
from chaosctl.faults.targets import LEADER_WORDS, resolve, words_of
from chaosctl.faults.triggers import Point


class ArmedPoints:
    """The points at which nodes crash or stall by themselves, each an occurrence that is recorded as armed."""

    def __init__(self, control: Control, in_force: InForce) -> None:
        self._control, self._in_force = control, in_force
        self._armed: dict[tuple[str, str, int], Opened] = {}

    def arm(self, planned: Planned, point: Point) -> bool:
        """Arm a fault's point; False where its nodes only tell when they reach it, and the trigger must see that."""
        exact = self._nodes_to_hit_exactly(planned, point)
        for node in exact:
            self._arm_exactly(planned, point, node)
        if exact:
            planned.windows.clear()
            planned.why = "its point was never reached"
            return True
        for node in point.nodes(self._control):
            self._control.arm(node, point.name, point.nth, "tell", 0.0)
        return False

    def saw_point(self, node: str, name: str, nth: int) -> None:
        """Apply what was armed there, for the node has done it to itself."""
        opened = self._armed.pop((node, name, nth), None)
        if opened is None:
            return
        if opened.window.length_ns is not None:
            opened.closes_ns = self._control.now_ns() + opened.window.length_ns
        aim = opened.planned.kind.aim_at(self._control, node)
        aim.targets, aim.missing = [node], ""
        self._in_force.apply(opened, aim)

    def _nodes_to_hit_exactly(self, planned: Planned, point: Point) -> list[str]:
        """Return the nodes that are to crash (or stall) by themselves, or none where they only tell.

        None is, where the target is another node than the one at the point, or known only then: a leader, or the first
        of several that gets there. That is less exact: the node goes on while its word travels.
        """
        target = planned.fault.target
        if planned.kind.at_point == "tell" or LEADER_WORDS & {point.node or "", *words_of(target)}:
            return []
        reaching = point.nodes(self._control)
        if target is None:
            return reaching if len(reaching) == 1 else []
        nodes = resolve(target, self._control)
        return nodes if point.node is None or nodes == reaching else []

    def _arm_exactly(self, planned: Planned, point: Point, node: str) -> None:
        for times, window in enumerate(planned.windows):
            nth, number = point.nth + times, self._in_force.number()
            self._armed[node, point.name, nth] = Opened(planned, window, by=node, number=number)
            details: dict[str, Any] = {"point": f"{node}/{point.name}#{nth}"}
            if planned.kind.at_point == "stall":
                details["stall_ns"] = window.length_ns or 0  # The node keeps it, whatever heals before.
            aim = Aim([node], details=details)
            self._in_force.write(planned, number, "armed", aim)
            stall = (window.length_ns or 0) / 1e9 if planned.kind.at_point == "stall" else 0.0
            self._control.arm(node, point.name, nth, planned.kind.at_point, stall)
