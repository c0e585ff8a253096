"""The just-in-time search for an order of effects, one object at a time.

Gavin Lowe, "Testing for linearizability" (2017), section 4: nothing is decided before an operation returns; then it
must have taken effect, after any of those under way. A configuration is (returns passed, state, which of those under
way must still take effect, which may), so its size depends on the concurrency and not on the length of the history.

What is left out, and why it may be (tests/checkers/test_checkers_fuzz.py breaks each rule and is to notice):
- *reads at once*: a read that fits the state takes effect; it changes nothing, so all that can follow without can with.
- *twins*: of equal updates under way the one that returns first is taken: in any order the two can change places
  (where it need not take effect and the other must, it is blind, and overwrites the other).
- *overwritten*: when a blind update takes effect, all others under way may have done so just before it, and nobody saw
  them. They need not take effect any more, though they still may: they become as those that nobody heard the end of.
- *unseen*: an update that need not take effect, or a blind one, is tried before the due one only if somebody under way
  can take effect on what it leaves; else the next is blind and hides it, or it could as well wait.
- *dominated*: what was looked at is not looked at again with fewer that may take effect: what those can do, more can.
- *out of reach*: with no reset under way or to come before a read returns, its answer must be able to come of what is.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from chaosctl.checkers.linearizable_models import Model, Register
from chaosctl.checkers.linearizable_plan import NEVER, NOWHERE, Moves, Plan, Point, Step
from chaosctl.checkers.linearizable_zones import contradiction

UNKNOWN = -2
"""What a kind makes of a state where that was not asked before."""

MOST_BYTES = 350_000_000
"""What a search may take, about: states, and each configuration that was looked at or waits to be."""

EACH_BYTES = 400
"""What a configuration takes, about, besides its two sets of bits."""

Trail = tuple["Trail", int, int] | None
"""Which update took effect before which return, the last first: (those before, place of the return, bit)."""


_Configuration = tuple[int, int, int, int, Trail]
"""Place of the return that is due, number of the state, bits of what must and of what may take effect, the way here."""


class Found(NamedTuple):
    """What a search found (None: its budget or memory ran out), and how many configurations it looked at.

    `trail` is the order, if there is one; else `furthest` is how many returns some order explains, at the least, and
    `involved` operations that have no order, where no search was needed to find them.
    """

    is_linearizable: bool | None
    configurations: int
    trail: Trail = None
    furthest: int = 0
    involved: tuple[Step, ...] = ()


def decide(steps: Sequence[Step], model: Model, budget: int) -> Found:
    """Return whether one object's operations have an order of effects, by their zones or by a search."""
    if isinstance(model, Register) and (involved := contradiction(steps, model.initial)) is not None:
        return Found(not involved, 0, involved=involved)
    return search(steps, model, budget)


def search(steps: Sequence[Step], model: Model, budget: int) -> Found:
    """Return whether the operations of one object have an order of effects; None where the budget runs out first."""
    return search_plan(Plan(steps, model), budget)


def search_plan(plan: Plan, budget: int) -> Found:
    """Return what a search of the plan finds within so many configurations."""
    if not plan.points and not plan.grow():
        return Found(is_linearizable=True, configurations=0)
    moves, points = plan.moves, plan.points
    answers = _Answers(plan) if moves.model.shows_before else None
    end, looked_at, furthest = len(points), 0, 0
    seen: dict[tuple[int, int, int], list[int]] = {}
    stack: list[_Configuration] = [(0, moves.state(moves.model.initial), points[0][2], points[0][3], None)]
    while stack:
        place, state, needed, optional, trail = stack.pop()
        while True:  # Pass all returns of what has taken effect, or needs not.
            bit, _returned, _needed, _optional, _blind, _updates, _reads, fits = points[place]
            needed &= ~fits.get(state, 0)
            if needed & bit:
                break
            if optional & bit:  # Its last chance: with it as one that must, then without it.
                optional ^= bit
                stack.append((place, state, needed | bit, optional, trail))
            place += 1
            if place == end:
                if not plan.grow():
                    return Found(is_linearizable=True, configurations=looked_at, trail=trail)
                end += 1
            needed |= points[place][2]
            optional |= points[place][3]
        if _is_dominated(seen, (place, state, needed), optional):
            continue
        looked_at += 1
        each = EACH_BYTES + (needed | optional).bit_length() // 4
        if looked_at > budget or moves.size + each * (looked_at + len(stack)) > MOST_BYTES:
            return Found(is_linearizable=None, configurations=looked_at, furthest=furthest)
        furthest = max(furthest, place)
        if answers is None or not _is_out_of_reach(plan, answers, place, (state, needed, optional)):
            _push_next(stack, plan, (place, state, needed, optional, trail))
    return Found(is_linearizable=False, configurations=looked_at, furthest=furthest)


