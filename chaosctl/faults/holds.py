"""Which occurrence keeps which node down, paused or told something, so that overlapping faults compose.

A node that two faults have crashed comes back when the last of them lets go, one that two have paused likewise. A
crash ends a pause. Whoever finds its work done already (a crash of a dead node) has touched nothing, until it is the
one that keeps the node so. Clock and disk are the machine's, not the node's: whatever starts a node again, the end of
a fault or the runner after a death of its own, it is told what still holds. A paused node is told when it goes on: what
ends before has touched nothing.
"""

from collections import defaultdict
from typing import Any

from chaosctl.faults.control import Control
from chaosctl.faults.occurrence import Occurrence

_DISKS = ("keep", "lose-tail", "wipe")
"""What a crash leaves of the disk, the worst last."""


class Holds:
    """All occurrences' hold on nodes; kinds of fault act through it on `control`."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self._down: dict[str, list[Occurrence]] = defaultdict(list)
        self._paused: dict[str, list[Occurrence]] = defaultdict(list)
        self._told: dict[tuple[str, str], list[tuple[Occurrence, dict[str, Any]]]] = defaultdict(list)
        self._disks: dict[str, tuple[str, int]] = {}
        self._full: dict[str, list[Occurrence]] = defaultdict(list)

    def crash(self, node: str, occurrence: Occurrence, disk: str = "keep", lost: int = 0) -> None:
        """Kill a node and keep it down; of several crashes the worst disk counts when it starts again."""
        if node in self.control.live():
            occurrence.hurt.add(node)
            self.control.crash(node)
            self._paused.pop(node, None)
        self._down[node].append(occurrence)
        before, lost_before = self._disks.get(node, ("keep", 0))
        self._disks[node] = (max(before, disk, key=_DISKS.index), max(lost_before, lost))

    def restart(self, node: str, occurrence: Occurrence) -> None:
        """Let go of a node that was kept down; it starts again where nobody else keeps it down."""
        holders = self._down[node]
        holders.remove(occurrence)
        for holder in holders:
            holder.hurt.add(node)
        if not holders:
            self.control.restart(node, *self._disks.pop(node))

    def revive(self, node: str) -> None:
        """Start a node again that died of a fault which no crash was, unless a crash keeps it down."""
        if node not in self.control.live() and not self._down[node]:
            self.control.restart(node, "keep", 0)

    def started(self, node: str) -> None:
        """Tell a new incarnation of a node what still holds of its clock and its disk."""
        self._paused.pop(node, None)  # Who died while it was paused, of whatever, is not paused when it starts again.
        self._tell_what_holds(node)

    def pause(self, node: str, occurrence: Occurrence) -> None:
        """Stop a node in its tracks; a dead one can't be paused."""
        if node not in self.control.live():
            return
        if not self._paused[node]:
            occurrence.hurt.add(node)
            self.control.pause(node)
        self._paused[node].append(occurrence)

    def resume(self, node: str, occurrence: Occurrence) -> None:
        """Let go of a paused node; it goes on where nobody else pauses it, and where no crash has come between."""
        holders = self._paused[node]
        if occurrence not in holders:
            return
        holders.remove(occurrence)
        for holder in holders:
            holder.hurt.add(node)
        if not holders:
            self.control.resume(node)
            self._tell_what_holds(node)

    def fill(self, server: str, occurrence: Occurrence) -> None:
        """Leave a server no room on its disk."""
        self.control.fill(server)
        self._full[server].append(occurrence)
        occurrence.hurt.add(server)

    def free(self, server: str, occurrence: Occurrence) -> None:
        """Give a server room again, where nobody else holds its disk full."""
        self._full[server].remove(occurrence)
        if not self._full[server]:
            self.control.free(server)

    def tell(self, node: str, occurrence: Occurrence, body: dict[str, Any]) -> None:
        """Set something of a node's (its clock, its disk) until `untell`; the latest word counts."""
        self._told[node, body["type"]].append((occurrence, body))
        if node in self.control.live() and not self._paused[node]:
            occurrence.hurt.add(node)
            self.control.tell(node, body)

    def untell(self, node: str, occurrence: Occurrence, normal: dict[str, Any]) -> None:
        """Take back what was told: the latest word of those left counts, or the normal state."""
        told = self._told[node, normal["type"]]
        told[:] = [entry for entry in told if entry[0] is not occurrence]
        self.control.tell(node, normal)
        if told:
            self.control.tell(node, told[-1][1])

    def _tell_what_holds(self, node: str) -> None:
        for (name, _), told in self._told.items():
            if name == node and told and node in self.control.live():
                occurrence, body = told[-1]
                occurrence.hurt.add(node)
                self.control.tell(node, body)
