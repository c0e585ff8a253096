"""The search beside brute force on small histories, and each of its rules broken: brute force must notice.

`CHAOSCTL_FUZZ=20000 pytest tests/checkers/test_checkers_fuzz.py` draws so many histories of every model.
"""

import os
import sys
from collections.abc import Callable
from random import Random
from types import ModuleType

import pytest
from small_histories import DRAWN, history, is_linearizable, told

from chaosctl.checkers import linearizable_plan, linearizable_search, linearizable_zones
from chaosctl.checkers.linearizable_evidence import last_order, needed, shortest, until
from chaosctl.checkers.linearizable_models import IMPOSSIBLE, Model, Register
from chaosctl.checkers.linearizable_plan import Step
from chaosctl.checkers.linearizable_search import decide, search, search_plan
from chaosctl.checkers.linearizable_zones import contradiction

HISTORIES = int(os.environ.get("CHAOSCTL_FUZZ", "2000"))
BROKEN_WITHIN = 20_000
BUDGET = 100_000


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_the_search_finds_what_brute_force_finds(name):
    model, random = DRAWN[name][0], Random(f"search {name}")
    for _ in range(HISTORIES):
        steps = history(name, random)
        assert search(steps, model, BUDGET).is_linearizable is is_linearizable(steps, model), told(steps)