def _is_dominated(seen: dict[tuple[int, int, int], list[int]], key: tuple[int, int, int], optional: int) -> bool:
    """Return whether as many or more may take effect in one that was looked at; else this one is looked at."""
    known = seen.get(key)
    if known is None:
        seen[key] = [optional]
        return False
    for more in known:
        if optional & more == optional:
            return True
    known.append(optional)
    return False


def _push_next(stack: list[_Configuration], plan: Plan, configuration: _Configuration) -> None:
    """Put on the stack what may take effect next, before the return that is due; the most urgent is tried first."""
    place, state, needed, optional, trail = configuration
    moves, point = plan.moves, plan.points[place]
    row, due, may = moves.rows[state], point[0], needed | optional
    updates, twins = plan.candidates(place)
    for _returned, bit, kind, makes, _place in updates:
        if not may & bit or (twins is not None and may & twins[bit]):
            continue
        after, overwritten = makes, point[4]
        if makes == NOWHERE:
            after, overwritten = row.get(kind, UNKNOWN), 0
            if after == UNKNOWN:
                after = moves.move(state, kind)
        is_needed = needed & bit
        if after == NOWHERE or (after == state and not is_needed):
            continue
        hidden = needed & overwritten & ~bit
        still_needed, still_optional = needed & ~bit & ~hidden, optional & ~bit | hidden
        must_be_seen = bit != due and (makes != NOWHERE or not is_needed)
        if not must_be_seen or _is_seen(moves, point, after, still_needed, still_optional):
            stack.append((place, after, still_needed, still_optional, (trail, place, bit)))


def _is_seen(moves: Moves, point: Point, state: int, needed: int, optional: int) -> bool:
    """Return whether somebody under way who is not blind can take effect on this state."""
    _bit, _returned, _needed, _optional, _blind, updates, _reads, fits = point
    if fits.get(state, 0) & needed:
        return True
    may = needed | optional
    for _returns, bit, kind, makes, _place in updates:
        if may & bit and makes == NOWHERE and moves.move(state, kind) != NOWHERE:
            return True
    return False


class _Answers:
    """The reads of a history in the order of their returns, and where the updates that reset the state begin.

    For models of which a state shows what it was before; of others nothing can be said of reads to come.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan, model = plan, plan.moves.model
        self._resets = [step.invoked for step in plan.steps if step.f in model.resets]
        self._at: dict[int, tuple[int, int, int]] = {}
        self.returns = sorted(
            (step.returned, number)
            for number, step in enumerate(plan.steps)
            if step.f in model.reads and step.returned is not None
        )

    def at(self, place: int) -> tuple[int, int, int]:
        """Return the bits of what resets at a return, the first of `returns` from there on, and when a reset begins."""
        found = self._at.get(place)
        if found is None:
            steps, resets = self._plan.steps, self._plan.moves.model.resets
            _bit, returned, _needed, _optional, _blind, updates, _reads, _fits = self._plan.points[place]
            resetting = 0
            for _returned, bit, _kind, _state, number in updates:
                if steps[number].f in resets:
                    resetting |= bit
            following = bisect_right(self._resets, returned)
            limit = self._resets[following] if following < len(self._resets) else NEVER
            found = self._at[place] = resetting, bisect_left(self.returns, (returned, 0)), limit
        return found


def _is_out_of_reach(plan: Plan, answers: _Answers, place: int, configuration: tuple[int, int, int]) -> bool:
    """Return whether a read that must still take effect can't give its answer any more."""
    state, needed, optional = configuration
    resetting, first, limit = answers.at(place)
    if (needed | optional) & resetting:
        return False
    returned = plan.points[place][1]
    for at in range(first, len(answers.returns)):
        ends, number = answers.returns[at]
        if ends > limit:
            return False
        # It has taken effect already where it is under way without being needed.
        step = plan.steps[number]
        if step.invoked > returned or needed & plan.bits[number]:
            return not plan.moves.model.may_become(plan.moves.states[state], step.value)
    return False
