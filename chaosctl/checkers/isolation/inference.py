"""What an inference from a history gives: the graph, what is wrong without a cycle, and why each edge is there."""

from collections.abc import Iterator
from typing import Any, Protocol

from chaosctl.checkers.facts import at, value_text
from chaosctl.checkers.isolation.anomalies import Anomaly, Edge
from chaosctl.checkers.isolation.graph import KINDS, SHIFT, Graph, Kind
from chaosctl.checkers.isolation.txns import Txn

MOST_EDGES = 3_000_000
"""Edges that are made for reads of a last version that many transactions overwrote, before nothing is proven."""


class Inference(Protocol):
    """What can be said of the order of transactions, of one kind of object."""

    txns: list[Txn]
    graph: Graph
    anomalies: list[Anomaly]
    is_whole: bool
    """Whether every edge was made: with too many of one key there are none."""
    reads: int
    """Reads of what others had left to be read."""

    def why(self, edge: Edge) -> str:
        """Return why a dependency is there, with {a} and {b} for its transactions."""


def link_conflicts(graph: Graph) -> None:
    """Add that a transaction ended before another began which it missed a write of, where both wrote one key.

    Of two that overlap and write one key snapshot isolation lets one commit (Adya's G-SIa: no ww edge between them).
    """
    written = [_written(txn) for txn in graph.txns]
    for number, edges in enumerate(graph.out):
        for edge in list(edges):
            other = edge >> SHIFT
            if edge & KINDS == Kind.RW and not written[number].isdisjoint(written[other]):
                graph.link(number, other, Kind.CONFLICT)


def step_text(inference: Inference, edge: Edge) -> str:
    """Return why an edge is there, with {a} and {b} for its transactions."""
    before, after = inference.txns[edge.before], inference.txns[edge.after]
    if edge.kind is Kind.CONFLICT:
        keys = {part[1] for part in before.parts if part[0] != "r"} & {
            part[1] for part in after.parts if part[0] != "r"
        }
        both = f"both wrote key {shown(min(keys, key=str))}: {{a}} must have ended before {{b}} began"
        return f"{inference.why(Edge(edge.before, edge.after, Kind.RW))}, and {both}"
    if edge.kind is not Kind.ORDER:
        return inference.why(edge)
    if before.process == after.process:
        return f"process {before.process} had done {{a}} before it began {{b}}"
    ended = before.call.last.time
    return f"{{a}} had ended ({at(ended)}) before {{b}} began ({at(after.call.invoked.time)})"


def lost_updates(readers: dict[tuple[Any, Any], list[int]]) -> Iterator[Anomaly]:
    """Yield where several committed transactions read one version and wrote the next: by (key, version) who did."""
    for (key, version), numbers in readers.items():
        if len(numbers) > 1:
            what = f"key {shown(key)} as {shown(version)}"
            yield Anomaly(
                "lost-update", tuple(numbers), (f"{len(numbers)} transactions read {what}, and each then wrote it",)
            )


def braced(text: str) -> str:
    """Return foreign text for a sentence with places in it."""
    return text.replace("{", "{{").replace("}", "}}")


def shown(value: Any) -> str:
    """Return a foreign value for a sentence with places in it."""
    return braced(value_text(value))


def _written(txn: Txn) -> set[Any]:
    return {key for f, key, _value in txn.parts if f != "r"}
