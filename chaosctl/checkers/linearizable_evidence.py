"""Why a history has no order of effects: the shortest beginning of it that has none, and what is needed of that.

Linearizability is prefix-closed: of a history that has an order every beginning has one. So the shortest beginning that
has none ends with an answer, and the order of what came before is the last that still worked. Of that beginning reads
can be left out as long as the rest has no order either: where all have one, so have those without some reads.
"""

from typing import Any

from chaosctl.checkers.linearizable_models import IMPOSSIBLE, Model, Register
from chaosctl.checkers.linearizable_order import Order, order_of
from chaosctl.checkers.linearizable_plan import Plan, Step
from chaosctl.checkers.linearizable_search import Found, decide, search_plan

BUDGET = 500_000
"""Configurations of one question to the search; what it can't answer with them is left as it is."""

PATIENCE = 50_000
"""Configurations, and operations, of all the questions after what can be left out."""

MOST_ANSWERS = 12
"""So many answers are tried in the place of the one that nothing explains."""


def shortest(steps: list[Step], model: Model, found: Found) -> list[Step]:
    """Return the shortest beginning without an order, of those that could be decided; `found` is of the whole."""
    ends = sorted(step.returned for step in steps if step.returned is not None)
    low, high, reach = found.furthest, len(ends) - 1, 1
    while low + reach <= high and not _has_none(until(steps, model, ends[low + reach - 1]), model):
        low, reach = low + reach, 2 * reach  # Most often it is the very first one that is tried.
    high = min(high, low + reach - 1)
    while low < high:
        middle = (low + high) // 2
        if _has_none(until(steps, model, ends[middle]), model):
            high = middle
        else:
            low = middle + 1
    return until(steps, model, ends[high])


def until(steps: list[Step], model: Model, end: int) -> list[Step]:
    """Return the history up to a row: what began by then, and whose answer came later is unanswered."""
    cut = []
    for step in steps:
        if step.invoked > end:
            break
        if step.returned is None or step.returned <= end:
            cut.append(step)
        elif step.f not in model.reads:
            value = model.unheard(step.value) if step.f in model.answers else step.value
            cut.append(step._replace(returned=None, value=value))
    return cut


def last_order(steps: list[Step], model: Model) -> Order:
    """Return an order of effects of a history that has one; empty where none was found."""
    plan = Plan(steps, model)
    found = search_plan(plan, BUDGET)
    return order_of(plan, found.trail) if found.is_linearizable else []


def needed(steps: list[Step], model: Model, last: Step) -> list[Step]:
    """Return what is left of a history without an order when reads go that are not needed for that.

    Of a register also writes that nobody left saw: where there is an order with them, there is one without.
    """
    left = list(steps)
    if isinstance(model, Register):
        core = _with_writers(steps, (*decide(steps, model, BUDGET).involved, last))
        left = core if _has_none(core, model) else left
    reads = [step.number for step in left if step.f in model.reads and step is not last]
    size, patience = len(reads), PATIENCE
    while size and patience > 0:
        for place in range(0, len(reads), size):
            gone = set(reads[place : place + size])
            rest = _seen([step for step in left if step.number not in gone], model, last)
            if len(rest) < len(left) and patience > 0:
                found = decide(rest, model, patience)
                patience -= found.configurations + len(rest)
                left = rest if found.is_linearizable is False else left
        size //= 2
    return left


def other_answers(steps: list[Step], model: Model, last: Step, order: Order) -> list[Any]:
    """Return what a read that nothing explains could have answered, of what the latest updates may have left."""
    if last.f not in model.reads:
        return []
    rest = [step for step in steps if step is not last]
    state = order[-1][1] if order else model.initial
    under_way = [step for step in rest if step.returned is None or step.returned > last.invoked]
    answers = [state, *(model.apply(state, step.f, step.value) for step in under_way if step.f not in model.reads)]
    answers += [state for _number, state in reversed(order)]
    possible = []
    for answer in list(dict.fromkeys(each for each in answers if each is not IMPOSSIBLE))[:MOST_ANSWERS]:
        found = decide(sorted([*rest, last._replace(value=answer)], key=_invoked), model, BUDGET // MOST_ANSWERS)
        if found.is_linearizable:
            possible.append(answer)
    return possible


def _has_none(steps: list[Step], model: Model) -> bool:
    """Return whether this history is known to have no order."""
    return decide(steps, model, BUDGET).is_linearizable is False


def _seen(steps: list[Step], model: Model, last: Step) -> list[Step]:
    """Return a register's history without the writes that nobody saw, and other models' as it is."""
    if not isinstance(model, Register):
        return steps
    seen = {step.value if step.f == "read" else step.value[0] for step in steps if step.f in ("read", "cas")}
    return [step for step in steps if step.f != "write" or step is last or step.value in seen]


def _with_writers(steps: list[Step], involved: tuple[Step, ...]) -> list[Step]:
    """Return these steps of a register with all that wrote what they saw."""
    writers: dict[Any, list[Step]] = {}
    for step in steps:
        if step.f != "read":
            writers.setdefault(step.value if step.f == "write" else step.value[1], []).append(step)
    found: dict[int, Step] = {}
    wanted = list(involved)
    while wanted:
        step = wanted.pop()
        if step.number not in found:
            found[step.number] = step
            values = step.value if step.f == "cas" else (step.value,)
            wanted += [writer for value in values for writer in writers.get(value, ())]
    return sorted(found.values(), key=_invoked)


def _invoked(step: Step) -> int:
    return step.invoked
