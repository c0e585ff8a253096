"""Linearizability: every operation seems to take effect at one instant between its invocation and its answer.

M. Herlihy, J. Wing, "Linearizability: A Correctness Condition for Concurrent Objects" (1990). The property is local
(theorem 1 there), so each key is judged by itself. An operation without an answer may take effect at any later time or
never; one that failed never did.
"""

from dataclasses import replace
from typing import Any, ClassVar

from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.check import Evidence, Judgement, failed, passed, unknown
from chaosctl.checkers.facts import told, value_text
from chaosctl.checkers.linearizable_evidence import last_order, needed, other_answers, shortest, until
from chaosctl.checkers.linearizable_models import Model
from chaosctl.checkers.linearizable_plan import Step
from chaosctl.checkers.linearizable_search import Found, decide
from chaosctl.checkers.objects import Objects, call_text, model_of, objects_of, steps_of, who
from chaosctl.history.findings import Contradiction, Effect
from chaosctl.history.recording import Recording

BUDGETS = (1_000, 30_000, 500_000)
"""Configurations that are looked at for each object, in rounds: what is convicted cheaply is convicted first."""

MOST_IN_ALL = 2_000_000
"""Configurations that are looked at for all objects together: some ten seconds."""

MOST_SHOWN = 6
"""Of objects, operations and answers so many are told in words."""


class Linearizable:
    """Every answer fits one order of effects, and what ended before another began comes first in it.

    A register (read, write, cas), key-value store (get, put, append), several registers (txn), mutex (acquire,
    release), queue (enqueue, dequeue), set (add, remove, read) or log (append, read); values are bare, or
    `[key, value]`. An operation without an answer may take effect at any later time, or never.
    """

    needs: ClassVar[tuple[str, ...]] = ("operations", "complete")

    def __init__(self, model: Model | None = None) -> None:
        self._model = model

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; unknown where the search ran out of its budget."""
        calls = calls_of(recording)
        model = self._model or model_of(calls)
        if model is None:
            names = ", ".join(sorted({call.invoked.f for call in calls}))
            return unknown(f"there is no model for operations {names}")
        if all(call.outcome != "ok" for call in calls):
            return unknown("no operation was ok")
        return judge_objects(objects_of(calls, model), model)


def judge_objects(objects: Objects, model: Model, budgets: tuple[int, ...] = BUDGETS) -> Judgement:
    """Return the verdict on the calls of each object."""
    undecided = {key: steps_of(calls, model) for key, calls in objects.items()}
    count = sum(map(len, undecided.values()))
    if (found := first_without_order(undecided, model, budgets)) is not None:
        key, how = found
        return _convict(key, objects[key], undecided[key], model, how)
    if undecided:
        left = ", ".join(value_text(key) for key in list(undecided)[:MOST_SHOWN])
        return unknown(f"the search ran out of its budget ({budgets[-1]} configurations) or memory: {left}")
    return passed("every answer fits one order of effects", operations=count, keys=len(objects))


def first_without_order(
    undecided: dict[Any, list[Step]], model: Model, budgets: tuple[int, ...] = BUDGETS
) -> tuple[Any, Found] | None:
    """Return an object that has no order, and what was found of it; those that have one are taken out of `undecided`.

    All of them are searched with one budget before the next larger, and there is one for all of them together.
    """
    left = MOST_IN_ALL
    for budget in budgets:
        for key, steps in list(undecided.items()):
            found = decide(steps, model, min(budget, left))
            left = max(0, left - found.configurations)
            if found.is_linearizable is False:
                return key, found
            if found.is_linearizable:
                del undecided[key]
    return None


def _convict(key: Any, calls: list[Call], steps: list[Step], model: Model, found: Found) -> Judgement:
    """Return the conviction of an object, with its evidence; `found` is what was found of all of its steps."""
    short = shortest(steps, model, found)
    last = max(short, key=lambda step: step.returned or 0)
    end = last.returned or 0
    order = last_order(until(short, model, end - 1), model)
    involved = needed(short, model, last)
    contradiction = Contradiction(
        key=str(key),
        model=type(model).__name__,
        until=end,
        stuck=calls[last.number].invoked.index,
        involved=[calls[step.number].invoked.index for step in involved],
        order=[Effect(operation=calls[number].invoked.index, state=_state_text(state)) for number, state in order],
        instead=[_state_text(answer) for answer in other_answers(short, model, last, order)],
    )
    happened = {number for number, _state in order}
    around = [step for step in involved if step is not last and (step.returned or step.number in happened)][
        -MOST_SHOWN:
    ]
    return _in_words(contradiction, [calls[step.number] for step in around], calls[last.number])


def _in_words(contradiction: Contradiction, around: list[Call], stuck: Call) -> Judgement:
    evidence = [told(call.last, f"{who(call)} {call_text(call)}") for call in (*around, stuck)]
    if contradiction.order:
        count, state = len(contradiction.order), contradiction.order[-1].state
        evidence.append(Evidence(f"the last state that still worked is {state}, after {count} effects"))
    if contradiction.instead:
        evidence.append(Evidence(f"it could have answered {' or '.join(contradiction.instead[:MOST_SHOWN])}"))
    why = f"{contradiction.key}: nothing explains {call_text(stuck)}"
    return replace(failed(why, *evidence, involved=len(contradiction.involved)), contradiction=contradiction)


def _state_text(state: Any) -> str:
    """Return a state for people, the same one for equal states."""
    if isinstance(state, frozenset):
        return value_text(sorted(state, key=value_text))
    return value_text(state)
