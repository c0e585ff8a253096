"""Transactions of a history: lists of micro-operations, ["r", key, value], ["append", key, value], ["w", key, value].

What a transaction that was not ok had read nobody knows. One that failed took no effect, so who sees its writes sees
too much; one without an answer (info) took effect if anybody saw a write of it, and else counts for nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.facts import value_text
from chaosctl.checkers.objects import hashable
from chaosctl.history.recording import Recording

Part = tuple[str, Any, Any]
"""A micro-operation: its name, the key, the value written or read."""

NEVER = 1 << 62
"""When a transaction ended that nobody saw end."""

READS = frozenset({"r", "read"})
WRITES = frozenset({"w", "write"})
SIMPLE = frozenset({int, str, type(None)})
PARTS = 3


class NoTransactions(Exception):
    """What can't be judged about a history's transactions, in a sentence."""


@dataclass(slots=True)
class Txn:
    """A transaction; `begun` and `ended` are the indexes of its rows. Of one that was not ok only the writes count."""

    number: int
    call: Call
    outcome: str
    parts: list[Part]
    begun: int
    ended: int
    process: int


def txns_of(recording: Recording) -> list[Txn]:
    """Return the transactions, numbered in the order of their invocations; raises NoTransactions where one is none."""
    return [_txn(number, call) for number, call in enumerate(calls_of(recording, "txn"))]


def kind_of(txns: Iterable[Txn]) -> str:
    """Return what the transactions are of, by their writes: list-append or rw-register; raises NoTransactions."""
    found = {f for txn in txns for f, _key, _value in txn.parts} - {"r"}
    if len(found) > 1:
        raise NoTransactions("transactions append to lists and write registers: one history is of one or the other")
    if not found:
        raise NoTransactions("no transaction wrote anything")
    return "list-append" if found == {"append"} else "rw-register"


def simple(value: Any) -> Any:
    """Return a JSON value in a form that can be a key of a table."""
    return value if type(value) in SIMPLE else hashable(value)


def parts_text(parts: Iterable[Any]) -> str:
    """Return micro-operations for people: what was read (=), appended (+=) and written (:=)."""
    signs = {"append": "+=", "w": ":=", "write": ":="}
    return ", ".join(f"{value_text(key)} {signs.get(f, '=')} {value_text(value)}" for f, key, value in parts)


def _txn(number: int, call: Call) -> Txn:
    invoked, outcome = call.invoked, call.outcome
    told = call.result if outcome == "ok" else invoked.value
    if not isinstance(told, list):
        raise NoTransactions(f"operation {invoked.index} is no list of micro-operations: {value_text(told)}")
    parts = [_part(part, invoked.index) for part in told]
    if outcome != "ok":
        parts = [part for part in parts if part[0] != "r"]
    elif isinstance(invoked.value, list) and not _answers(invoked.value, parts):
        raise NoTransactions(f"operation {invoked.index} was answered with other micro-operations than it asked for")
    ended = call.completed.index if call.completed is not None and outcome == "ok" else NEVER
    return Txn(number, call, outcome, parts, invoked.index, ended, invoked.process)


def _part(part: Any, index: int) -> Part:
    if isinstance(part, list) and len(part) == PARTS and isinstance(part[0], str):
        f, key, value = part
        key = key if type(key) in SIMPLE else simple(key)
        if f in READS:
            return ("r", key, value)
        if f == "append" or f in WRITES:
            return ("append" if f == "append" else "w", key, value if type(value) in SIMPLE else simple(value))
    what = 'a micro-operation is ["r", key, null], ["append", key, value] or ["w", key, value]'
    raise NoTransactions(f"{what}, and operation {index} has {value_text(part)}")


def _answers(asked: list[Any], parts: list[Part]) -> bool:
    """Return whether the answer is to what was asked: the same keys in the same order, and the same values written."""
    if len(asked) != len(parts):
        return False
    for part, (f, key, value) in zip(asked, parts, strict=True):
        if not isinstance(part, list) or len(part) != PARTS or not isinstance(part[0], str):
            return False
        if simple(part[1]) != key or (f == "r") != (part[0] in READS) or (f != "r" and simple(part[2]) != value):
            return False
    return True
