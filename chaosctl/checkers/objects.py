"""Histories as the objects they are of: which model fits, which operations belong together, what the search needs.

Linearizability is local (M. Herlihy, J. Wing, 1990, theorem 1), so each key is judged by itself. Values are bare, or
`[key, value]` in all operations of a history; a mutex is named by its value, and a transaction names its registers.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from chaosctl.checkers.calls import Call
from chaosctl.checkers.facts import value_text
from chaosctl.checkers.linearizable_models import MODELS, Model, MultiRegister, Mutex
from chaosctl.checkers.linearizable_plan import Step

Objects = dict[Any, list[Call]]

PAIR = 2

ANSWERING = frozenset().union(*(model.answers for model in MODELS.values()))
"""Operations of which it is to be said what they answered, were it null."""


def model_of(calls: Iterable[Call]) -> Model | None:
    """Return the model that has all of these operations; None where none has."""
    names = {call.invoked.f for call in calls}
    return next((model() for model in MODELS.values() if names <= model.operations), None)


def objects_of(calls: list[Call], model: Model) -> Objects:
    """Return the calls of each object by its key; all under one name where their values name none."""
    if isinstance(model, MultiRegister):
        return _by_transaction(calls)
    if isinstance(model, Mutex):
        return _grouped(calls, [hashable(call.invoked.value) for call in calls])
    if is_keyed(calls):
        return _grouped(calls, [hashable(call.invoked.value[0]) for call in calls])
    return {"the " + type(model).__name__.lower(): calls}


def is_keyed(calls: list[Call]) -> bool:
    """Return whether the values are pairs of a key and the value proper."""
    return all(_is_pair(call.invoked.value) for call in calls) and all(
        _is_pair(call.invoked.value[1]) for call in calls if call.invoked.f == "cas"
    )


def steps_of(calls: list[Call], model: Model) -> list[Step]:
    """Return what the search needs of one object's calls, numbered by their places.

    Left out are those that failed, and reads that nobody heard the answer of.
    """
    has_key = not isinstance(model, MultiRegister | Mutex) and is_keyed(calls)
    reads, answers = model.reads, model.answers
    steps = []
    for number, (invoked, completed) in enumerate(calls):
        f, outcome = invoked.f, "info" if completed is None else completed.type
        if outcome == "ok" and completed is not None:
            value, returned = (completed if f in answers else invoked).value, completed.index
        elif outcome == "fail" or f in reads:
            continue
        else:
            value, returned = invoked.value, None
        if has_key:
            value = value[1]
        if type(value) is not int:
            value = hashable(value)
        if returned is None and f in answers:
            value = model.unheard(value)
        steps.append(Step(number, f, value, invoked.index, returned))
    return steps


def hashable(value: Any) -> Any:
    """Return a JSON value in a form that can be a state: lists as tuples, tables as sets of pairs."""
    if isinstance(value, list | tuple):
        return tuple(hashable(part) for part in value)
    if isinstance(value, dict):
        return frozenset((key, hashable(part)) for key, part in value.items())
    return value


def who(call: Call) -> str:
    """Return the client of an operation, for people."""
    return call.invoked.client or f"process {call.invoked.process}"


def call_text(call: Call) -> str:
    """Return an operation with its argument, and its answer where that says more."""
    asked = "" if call.invoked.value is None else f" {value_text(call.invoked.value)}"
    if call.outcome != "ok":
        return f"{call.invoked.f}{asked} (no answer)"
    if call.invoked.f not in ANSWERING and call.result in (None, call.invoked.value):
        return f"{call.invoked.f}{asked}"
    return f"{call.invoked.f}{asked}, answered {value_text(call.result)}"


def _is_pair(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == PAIR


def _grouped(calls: list[Call], keys: list[Any]) -> Objects:
    found: Objects = defaultdict(list)
    for key, call in zip(keys, calls, strict=True):
        found["the mutex" if key is None else key].append(call)
    return dict(found)


def _by_transaction(calls: list[Call]) -> Objects:
    """Return the calls by what their transactions have to do with one another: registers used together are one."""
    leader: dict[Any, Any] = {}

    def find(key: Any) -> Any:
        while leader.setdefault(key, key) != key:
            leader[key] = key = leader[leader[key]]
        return key

    keys = [[hashable(part[1]) for part in call.invoked.value or ()] for call in calls]
    for used in keys:
        for key in used[1:]:
            leader[find(key)] = find(used[0])
    names: dict[Any, list[Any]] = defaultdict(list)
    for key in leader:
        names[find(key)].append(key)
    for used in keys:
        for key in used[:1]:
            names.setdefault(find(key), [key])
    whole = {root: ", ".join(sorted(map(str, of))) for root, of in names.items()}
    return _grouped(calls, [whole[find(used[0])] if used else "nothing" for used in keys])
