"""The order of effects that a search found, read from its trail: reads and overwritten updates put in where they go."""

from typing import Any

from chaosctl.checkers.linearizable_plan import NEVER, Moves, Open, Plan, Point
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
        self.points = plan.points
        self.moves: Moves = plan.moves
        self.state = plan.moves.state(plan.moves.model.initial)
        self.order: list[tuple[int, int]] = []
        self.done: set[int] = set()
        self.hidden: dict[int, tuple[int, Open]] = {}
        """Updates that may have been overwritten at once, with the place in the order of what overwrote them."""

    def run(self, trail: list[tuple[int, int]]) -> Order:
        """Return the order."""
        place = 0
        for until, bit in trail:
            while place < until:
                self._read(self.points[place])
                place += 1
            self._read(self.points[place])
            self._take(self.points[place], bit)
        for point in self.points[place:]:
            self._read(point)
        before: dict[int, list[Open]] = {}
        for at, one in self.hidden.values():
            before.setdefault(at, []).append(one)
        whole: list[tuple[int, int]] = []
        for at, effect in enumerate(self.order):
            whole += [(one.number, self.moves.move(effect[1], one.kind)) for one in before.get(at, ())]
            whole.append(effect)
        return [(number, self.moves.states[state]) for number, state in whole]

    def _read(self, point: Point) -> None:
        """Let the reads under way that fit take effect."""
        for one in point.reads:
            if one.number not in self.done and self.moves.move(self.state, one.kind) == self.state:
                self._note(one)

    def _take(self, point: Point, bit: int) -> None:
        """Let an update take effect, and those that it may have overwritten just before it, where they must."""
        taken = next(one for one in point.updates if one.bit == bit)
        self.hidden.pop(taken.number, None)
        if taken.is_blind:
            for one in point.updates:
                if one.is_blind and one.number not in self.done and one is not taken and one.returned != NEVER:
                    self.hidden[one.number] = (len(self.order), one)
        self.state = self.moves.move(self.state, taken.kind)
        self._note(taken)
        self._read(point)

    def _note(self, one: Open) -> None:
        self.done.add(one.number)
        self.order.append((one.number, self.state))
