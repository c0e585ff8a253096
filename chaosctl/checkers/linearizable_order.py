"""The order of effects that a search found, read from its trail: reads and overwritten updates put in where they go."""

from typing import Any

from chaosctl.checkers.linearizable_plan import NEVER, NOWHERE, Plan, Point
from chaosctl.checkers.linearizable_search import Trail

Order = list[tuple[int, Any]]
"""(number of the step, the state that it left), in the order of their effects."""


def order_of(plan: Plan, trail: Trail) -> Order:
    """Return the order that a trail of this plan stands for; steps that are not in it need not have happened."""
    return _Replay(plan).run(_forward(trail))


def _forward(trail: Trail) -> list[tuple[int, int]]:
    moves = []
    while trail is not None:
        trail, place, bit = trail
        moves.append((place, bit))
    return moves[::-1]


class _Replay:
    """Goes the way of a trail once more, and notes everything that took effect."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.moves = plan, plan.moves
        self.state = plan.moves.state(plan.moves.model.initial)
        self.order: list[tuple[int, int]] = []
        self.done: set[int] = set()
        self.hidden: dict[int, tuple[int, int]] = {}
        """Updates that may have been overwritten at once: the place in the order of what overwrote them, the kind."""

    def run(self, trail: list[tuple[int, int]]) -> Order:
        """Return the order."""
        place, points = 0, self.plan.points
        for until, bit in trail:
            while place < until:
                self._read(points[place])
                place += 1
            self._read(points[place])
            self._take(points[place], bit)
        for point in points[place:]:
            self._read(point)
        before: dict[int, list[tuple[int, int]]] = {}
        for number, (at, kind) in self.hidden.items():
            before.setdefault(at, []).append((number, kind))
        whole: list[tuple[int, int]] = []
        for at, effect in enumerate(self.order):
            whole += [(number, self.moves.move(effect[1], kind)) for number, kind in before.get(at, ())]
            whole.append(effect)
        return [(self.plan.steps[number].number, self.moves.states[state]) for number, state in whole]

    def _read(self, point: Point) -> None:
        """Let the reads under way that fit take effect."""
        for _returned, _bit, _kind, shown, number in point[6]:
            if number not in self.done and shown == self.state:
                self._note(number)

    def _take(self, point: Point, bit: int) -> None:
        """Let an update take effect, and those that it may have overwritten just before it, where they must."""
        updates = point[5]
        _returned, _bit, taken, makes, number = next(one for one in updates if one[1] == bit)
        self.hidden.pop(number, None)
        if makes != NOWHERE:
            for returned, _other, kind, left, other in updates:
                if left != NOWHERE and other not in self.done and other != number and returned != NEVER:
                    self.hidden[other] = (len(self.order), kind)
        self.state = self.moves.move(self.state, taken)
        self._note(number)
        self._read(point)

    def _note(self, number: int) -> None:
        self.done.add(number)
        self.order.append((number, self.state))
