"""A history of one object prepared for the search: its returns in order, and what is under way at each.

An operation has a bit for as long as it is under way, so that a set of them is a whole number. Operations of one name
and value are of one kind, states are numbered, and what a kind makes of a state is worked out once (`Moves`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chaosctl.checkers.linearizable_models import IMPOSSIBLE, Model

NEVER = 1 << 62
"""When an operation returns of which nobody knows how it ended."""

NOWHERE = -1
"""What a kind makes of a state in which it is impossible."""


class Step(NamedTuple):
    """An operation: `returned` is None where nobody knows whether it took effect; positions are of the history.

    `value` is its argument, or its answer where the model says so; `number` is whatever the caller knows it by.
    """

    number: int
    f: str
    value: Any
    invoked: int
    returned: int | None


class Open(NamedTuple):
    """An operation while it is under way: its bit, its kind, when it returns, whether it is blind, and its number."""

    bit: int
    kind: int
    returned: int
    is_blind: bool
    number: int


class Point(NamedTuple):
    """A return, and what is under way just before it.

    `updates` are in the order of their returns; `blind` and `resetting` are the bits of such among them. `needed` and
    `optional` are the bits that began since the return before: what must take effect, and what may. `fits` caches which
    reads a state answers (only while the same ones are under way), and `answers` is where the reads that return from
    here on begin in `Plan.answers`; those that return up to `reset_at` see no update that resets and is yet to begin.
    """

    bit: int
    returned: int
    updates: tuple[Open, ...]
    reads: tuple[Open, ...]
    blind: int
    resetting: int
    needed: int
    optional: int
    fits: dict[int, int]
    has_twins: bool
    answers: int
    reset_at: int


@dataclass
class Moves:
    """What each kind makes of each state, by number, worked out on first use."""

    model: Model
    kinds: list[tuple[str, Any]] = field(default_factory=list)
    states: list[Any] = field(default_factory=list)
    numbers: dict[Any, int] = field(default_factory=dict)
    rows: list[dict[int, int]] = field(default_factory=list)

    def state(self, state: Any) -> int:
        """Return the number of a state."""
        number = self.numbers.get(state)
        if number is None:
            number = self.numbers[state] = len(self.states)
            self.states.append(state)
            self.rows.append({})
        return number

    def move(self, state: int, kind: int) -> int:
        """Return the state that a kind makes of a state, or NOWHERE."""
        row = self.rows[state]
        found = row.get(kind)
        if found is None:
            f, value = self.kinds[kind]
            after = self.model.apply(self.states[state], f, value)
            found = row[kind] = NOWHERE if after is IMPOSSIBLE else self.state(after)
        return found


@dataclass
class Plan:
    """The returns of a history in order; `answers` are the reads, in the order of their returns."""

    moves: Moves
    points: list[Point]
    answers: list[Open]


def plan_of(steps: Sequence[Step], model: Model) -> Plan:
    """Return the history prepared; `steps` are in the order of invocation."""
    return _Planner(steps, model).plan()


class _Planner:
    """Goes through the returns in order, with what is under way."""

    def __init__(self, steps: Sequence[Step], model: Model) -> None:
        self.steps, self.model = steps, model
        self.moves = Moves(model)
        self.kinds: dict[tuple[str, Any], int] = {}
        self.free: list[int] = []
        self.most = 0
        self.updates: list[Open] = []
        self.reads: list[Open] = []
        self.needed = self.optional = self.blind = self.resetting = 0
        self.fits: dict[int, int] = {}
        self.resets = [step.invoked for step in steps if step.f in model.resets]

    def plan(self) -> Plan:
        """Return the plan."""
        returns = sorted((step.returned, place) for place, step in enumerate(self.steps) if step.returned is not None)
        opened: dict[int, Open] = {}
        points: list[Point] = []
        answers: list[Open] = []
        begun, reset, steps = 0, 0, self.steps
        for returned, place in returns:
            while begun < len(steps) and steps[begun].invoked < returned:
                opened[begun] = self._open(steps[begun])
                begun += 1
            while reset < len(self.resets) and self.resets[reset] < returned:
                reset += 1
            one = opened.pop(place)
            reset_at = self.resets[reset] if reset < len(self.resets) else NEVER
            points.append(self._point(one, len(answers), reset_at))
            if self._close(one):
                answers.append(one)
        return Plan(self.moves, points, answers)

    def _open(self, step: Step) -> Open:
        kind = self.kinds.get(named := (step.f, step.value))
        if kind is None:
            kind = self.kinds[named] = len(self.kinds)
            self.moves.kinds.append(named)
        if self.free:
            bit = self.free.pop()
        else:
            bit, self.most = 1 << self.most, self.most + 1
        is_read, is_blind = step.f in self.model.reads, step.f in self.model.blind
        one = Open(bit, kind, NEVER if step.returned is None else step.returned, is_blind, step.number)
        if step.returned is None:
            self.optional |= bit
        else:
            self.needed |= bit
        if is_read:
            self.reads, self.fits = [*self.reads, one], {}
        else:
            self.updates = sorted([*self.updates, one], key=_by_return)
        if is_blind:
            self.blind |= bit
        if step.f in self.model.resets:
            self.resetting |= bit
        return one

    def _close(self, one: Open) -> bool:
        """Take a bit back; return whether it was a read's."""
        self.free.append(one.bit)
        self.blind &= ~one.bit
        self.resetting &= ~one.bit
        if one in self.reads:
            self.reads, self.fits = [other for other in self.reads if other is not one], {}
            return True
        self.updates = [other for other in self.updates if other is not one]
        return False

    def _point(self, one: Open, answers: int, reset_at: int) -> Point:
        updates = tuple(self.updates)
        point = Point(
            bit=one.bit,
            returned=one.returned,
            updates=updates,
            reads=tuple(self.reads),
            blind=self.blind,
            resetting=self.resetting,
            needed=self.needed,
            optional=self.optional,
            fits=self.fits,
            has_twins=len({other.kind for other in updates}) < len(updates),
            answers=answers,
            reset_at=reset_at,
        )
        self.needed = self.optional = 0
        return point


def _by_return(one: Open) -> int:
    return one.returned
