"""A history of one object prepared for the search: its returns in order, and what is under way at each.

An operation has a bit for as long as it is under way, so that a set of them is a whole number. Operations of one name
and value are of one kind, states are numbered, and what a kind makes of a state is worked out once (`Moves`). The plan
grows as the search gets on: most histories that have no order show it early.
"""

from collections.abc import Sequence
from heapq import heappop, heappush
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


Open = tuple[int, int, int, int, int]
"""An operation while it is under way: when it returns, its bit, its kind, a state, its place among the steps.

The state is the only one that a read fits, and the one that a blind update makes; of others it is NOWHERE."""

Point = tuple[int, int, int, int, tuple[Open, ...], tuple[Open, ...], dict[int, int]]
"""A return: its bit, where it is, the bits that began since the one before of what must take effect, and of what may;
the updates and the reads under way; and, by state, the bits of the reads that fit it."""

Candidate = tuple[int, int, int, int, int]
"""An update that may be next: bit, kind, the state that it makes if it is blind, else NOWHERE; the bits that it
overwrites, and the bits of its twins that return before it."""


class Moves:
    """What each kind makes of each state, by number, worked out on first use."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.kinds: list[tuple[str, Any]] = []
        self.states: list[Any] = []
        self.rows: list[dict[int, int]] = []
        self._numbers: dict[Any, int] = {}

    def state(self, state: Any) -> int:
        """Return the number of a state."""
        number = self._numbers.get(state)
        if number is None:
            number = self._numbers[state] = len(self.states)
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


class Plan:
    """The returns of a history, in order, as far as they were asked for; `steps` are in the order of invocation."""

    def __init__(self, steps: Sequence[Step], model: Model) -> None:
        self.steps = steps
        self.moves = Moves(model)
        self.points: list[Point] = []
        self.bits: list[int] = []
        """The bit of each step that has begun."""
        self._kinds: dict[tuple[str, Any], tuple[int, int]] = {}
        self._pending: list[tuple[int, int]] = []
        self._free: list[int] = []
        self._most = 0
        self._updates: dict[int, Open] = {}
        self._reads: dict[int, Open] = {}
        self._shown_updates: tuple[Open, ...] | None = None
        self._shown_reads: tuple[Open, ...] | None = None
        self._fits: dict[int, int] = {}
        self._candidates: dict[int, list[Candidate]] = {}

    def grow(self) -> bool:
        """Add the next return and all that began before it; return whether there is one."""
        pending = self._pending
        needed = optional = 0
        while len(self.bits) < len(self.steps):
            step = self.steps[len(self.bits)]
            if pending and step.invoked > pending[0][0]:
                break
            bit = self._open(step)
            if step.returned is None:
                optional |= bit
            else:
                needed |= bit
        if not pending:
            return False
        returned, place = heappop(pending)
        bit = self.bits[place]
        if self._shown_updates is None:
            self._shown_updates = tuple(self._updates.values())
        if self._shown_reads is None:
            self._shown_reads, self._fits = tuple(self._reads.values()), {}
            for _returned, read, _kind, state, _place in self._shown_reads:
                self._fits[state] = self._fits.get(state, 0) | read
        self.points.append((bit, returned, needed, optional, self._shown_updates, self._shown_reads, self._fits))
        if self._updates.pop(place, None) is not None:
            self._shown_updates = None
        else:
            del self._reads[place]
            self._shown_reads = None
        self._free.append(bit)
        return True

    def candidates(self, place: int) -> list[Candidate]:
        """Return the updates under way at a return, those that return last in front."""
        found = self._candidates.get(place)
        if found is None:
            found = self._candidates[place] = []
            blind, twins = 0, dict[int, int]()
            updates = sorted(self.points[place][4])
            for _returned, bit, _kind, makes, _place in updates:
                if makes != NOWHERE:
                    blind |= bit
            for _returned, bit, kind, makes, _place in updates:
                earlier = twins.get(kind, 0)
                twins[kind] = earlier | bit
                found.append((bit, kind, makes, 0 if makes == NOWHERE else blind, earlier))
            found.reverse()
        return found

    def _open(self, step: Step) -> int:
        """Let a step begin: it gets a bit, and stands among what is under way."""
        place = len(self.bits)
        _number, f, value, _invoked, returned = step
        found = self._kinds.get(named := (f, value))
        if found is None:
            found = self._kinds[named] = len(self._kinds), self._state_of(f, value)
            self.moves.kinds.append(named)
        kind, state = found
        if self._free:
            bit = self._free.pop()
        else:
            bit, self._most = 1 << self._most, self._most + 1
        self.bits.append(bit)
        if returned is None:
            returned = NEVER
        else:
            heappush(self._pending, (returned, place))
        if f in self.moves.model.reads:
            self._reads[place] = (returned, bit, kind, state, place)
            self._shown_reads = None
        else:
            self._updates[place] = (returned, bit, kind, state, place)
            self._shown_updates = None
        return bit

    def _state_of(self, f: str, value: Any) -> int:
        """Return the state that belongs to a kind, whatever is there: what a read shows, what a blind update makes."""
        model = self.moves.model
        if f in model.reads:
            return self.moves.state(model.shown(value))
        return self.moves.state(model.apply(model.initial, f, value)) if f in model.blind else NOWHERE
