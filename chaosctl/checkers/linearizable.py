"""Linearizability: every operation seems to take effect at one instant between its invocation and its answer.

M. Herlihy, J. Wing, "Linearizability: A Correctness Condition for Concurrent Objects" (1990). The property is local
(theorem 1 there), so each key is judged by itself. An operation without an answer may take effect at any later time or
never; one that failed never did.
"""

from collections import defaultdict
from typing import Any, ClassVar

from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.check import Evidence, Judgement, failed, passed, unknown
from chaosctl.checkers.facts import told, value_text
from chaosctl.checkers.linearizable_models import UPDATES, KeyValue, Model, Register
from chaosctl.checkers.linearizable_search import Found, Step, search
from chaosctl.history.recording import Recording

BUDGETS = (1_000, 30_000, 1_000_000)
"""Configurations that are looked at for each key, in rounds: what is convicted cheaply is convicted first."""

MOST_SHOWN = 6
"""Of the operations under way at a contradiction so many are shown."""

Keyed = dict[Any, list[Call]]


class Linearizable:
    """A register (read, write, cas) or key-value store (get, put, append): every answer fits one order of effects.

    The order agrees with real time: what ended before another began comes first. Values are bare, or `[key, value]`.
    """

    needs: ClassVar[tuple[str, ...]] = ("operations", "complete")

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; unknown where the search ran out of its budget."""
        calls = calls_of(recording)
        names = {call.invoked.f for call in calls}
        models: tuple[Model, ...] = (Register(), KeyValue())
        model = next((model for model in models if names <= model.operations), None)
        if model is None:
            return unknown(f"there is no model for operations {', '.join(sorted(names))}")
        if all(call.outcome != "ok" for call in calls):
            return unknown("no operation was ok")
        return judge_keys(by_key(calls), model)


def judge_keys(keys: Keyed, model: Model, budgets: tuple[int, ...] = BUDGETS) -> Judgement:
    """Return the verdict on the calls of each key, searching all of them with one budget before the next larger."""
    open_keys = {key: (calls, steps_of(calls)) for key, calls in keys.items()}
    count = sum(len(steps) for _calls, steps in open_keys.values())
    for budget in budgets:
        for key, (calls, steps) in list(open_keys.items()):
            found = search(steps, model, budget)
            if found.is_linearizable is False:
                return _convict(key, calls, found)
            if found.is_linearizable:
                del open_keys[key]
    if open_keys:
        left = ", ".join(str(key) for key in list(open_keys)[:MOST_SHOWN])
        return unknown(f"the search looked at {budgets[-1]} configurations and did not end: {left}")
    return passed("every answer fits one order of effects", operations=count, keys=len(keys))


def by_key(calls: list[Call]) -> Keyed:
    """Return the calls of each key; all under one where their values name none."""
    is_keyed = all(isinstance(call.invoked.value, list | tuple) and len(call.invoked.value) == 2 for call in calls)
    keys: Keyed = defaultdict(list)
    for call in calls:
        keys[call.invoked.value[0] if is_keyed else "the register"].append(call)
    return dict(keys)


def steps_of(calls: list[Call]) -> list[Step]:
    """Return what the search needs of one key's calls: no failed ones, and no reads that nobody heard the answer of."""
    is_keyed = all(isinstance(call.invoked.value, list | tuple) and len(call.invoked.value) == 2 for call in calls)
    steps = []
    for number, call in enumerate(calls):
        f, is_ok = call.invoked.f, call.outcome == "ok"
        if call.outcome == "fail" or (f not in UPDATES and not is_ok):
            continue
        value = call.invoked.value if f in UPDATES else call.result
        value = value[1] if is_keyed else value
        returned = call.last.index if is_ok else None
        steps.append(Step(number, f, _hashable(value), call.invoked.index, returned))
    return steps


def _convict(key: Any, calls: list[Call], found: Found) -> Judgement:
    """Return the operation that nothing explains, and what was under way or just over when it ended."""
    stuck = calls[found.stuck]
    why = f"{key}: nothing explains {_words(stuck)}"
    around = [calls[number] for number in found.around if number != found.stuck][-MOST_SHOWN:]
    states = ", ".join(value_text(state) for state in found.states[:MOST_SHOWN])
    possible = Evidence(f"by then the value could only be one of: {states}")
    return failed(why, *(told(call.last, f"{_who(call)} {_words(call)}") for call in (*around, stuck)), possible)


def _who(call: Call) -> str:
    return call.invoked.client or f"process {call.invoked.process}"


def _words(call: Call) -> str:
    ending = "" if call.outcome == "ok" else " (no answer)"
    if call.invoked.f in UPDATES:
        return f"{call.invoked.f} {value_text(call.invoked.value)}{ending}"
    return f"{call.invoked.f}, answered {value_text(call.result)}"


def _hashable(value: Any) -> Any:
    return tuple(_hashable(part) for part in value) if isinstance(value, list | tuple) else value
