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

from collections.abc import Sequence
from typing import NamedTuple

from chaosctl.checkers.linearizable_models import Model, Register
from chaosctl.checkers.linearizable_plan import NOWHERE, Moves, Plan, Point, Step, plan_of
from chaosctl.checkers.linearizable_zones import contradiction

Trail = tuple["Trail", int, int] | None
"""Which update took effect before which return, the last first: (those before, place of the return, bit)."""


class Found(NamedTuple):
    """What a search found (None: its budget ran out), and how many configurations it looked at.

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
    return search_plan(plan_of(steps, model), budget)


def search_plan(plan: Plan, budget: int) -> Found:
    """Return what a search of the plan finds within so many configurations."""
    moves, points = plan.moves, plan.points
    if not points:
        return Found(is_linearizable=True, configurations=0)
    end, looked_at, furthest = len(points), 0, 0
    seen: dict[tuple[int, int, int], list[int]] = {}
    start = points[0]
    stack: list[tuple[int, int, int, int, Trail]] = [
        (0, moves.state(moves.model.initial), start.needed, start.optional, None)
    ]
    while stack:
        place, state, needed, optional, trail = stack.pop()
        point = points[place]
        while True:  # Pass all returns of what has taken effect, or needs not.
            fitting = point.fits.get(state)
            if fitting is None:
                fitting = _fitting(moves, point, state)
            needed &= ~fitting
            if needed & point.bit:
                break
            if optional & point.bit:  # Its last chance: with it as one that must, then without it.
                optional ^= point.bit
                stack.append((place, state, needed | point.bit, optional, trail))
            place += 1
            if place == end:
                return Found(is_linearizable=True, configurations=looked_at, trail=trail)
            point = points[place]
            needed |= point.needed
            optional |= point.optional
        if _is_dominated(seen.setdefault((place, state, needed), []), optional):
            continue
        looked_at += 1
        furthest = max(furthest, place)
        if looked_at > budget:
            return Found(is_linearizable=None, configurations=looked_at, furthest=furthest)
        if _is_out_of_reach(plan, point, state, needed, optional):
            continue
        for bit, after, still_needed, still_optional in _choices(moves, point, state, needed, optional):
            stack.append((place, after, still_needed, still_optional, (trail, place, bit)))
    return Found(is_linearizable=False, configurations=looked_at, furthest=furthest)


def _fitting(moves: Moves, point: Point, state: int) -> int:
    """Return the bits of the reads under way that this state answers."""
    fitting = 0
    for one in point.reads:
        if moves.move(state, one.kind) == state:
            fitting |= one.bit
    point.fits[state] = fitting
    return fitting


def _is_dominated(known: list[int], optional: int) -> bool:
    """Return whether as many or more may take effect in one that was looked at; else this one is looked at."""
    for more in known:
        if optional & more == optional:
            return True
    known.append(optional)
    return False


def _choices(moves: Moves, point: Point, state: int, needed: int, optional: int) -> list[tuple[int, int, int, int]]:
    """Return what may take effect next, before the return that is due; the most urgent last, to be tried first."""
    chosen: list[tuple[int, int, int, int]] = []
    row, may = moves.rows[state], needed | optional
    tried: set[int] = set()
    for bit, kind, _returned, is_blind, _number in point.updates:
        if not may & bit:
            continue
        is_needed = needed & bit
        if point.has_twins:
            if kind in tried:
                continue
            tried.add(kind)
        after = row.get(kind)
        if after is None:
            after = moves.move(state, kind)
        if after == NOWHERE or (after == state and not is_needed):
            continue
        still_needed, still_optional = needed & ~bit, optional & ~bit
        if is_blind:
            hidden = still_needed & point.blind
            still_needed ^= hidden
            still_optional |= hidden
        if (
            bit != point.bit
            and (is_blind or not is_needed)
            and not _is_seen(moves, point, after, still_needed, still_optional)
        ):
            continue
        chosen.append((bit, after, still_needed, still_optional))
    chosen.reverse()
    return chosen


def _is_seen(moves: Moves, point: Point, state: int, needed: int, optional: int) -> bool:
    """Return whether somebody under way who is not blind can take effect on this state."""
    fitting = point.fits.get(state)
    if fitting is None:
        fitting = _fitting(moves, point, state)
    if fitting & needed:
        return True
    may = needed | optional
    return any(may & one.bit and not one.is_blind and moves.move(state, one.kind) != NOWHERE for one in point.updates)


def _is_out_of_reach(plan: Plan, point: Point, state: int, needed: int, optional: int) -> bool:
    """Return whether a read that must still take effect can't give its answer any more."""
    if (needed | optional) & point.resetting:
        return False
    for place in range(point.answers, len(plan.answers)):
        answer = plan.answers[place]
        if answer.returned > point.reset_at:
            return False
        # It has taken effect already where it is under way without being needed.
        if needed & answer.bit or all(one is not answer for one in point.reads):
            moves = plan.moves
            return not moves.model.may_become(moves.states[state], moves.kinds[answer.kind][1])
    return False
