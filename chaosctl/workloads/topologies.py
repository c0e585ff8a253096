"""The neighbours that Maelstrom's broadcast offers each node: line, grid, trees, total (workload/broadcast.clj)."""

from math import ceil, sqrt
from typing import Literal

Topology = Literal["line", "grid", "tree", "tree2", "tree3", "tree4", "total"]

BRANCHES = {"tree": 2, "tree2": 2, "tree3": 3, "tree4": 4}


def neighbours(topology: Topology, nodes: tuple[str, ...]) -> dict[str, list[str]]:
    """Return each node's neighbours, itself left out: a grid is ceil(sqrt N) wide, a tree is in level order."""
    if topology == "total":
        return {node: [other for other in nodes if other != node] for node in nodes}
    found: dict[str, list[str]] = {node: [] for node in nodes}
    for one, other in _edges(topology, len(nodes)):
        found[nodes[one]].append(nodes[other])
        found[nodes[other]].append(nodes[one])
    return found


def _edges(topology: Topology, count: int) -> list[tuple[int, int]]:
    if topology == "line":
        return [(i, i + 1) for i in range(count - 1)]
    if topology == "grid":
        width = ceil(sqrt(count))
        across = [(i, i + 1) for i in range(count - 1) if (i + 1) % width]
        return across + [(i, i + width) for i in range(count - width)]
    return [((i - 1) // BRANCHES[topology], i) for i in range(1, count)]
