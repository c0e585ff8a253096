"""What else must be so where all was one order: nobody wrote between a write and a read that saw it.

R. Biswas, C. Enea, "On the Complexity of Checking Transactional Consistency" (OOPSLA 2019), section 4: of two writes of
a key, one that comes before a reader of the other comes before that other; and who comes after the other comes after
its readers. That is added until nothing new follows. It is what a history of registers, whose versions tell little of
their order, says beyond Elle's inference; it needs what comes before what, n * n bits, and is for small histories.
"""

from collections.abc import Iterator
from typing import Any

from chaosctl.checkers.isolation.graph import ANTI, WRITES, Adjacent, Graph, Kind, Order, View

MOST_TXNS = 5_000
"""Of more transactions that is not looked for: 5,000 take 6 MB and some seconds."""

OF_ORDER = {
    Order.NONE: (Kind.WW, Kind.RW),
    Order.PROCESS: (Kind.WW_PROCESS, Kind.RW_PROCESS),
    Order.REALTIME: (Kind.WW_REALTIME, Kind.RW_REALTIME),
}
"""The kinds of the edges that follow where an order of time counts: one overwrote, one missed."""

Writers = dict[Any, int]
Readers = dict[Any, list[int]]
Reason = tuple[Any, Any, Any, int]
"""Of an edge: the key, the version that was read, the other one, and who read (-1: the edge is from all who did)."""


def saturate(
    graph: Graph, keys: list[tuple[Any, Writers, Readers]], order: Order
) -> dict[tuple[int, int, Kind], Reason]:
    """Add to the graph what follows, and return why; nothing where there is a cycle before that."""
    kinds = (*WRITES[order], Kind.WR, *ANTI[order])
    found: dict[tuple[int, int, Kind], Reason] = {}
    while True:
        view = View(graph, range(len(graph.txns)), kinds, order)
        before = reached(view.adjacent(), len(graph.txns))
        if before is None:
            return found
        new = {edge: reason for each in keys for edge, reason in _following(before, *each, OF_ORDER[order])}
        new = {edge: reason for edge, reason in new.items() if edge not in found}
        if not new:
            return found
        found |= new
        for one, other, kind in new:
            graph.link(one, other, kind)


def _following(
    before: list[int], key: Any, writers: Writers, readers: Readers, kinds: tuple[Kind, Kind]
) -> Iterator[tuple[tuple[int, int, Kind], Reason]]:
    """Yield the edges that follow from who read which version of a key; none that is there already."""
    overwrites, misses = kinds
    for version, writer in writers.items():
        of_it = [number for number in readers.get(version, ()) if number != writer]
        all_of_it = sum(1 << number for number in of_it)
        for another, other in writers.items():
            if other == writer:
                continue
            if before[other] & all_of_it and not before[other] >> writer & 1:
                reader = next(number for number in of_it if before[other] >> number & 1)
                yield (other, writer, overwrites), (key, version, another, reader)
            if before[writer] >> other & 1:
                for reader in of_it:
                    if reader != other and not before[reader] >> other & 1:
                        yield (reader, other, misses), (key, version, another, -1)


def reached(adjacent: Adjacent, count: int) -> list[int] | None:
    """Return what each node comes before, as bits of the first `count` nodes; None where there is a cycle."""
    incoming = [0] * len(adjacent)
    for edges in adjacent:
        for following in edges:
            incoming[following] += 1
    ready = [node for node, edges in enumerate(incoming) if not edges]
    for node in ready:
        for following in adjacent[node]:
            incoming[following] -= 1
            if not incoming[following]:
                ready.append(following)
    if len(ready) < len(adjacent):
        return None
    found = [0] * len(adjacent)
    for node in reversed(ready):
        for following in adjacent[node]:
            found[node] |= found[following] | (1 << following if following < count else 0)
    return found
