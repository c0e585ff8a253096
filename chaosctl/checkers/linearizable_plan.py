"""A history of one object prepared for the search: its returns in order, and what is under way at each.

An operation has a bit for as long as it is under way, so that a set of them is a whole number. Operations of one name
and value are of one kind, states are numbered, and what a kind makes of a state is worked out once (`Moves`). The plan
grows as the search gets on: most histories that have no order show it early.
"""

import sys
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import Any, NamedTuple

from chaosctl.checkers.linearizable_models import IMPOSSIBLE, Model

NEVER = 1 << 62
"""When an operation returns of which nobody knows how it ended."""

NOWHERE = -1
"""What a kind makes of a state in which it is impossible."""

STATE_BYTES = 400
"""What a state takes, about, besides itself: its number, and what kinds make of it."""


class Step(NamedTuple):
    """An operation: `returned` is None where nobody knows whether it took effect; positions are of the history.

    `value` is its argument, or its answer where the model says so; `number` is whatever the caller knows it by.
    """

    number: int
    f: str
    value: Any
    invoked: int
    returned: int | None


Open = tuple[int, int, int, int, int]
"""An operation while it is under way: when it returns, its bit, its kind, a state, its place among the steps.

The state is the only one that a read fits, and the one that a blind update makes; of others it is NOWHERE."""

Point = tuple[int, int, int, int, int, tuple[Open, ...], tuple[Open, ...], dict[int, int]]
"""A return: its bit, where it is, the bits that began since the one before of what must take effect, and of what may;
the bits of the blind updates under way, the updates and the reads under way; and, by state, the bits of the reads that
fit it."""

Candidates = tuple[list[Open], dict[int, int] | None]
"""The updates that may be next, those that return last in front; and where there are twins, for each bit the bits of
those of its twins that return before it."""


class Moves:
    """What each kind makes of each state, by number, worked out on first use."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.kinds: list[tuple[str, Any]] = []
        self.states: list[Any] = []
        self.rows: list[dict[int, int]] = []
        self.size = 0
        """Bytes that the states take, about: of a queue, a set or a log each is as large as what it holds."""
        self._numbers: dict[Any, int] = {}

    def state(self, state: Any) -> int:
        """Return the number of a state."""
        number = self._numbers.get(state)
        if number is None:
            number = self._numbers[state] = len(self.states)
            self.states.append(state)
            self.rows.append({})
            self.size += STATE_BYTES + sys.getsizeof(state)
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


class Plan:
    """The returns of a history, in order, as far as they were asked for; `steps` are in the order of invocation."""

    def __init__(self, steps: Sequence[Step], model: Model) -> None:
        self.steps = steps
        self.moves = Moves(model)
        self.points: list[Point] = []
        self.bits: list[int] = []
        """The bit of each step that has begun."""
        self._coming = _returns(steps, self.moves, self.bits)
        self._candidates: dict[int, Candidates] = {}

    def grow(self) -> bool:
        """Add the next return and all that began before it; return whether there is one."""
        point = next(self._coming, None)
        if point is None:
            return False
        self.points.append(point)
        return True

    def candidates(self, place: int) -> Candidates:
        """Return the updates under way at a return."""
        found = self._candidates.get(place)
        if found is None:
            updates = sorted(self.points[place][5], reverse=True)
            twins = None
            if len({one[2] for one in updates}) < len(updates):
                twins, of = {}, dict[int, int]()
                for _returned, bit, kind, _state, _place in reversed(updates):
                    twins[bit] = of.get(kind, 0)
                    of[kind] = twins[bit] | bit
            found = self._candidates[place] = updates, twins
        return found


def _returns(steps: Sequence[Step], moves: Moves, bits: list[int]) -> Iterator[Point]:
    """Go through the history: what begins gets a bit, and stands among what is under way until it returns.

    No method: with the plan it would be in a cycle, and stay when the plan goes.
    """
    reads_of, blind_of = moves.model.reads, moves.model.blind
    kinds: dict[tuple[str, Any], tuple[int, int]] = {}
    pending: list[tuple[int, int]] = []
    free: list[int] = []
    updates: dict[int, Open] = {}
    reads: dict[int, Open] = {}
    shown_updates: tuple[Open, ...] | None = ()
    shown_reads: tuple[Open, ...] | None = ()
    fits: dict[int, int] = {}
    needed = optional = blind = 0
    for place, (_number, f, value, invoked, returned) in enumerate((*steps, LAST)):
        while pending and pending[0][0] < invoked:
            ends, ending = heappop(pending)
            bit = bits[ending]
            if shown_updates is None:
                shown_updates = tuple(updates.values())
            if shown_reads is None:
                shown_reads, fits = tuple(reads.values()), {}
                for _returned, read, _kind, shown, _place in shown_reads:
                    fits[shown] = fits.get(shown, 0) | read
            yield bit, ends, needed, optional, blind, shown_updates, shown_reads, fits
            needed = optional = 0
            free.append(bit)
            if ending in reads:
                del reads[ending]
                shown_reads = None
            else:
                del updates[ending]
                blind &= ~bit
                shown_updates = None
        if place == len(steps):
            return
        kind, state = kinds.get((f, value)) or _new_kind(moves, kinds, f, value)
        bit = free.pop() if free else 1 << len(updates) + len(reads)
        bits.append(bit)
        if returned is None:
            optional |= bit
        else:
            needed |= bit
            heappush(pending, (returned, place))
        one = (NEVER if returned is None else returned, bit, kind, state, place)
        if f in reads_of:
            reads[place], shown_reads = one, None
        else:
            updates[place], shown_updates = one, None
            blind |= bit if f in blind_of else 0


def _new_kind(moves: Moves, kinds: dict[tuple[str, Any], tuple[int, int]], f: str, value: Any) -> tuple[int, int]:
    """Add a new kind, and the state that belongs to it: what a read shows, what a blind update makes."""
    model = moves.model
    state = NOWHERE
    if f in model.reads:
        state = moves.state(model.shown(value))
    elif f in model.blind:
        state = moves.state(model.apply(model.initial, f, value))
    found = kinds[f, value] = len(kinds), state
    moves.kinds.append((f, value))
    return found


LAST = Step(-1, "", None, NEVER, None)
"""Stands for the end of a history: all that returns has returned before it."""
