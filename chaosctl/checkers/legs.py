"""What clients of a bank or a shop asked for, as what is added to which account."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from chaosctl.checkers.calls import Call, calls_of
from chaosctl.history.recording import Recording

Legs = tuple[tuple[str, int], ...]
"""What is added to which account, in order of account."""


def calls_by_legs(recording: Recording) -> dict[Legs, list[Call]]:
    """Return clients' transfers and orders, those of like accounts and amounts together."""
    calls: dict[Legs, list[Call]] = defaultdict(list)
    for f, legs_of in LEGS.items():
        for call in calls_of(recording, f):
            calls[legs_of(call.invoked.value)].append(call)
    return calls


def legs_text(legs: Legs) -> str:
    """Return legs for people."""
    if len(legs) == 2:
        (source, _), (dest, amount) = sorted(legs, key=lambda leg: leg[1])
        return f"{amount} from {source} to {dest}"
    return ", ".join(f"{change:+} on {account}" for account, change in legs)


def _of_transfer(value: dict[str, Any]) -> Legs:
    return tuple(sorted({value["from"]: -value["amount"], value["to"]: value["amount"]}.items()))


def _of_order(value: dict[str, Any]) -> Legs:
    item, price = value["item"], value["price"]
    goods = {f"stock/{item}": -1, f"sold/{item}": 1}
    return tuple(sorted({f"wallet/{value['customer']}": -price, f"revenue/{item}": price, **goods}.items()))


LEGS: dict[str, Callable[[dict[str, Any]], Legs]] = {"transfer": _of_transfer, "buy": _of_order}
"""What a client's request must add to which account, by operation."""