@pytest.mark.slow
def test_zones_find_what_brute_force_finds_where_no_value_is_written_twice():
    random, decided = Random("zones"), 0
    while decided < HISTORIES:
        steps = history("unique-register", random)
        involved = contradiction(steps, None)
        if involved is not None:
            decided += 1
            assert (not involved) is is_linearizable(steps, Register()), told(steps)


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_an_order_that_is_shown_explains_every_answer(name):
    model, random = DRAWN[name][0], Random(f"order {name}")
    for _ in range(HISTORIES):
        steps = history(name, random)
        if search(steps, model, BUDGET).is_linearizable:
            _assert_explains(last_order(steps, model), steps, model)


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_the_shortest_history_without_an_order_has_one_but_for_its_last_answer(name):
    model, random = DRAWN[name][0], Random(f"shortest {name}")
    for _ in range(HISTORIES // 3):
        steps = history(name, random)
        found = decide(steps, model, BUDGET)
        if found.is_linearizable:
            continue
        short = shortest(steps, model, found)
        last = max(short, key=lambda step: step.returned or 0)
        assert not is_linearizable(short, model), told(steps)
        assert is_linearizable(until(steps, model, (last.returned or 0) - 1), model), told(steps)
        involved = needed(short, model, last)
        assert last in involved, told(steps)
        assert not is_linearizable(involved, model), told(steps)


def _assert_explains(order: list[tuple[int, object]], steps: list[Step], model: Model) -> None:
    by_number = {step.number: step for step in steps}
    numbers = [number for number, _state in order]
    assert len(set(numbers)) == len(numbers), told(steps)
    assert {step.number for step in steps if step.returned is not None} <= set(numbers), told(steps)
    state, latest = model.initial, -1
    for number, left in order:
        step = by_number[number]
        state = model.apply(state, step.f, step.value)
        assert state is not IMPOSSIBLE, told(steps)
        assert state == left, told(steps)
        assert step.returned is None or step.returned > latest, told(steps)  # It ended after all before it began.
        latest = max(latest, step.invoked)


PLAN, SEARCH, ZONES = linearizable_plan, linearizable_search, linearizable_zones

MUTANTS = [
    ("a read takes effect on any state", SEARCH, "fits.get(state, 0)\n", "sum(fits.values())\n"),
    ("reads fit what was under way", PLAN, "shown_reads, fits = tuple(", "shown_reads, _ = tuple("),
    ("reads never take effect", SEARCH, "needed &= ~fits.get(state, 0)\n", "pass\n"),
    ("the twin that returns last is taken", PLAN, "in reversed(updates):", "in updates:"),
    ("twins share their value alone", PLAN, "kinds[f, value] = len(kinds), state", "kinds[f, value] = 0, state"),
    ("all are overwritten", SEARCH, "hidden = needed & overwritten & ~bit", "hidden = needed & ~bit"),
    ("every update overwrites", SEARCH, "row.get(kind, UNKNOWN), 0", "row.get(kind, UNKNOWN), point[4]"),
    ("what has returned is overwritten", PLAN, "blind &= ~bit", "pass"),
    ("no last chance", SEARCH, "stack.append((place, state, needed | bit, optional, trail))", "pass"),
    ("nobody sees what is left", SEARCH, "if fits.get(state, 0) & needed:\n        return True\n", "return False\n"),
    ("only reads see what is left", SEARCH, "may = needed | optional\n    for", "may = 0\n    for"),
    ("the due one must be seen too", SEARCH, "must_be_seen = bit != due and", "must_be_seen ="),
    ("needed ones must be seen too", SEARCH, "(makes != NOWHERE or not is_needed)", "True"),
    ("needed ones must change something", SEARCH, "(after == state and not is_needed)", "after == state"),
    ("more is dominated by less", SEARCH, "if optional & more == optional:", "if optional & more == more:"),
    ("all that need the same are one", SEARCH, "if optional & more == optional:", "if True:"),
    ("what is needed tells nothing apart", SEARCH, "(seen, (place, state, needed)", "(seen, (place, state, 0)"),
    ("the state tells nothing apart", SEARCH, "(seen, (place, state, needed)", "(seen, (place, 0, needed)"),
    ("optional resets are none", SEARCH, "(needed | optional) & resetting", "needed & resetting"),
    ("resets to come don't count", SEARCH, "if ends > limit:", "if False:"),
    ("answers that were given are due", SEARCH, "or needed & plan.bits[number]:", "or True:"),
    ("anybody wrote what is read", ZONES, "if value not in values.writer and value != initial:", "if False:"),
    ("two may find the same", ZONES, "return (other, step)", "return ()"),
    ("what comes later may end before", ZONES, "if before is not None and returned < before.invoked:", "if False:"),
    ("what they find need not be written", ZONES, "if value not in reached)", "if False)"),
    ("forward zones may overlap", ZONES, "if following.first_end < block.last_begin:", "if False:"),
    ("a zone may lie in a forward one", ZONES, "if place >= 0 and block.first_end", "if False and block.first_end"),
    ("no zone may begin in a forward one", ZONES, "block.first_end < forward[place].last_begin:", "True:"),
    ("unanswered writes never happened", ZONES, "values.writer[value] = step\n", "pass\n"),
    ("values may be written twice", ZONES, "or written in unanswered or written == initial:", "and False:"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("module", "line", "becomes"), [row[1:] for row in MUTANTS], ids=[row[0] for row in MUTANTS])
def test_a_broken_rule_disagrees_with_brute_force(module, line, becomes):
    judge = _broken(module, line, becomes)
    names = ["unique-register"] if module is ZONES else ["register", "kv", "set", "queue"]
    random = Random(line)
    for number in range(BROKEN_WITHIN):
        name = names[number % len(names)]
        steps, model = history(name, random, most=9), DRAWN[name][0]
        found = judge(steps, model)
        if found is not None and found is not is_linearizable(steps, model):
            return
    pytest.fail(f"{BROKEN_WITHIN} histories did not notice")


def _broken(module: ModuleType, line: str, becomes: str) -> Callable[[list[Step], Model], bool | None]:
    """Return the judge that a module makes with one place of its source changed."""
    changed = _changed(module, line, becomes)

    def judge(steps: list[Step], model: Model) -> bool | None:
        if module is ZONES:
            involved = changed.contradiction(steps, model.initial)
            return None if involved is None else not involved
        if module is SEARCH:
            return changed.search(steps, model, BUDGET).is_linearizable
        return search_plan(changed.Plan(steps, model), BUDGET).is_linearizable

    return judge


def _changed(module: ModuleType, line: str, becomes: str) -> ModuleType:
    assert module.__file__ is not None
    with open(module.__file__, encoding="utf-8") as file:
        source = file.read()
    assert source.count(line) == 1, f"not once in {module.__name__}: {line}"
    changed = ModuleType(f"{module.__name__}_changed")
    sys.modules[changed.__name__] = changed  # Dataclasses look for their module.
    exec(compile(source.replace(line, becomes), module.__file__, "exec"), changed.__dict__)  # noqa: S102 - our own source.
    return changed
