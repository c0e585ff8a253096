"""What became of writes: what the final reads showed, and which values those replaced, step by step.

A store tells by the event `replaced` {key, value, values} which values a write's coordinator had seen when it made it.
"""

from typing import Any

import msgspec

from chaosctl.history.recording import Recording
from chaosctl.history.records import Event, Operation


def encoded(value: Any) -> bytes:
    """Return what equal JSON values have in common and others have not."""
    return msgspec.json.encode(value, order="deterministic")


def pairs_of(recording: Recording, f: str) -> list[tuple[Operation, Operation | None]]:
    """Return invocations of one kind with their completions, in order of invocation."""
    under_way: dict[int, int] = {}
    pairs: list[tuple[Operation, Operation | None]] = []
    for row in recording.operations:
        if row.f != f:
            continue
        if row.type == "invoke":
            under_way[row.process] = len(pairs)
            pairs.append((row, None))
        elif (place := under_way.pop(row.process, None)) is not None:
            pairs[place] = (pairs[place][0], row)
    return pairs


def values_of(value: Any) -> list[bytes]:
    """Return what a read's answer shows: one value, several siblings, or nothing where the key was never written."""
    if isinstance(value, dict) and isinstance(value.get("siblings"), list):
        return [encoded(each) for each in value["siblings"]]
    return [] if value is None else [encoded(value)]


def final_values(recording: Recording) -> dict[str, set[bytes]]:
    """Return what the final reads of each key showed, all nodes together."""
    final: dict[str, set[bytes]] = {}
    for invoked, completed in pairs_of(recording, "read"):
        if invoked.final and completed is not None and completed.type == "ok" and is_pair(completed.value):
            final.setdefault(str(completed.value[0]), set()).update(values_of(completed.value[1]))
    return final


def kept_values(final: dict[str, set[bytes]], replaced: list[Event]) -> set[tuple[str, bytes]]:
    """Return the final values, and all that they replaced, step by step."""
    before: dict[tuple[str, bytes], list[bytes]] = {}
    for event in replaced:
        values = event.fields.get("values")
        if isinstance(values, list):  # Nodes may write anything.
            name = str(event.fields.get("key")), encoded(event.fields.get("value"))
            before[name] = [encoded(each) for each in values]
    kept: set[tuple[str, bytes]] = set()
    found = [(key, value) for key, values in final.items() for value in values]
    while found:
        pair = found.pop()
        if pair not in kept:
            kept.add(pair)
            found += [(pair[0], value) for value in before.get(pair, ())]
    return kept


def is_pair(value: Any) -> bool:
    """Return whether this is a key with its value, as operations of a key-value store have it."""
    return isinstance(value, list | tuple) and len(value) == 2
