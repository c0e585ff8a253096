"""The just-in-time search for an order of effects, one key at a time.

Gavin Lowe, "Testing for linearizability" (2017), section 4: nothing is decided before an operation returns; then it
must have taken effect, after any of those under way. A configuration is (returns passed, which of the operations under
way have taken effect, state), so its size depends on the concurrency and not on the history; each is looked at once.

Each rule that leaves something out, and why it may:
- Reads that fit the state take effect at once: they change nothing, so whatever can follow without them can with them.
- Of equal updates under way the one that returns first is tried: in any order of effects the two can change places.
- An update without an answer that changes nothing is not tried: it may as well never have happened.
- A state from which an answer can't be reached any more is given up: every order from here must pass that answer.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chaosctl.checkers.linearizable_models import IMPOSSIBLE, UPDATES, Model

NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Step:
    """An operation: `returned` is None where nobody knows whether it took effect; positions are of the history.

    `value` is an update's argument or a read's answer; `number` is whatever the caller knows it by.
    """

    number: int
    f: str
    value: Any
    invoked: int
    returned: int | None


class Found(NamedTuple):
    """What a search found. None: its budget ran out.

    Where there is no order: the operation at whose return every order ends (`stuck`), the numbers of those under way
    then (`around`), and the states that were possible (`states`).
    """

    is_linearizable: bool | None
    configurations: int
    stuck: int = -1
    around: tuple[int, ...] = ()
    states: tuple[Any, ...] = ()


class _Open(NamedTuple):
    """An operation while it is under way: its bit in the mask, and when it returns (NEVER: not known)."""

    bit: int
    step: Step
    returned: float


@dataclass
class _Plan:
    """A history prepared for the search: each return with those under way, and when the state is next reset."""

    returns: list[_Open] = field(default_factory=list)
    under_way: list[tuple[_Open, ...]] = field(default_factory=list)
    resets: list[int] = field(default_factory=list)
    answers: list[_Open] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)


def search(steps: Sequence[Step], model: Model, budget: int) -> Found:
    """Return whether the operations of one key have an order of effects; None where the budget runs out first."""
    plan = _plan(steps, model)
    seen: set[tuple[int, int, Any]] = set()
    end = _End()
    stack: list[tuple[int, int, Any]] = [(0, 0, model.initial)]
    while stack:
        configuration = _advance(plan, *stack.pop())
        passed, mask, state = configuration
        if passed == len(plan.returns):
            return Found(is_linearizable=True, configurations=len(seen))
        if configuration in seen:
            continue
        if len(seen) >= budget:
            return Found(is_linearizable=None, configurations=len(seen))
        seen.add(configuration)
        choices, lost = _choices(plan, model, passed, mask, state)
        end.note(passed, *(lost or (plan.returns[passed], state)))
        stack.extend(choices)
    around = tuple(one.step.number for one in plan.under_way[end.passed])
    return Found(False, len(seen), end.stuck, around, tuple(end.states))  # noqa: FBT003 - the tuple's own first field.


@dataclass
class _End:
    """How far the search came: the furthest return, the states there, and what could not have ended as it did."""

    passed: int = -1
    stuck: int = -1
    states: dict[Any, None] = field(default_factory=dict)

    def note(self, passed: int, stuck: _Open, state: Any) -> None:
        """Keep what belongs to the furthest return."""
        if passed > self.passed:
            self.passed, self.stuck, self.states = passed, stuck.step.number, {}
        if passed == self.passed:
            self.states[state] = None


def _plan(steps: Sequence[Step], model: Model) -> _Plan:
    """Give every operation a bit for as long as it is under way, and note who is under way at each return."""
    plan = _Plan()
    events = [(step.invoked, False, step) for step in steps]
    events += [(step.returned, True, step) for step in steps if step.returned is not None]
    events.sort(key=lambda event: event[0])
    free: list[int] = []
    running: dict[int, _Open] = {}
    most = 0
    for _position, is_return, step in events:
        if not is_return:
            slot = free.pop() if free else most
            most = max(most, slot + 1)
            running[id(step)] = _Open(1 << slot, step, NEVER if step.returned is None else step.returned)
            if step.f in model.resets:
                plan.resets.append(step.invoked)
            continue
        plan.returns.append(running[id(step)])
        plan.under_way.append(tuple(sorted(running.values(), key=lambda one: one.returned)))
        free.append(running.pop(id(step)).bit.bit_length() - 1)
    plan.answers = [one for one in plan.returns if one.step.f not in UPDATES]
    plan.answered = [one.returned for one in plan.answers]
    return plan


def _advance(plan: _Plan, passed: int, mask: int, state: Any) -> tuple[int, int, Any]:
    """Pass all returns of operations that have taken effect, letting reads that fit take effect on the way."""
    while passed < len(plan.returns):
        for one in plan.under_way[passed]:
            if one.step.f not in UPDATES and not mask & one.bit and state == one.step.value:
                mask |= one.bit
        bit = plan.returns[passed].bit
        if not mask & bit:
            break
        mask &= ~bit
        passed += 1
    return passed, mask, state


def _choices(
    plan: _Plan, model: Model, passed: int, mask: int, state: Any
) -> tuple[list[tuple[int, int, Any]], tuple[_Open, Any] | None]:
    """Return what may take effect next, before the return that is due; the most urgent last, to be tried first.

    And a read whose answer the most urgent one puts out of reach, where one does, with the state it would find.
    """
    tried: set[tuple[str, Any]] = set()
    chosen: list[tuple[int, int, Any]] = []
    lost: tuple[_Open, Any] | None = None
    for one in plan.under_way[passed]:  # In the order of their returns: of equal updates the first is met first.
        kind = (one.step.f, one.step.value)
        if mask & one.bit or one.step.f not in UPDATES or kind in tried:
            continue
        tried.add(kind)
        after = model.apply(state, one.step.f, one.step.value)
        if after is IMPOSSIBLE or (one.returned == NEVER and after == state):
            continue
        out_of_reach = _out_of_reach(plan, model, passed, mask | one.bit, after)
        if out_of_reach is None:
            chosen.append((passed, mask | one.bit, after))
        else:
            lost = lost or (out_of_reach, after)
    return chosen[::-1], lost


def _out_of_reach(plan: _Plan, model: Model, passed: int, mask: int, state: Any) -> _Open | None:
    """Return a read that must still take effect and can't give its answer any more, if there is one.

    Only where no update that resets the state is under way or begins before that read returns: then what the state is
    now must lead to the answer. The next read to return that has not taken effect yet is looked at.
    """
    if any(one.step.f in model.resets and not mask & one.bit for one in plan.under_way[passed]):
        return None
    due = plan.returns[passed].returned
    next_reset = bisect_right(plan.resets, due)
    limit = plan.resets[next_reset] if next_reset < len(plan.resets) else NEVER
    for position in range(bisect_right(plan.answered, due - 1), len(plan.answers)):
        answer = plan.answers[position]
        if answer.returned > limit:
            return None
        is_under_way = answer.step.invoked < due
        if not (is_under_way and mask & answer.bit):
            return None if model.may_become(state, answer.step.value) else answer
    return None
