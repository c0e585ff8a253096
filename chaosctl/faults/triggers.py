"""What a `when` waits for: a message being sent, a node's event, a named point; and the count of those that fit.

`nth` counts the sends that fit (for each link by itself where `from` and `to` are both given), drawn by `probability`
first. From the nth on every further one fires again: how often a fault may happen is the schedule's affair.
"""

import re

from chaosctl.experiment.model import When
from chaosctl.faults.control import Control
from chaosctl.faults.targets import LEADER_WORDS, in_order, recognizer, resolve
from chaosctl.history.records import Event

_POINT = re.compile(r"(?:(?P<node>[^/#]+)/)?(?P<name>[^/#]+:(?:pre|post))(?:#(?P<nth>\d+))?")


class Trigger:
    """A `when` that is armed: what it has seen counts from its making. `message` is the type that it waits for."""

    def __init__(self, when: When, control: Control) -> None:
        self.when = when
        self.message = when.message
        self.point = Point(when) if when.point is not None else None
        self.seen = 0
        self._random = control.random
        self._is_source = recognizer(when.source, control)
        self._is_dest = recognizer(when.dest, control)
        self._is_node = recognizer(self.point.node if self.point else when.node, control)
        self._is_per_link = when.source is not None and when.dest is not None
        self._links: dict[tuple[str, str], int] = {}

    def saw_message(self, process: str, dest: str, message_type: str) -> bool:
        """Return whether the send of this message fires it."""
        if message_type != self.message or not self._is_source(process) or not self._is_dest(dest):
            return False
        if not self._is_drawn():
            return False
        if not self._is_per_link:
            return self.seen >= self.when.nth
        count = self._links[process, dest] = self._links.get((process, dest), 0) + 1
        return count >= self.when.nth

    def saw_event(self, event: Event) -> bool:
        """Return whether this event fires it."""
        if event.event != self.when.event or not self._is_node(event.node):
            return False
        return self._is_drawn() and self.seen >= self.when.nth

    def saw_point(self, node: str, name: str, nth: int) -> bool:
        """Return whether this point fires it; the node itself has counted which time it is."""
        if self.point is None or (self.point.name, self.point.nth) != (name, nth) or not self._is_node(node):
            return False
        return self._is_drawn()

    def __str__(self) -> str:
        """Return what it waits for, as the file says it, and how much of that there was."""
        keys = self.when.model_dump(by_alias=True, exclude_defaults=True)
        wanted = ", ".join(f"{key} = {value}" for key, value in keys.items())
        return f"its trigger never fired: {wanted}; {self.seen} seen that fit"

    def _is_drawn(self) -> bool:
        """Draw whether something that fits counts, and count it."""
        is_drawn = self.when.probability >= 1 or self._random.random() < self.when.probability
        self.seen += is_drawn
        return is_drawn


class Point:
    """A named point as a `when` gives it: `voter.vote:pre`, or in full `n1/voter.vote:pre#2`.

    `node` may also be a role or a leader, where `when.node` says so; None: whoever hosts the role.
    """

    def __init__(self, when: When) -> None:
        parts = _POINT.fullmatch(when.point or "")
        if parts is None:
            raise ValueError(f'a point looks like "voter.vote:pre" or "n1/voter.vote:pre#2", not "{when.point}"')
        self.name = parts["name"]
        self.node: str | None = parts["node"] or when.node
        self.nth = int(parts["nth"]) if parts["nth"] else when.nth

    def nodes(self, control: Control) -> list[str]:
        """Return the nodes on which it may be reached: those named, else the hosts of its role, else all."""
        if self.node is not None and self.node not in LEADER_WORDS:
            return resolve(self.node, control)
        role = self.name.partition(".")[0]
        return in_order(control.placement.get(role, control.nodes), control)
