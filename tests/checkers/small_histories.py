"""Small histories of every model, drawn by chance, and every order of theirs by brute force: the reference."""

from random import Random

from chaosctl.checkers.linearizable_models import (
    IMPOSSIBLE,
    KeyValue,
    Log,
    Model,
    MultiRegister,
    Mutex,
    Queue,
    Register,
    Set,
)
from chaosctl.checkers.linearizable_plan import Step

TEXTS = ("", "x", "y", "xy", "yx", "xx")
LISTS = ((), (1,), (2,), (1, 2), (2, 1))


def _register(random: Random) -> tuple[str, object]:
    f = random.choice(("read", "read", "write", "write", "cas"))
    return f, {
        "read": random.choice((None, 0, 1, 2)),
        "write": random.randrange(3),
        "cas": (random.randrange(3), random.randrange(3)),
    }[f]


def _unique(random: Random) -> tuple[str, object]:
    f, seen = random.choice(("read", "read", "read", "write", "write", "cas")), random.choice((None, 1, 2, 3, 4))
    written = random.randrange(1, 5)
    return f, {"read": seen, "write": written, "cas": (seen, written)}[f]


def _store(random: Random) -> tuple[str, object]:
    f = random.choice(("get", "get", "put", "append", "append"))
    return f, random.choice({"get": TEXTS, "put": ("", "x"), "append": ("x", "y")}[f])


def _mutex(random: Random) -> tuple[str, object]:
    return random.choice(("acquire", "release")), None


def _queue(random: Random) -> tuple[str, object]:
    f = random.choice(("enqueue", "dequeue"))
    return f, random.choice((1, 2)) if f == "enqueue" else random.choice((None, 1, 2))


def _set(random: Random) -> tuple[str, object]:
    f = random.choice(("add", "add", "remove", "read", "read"))
    return f, random.choice(LISTS) if f == "read" else random.choice((1, 2))


def _log(random: Random) -> tuple[str, object]:
    f = random.choice(("append", "read"))
    return f, random.choice(LISTS) if f == "read" else random.choice((1, 2))


def _txn(random: Random) -> tuple[str, object]:
    parts = range(random.choice((1, 2)))
    return "txn", tuple(random.choice((("r", "a", 1), ("r", "b", None), ("w", "a", 1), ("w", "b", 2))) for _ in parts)


DRAWN = {
    "register": (Register(), _register),
    "unique-register": (Register(), _unique),
    "kv": (KeyValue(""), _store),
    "mutex": (Mutex(), _mutex),
    "queue": (Queue(), _queue),
    "set": (Set(), _set),
    "log": (Log(), _log),
    "multi-register": (MultiRegister(), _txn),
}
"""A model for each name, and what draws an operation of it."""


def history(name: str, random: Random, most: int = 7) -> list[Step]:
    """Draw some operations that overlap; of those that may change something some are never answered."""
    model, draw = DRAWN[name]
    count = random.randint(2, most)
    ends: list[tuple[float, int, bool]] = []
    for number in range(count):
        begin = random.random() * count
        ends += [(begin, number, False), (begin + random.expovariate(random.choice((0.3, 1, 3))), number, True)]
    ends.sort()
    places = {(number, is_end): place for place, (_, number, is_end) in enumerate(ends)}
    steps = []
    for number in range(count):
        f, value = draw(random)
        returned: int | None = places[number, True]
        if f not in model.reads and random.random() < 0.25:
            returned = None
            if f in model.answers:
                value = model.unheard(value)
        steps.append(Step(number, f, value, places[number, False], returned))
    return sorted(steps, key=lambda step: step.invoked)


def is_linearizable(steps: list[Step], model: Model) -> bool:
    """Try every order, and every choice of the operations that may not have happened."""
    return _try(steps, model, model.initial)


def _try(left: list[Step], model: Model, state: object) -> bool:
    first_return = min((step.returned for step in left if step.returned is not None), default=None)
    if first_return is None:
        return True  # What may have happened need not.
    for place, step in enumerate(left):
        if step.invoked > first_return:
            break
        after = model.apply(state, step.f, step.value)
        if after is not IMPOSSIBLE and _try(left[:place] + left[place + 1 :], model, after):
            return True
    return False


def told(steps: list[Step]) -> str:
    """Return a history as a failing test shows it."""
    ends = ["" if step.returned is None else step.returned for step in steps]
    return "; ".join(f"{step.invoked}-{end} {step.f} {step.value}" for end, step in zip(ends, steps, strict=True))
