"""Cycles of dependencies: which kinds a graph has, the worst first, and of each component the shortest that is found.

Adya's cycles by what is in them: ww alone is G0, with wr G1c, with one rw G-single, with several of which no two are
neighbours G-nonadjacent, and else G2-item. A component that has a worse cycle is not searched for others, and where a
kind was found none of it is looked for with an order of time. Whether a kind of cycle exists is decided in linear time
(components); the shortest is looked for within a budget.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from chaosctl.checkers.isolation.anomalies import SUFFIXES, Anomaly, Edge, Level
from chaosctl.checkers.isolation.graph import ANTI, IS_ANTI, WRITES, Graph, Kind, Order, View, Ways
from chaosctl.checkers.isolation.txns import NEVER

PATIENCE = 1_000_000
"""Edges that are looked at for the shortest cycles of a kind; of a component the first one is told at any cost."""

MOST_COMPONENTS = 100
"""So many components of one kind are searched; the smallest first."""

SHORTEST = 2


@dataclass(frozen=True)
class _Search:
    """A kind of cycle: which edges may be in it, one of which must be, and whether rw edges must be apart."""

    name: str
    kinds: tuple[Kind, ...]
    needed: tuple[Kind, ...]
    apart: bool = False


def cycles_of(graph: Graph, level: Level) -> list[Anomaly]:
    """Return the cycles that a level forbids: of each component with any the worst, and that as short as was found."""
    searches = [search for search in _searches(level.order) if search.name in level.forbids]
    widest = searches[-1]
    suspects = View(graph, range(len(graph.txns)), widest.kinds, level.order, apart=widest.apart).components()
    found: dict[str, list[Anomaly]] = {}
    told: set[int] = set()
    for order in Order:
        for search in _searches(order):
            is_implied = search.name in found or search.name not in level.forbids
            if suspects and order <= level.order and not is_implied:
                cycles = list(_found_by(graph, search, order, {node for nodes in suspects for node in nodes}, told))
                found |= {search.name: cycles} if cycles else {}
    return [anomaly for cycles in found.values() for anomaly in cycles]


def _searches(order: Order) -> list[_Search]:
    writes, anti = WRITES[order], ANTI[order]
    reads = (*writes, Kind.WR)
    return [
        _Search("G0", writes, writes),
        _Search("G1c", reads, (Kind.WR,)),
        _Search("G-single", (*reads, *anti), anti, apart=True),
        _Search("G-SI", (*reads, *anti, Kind.CONFLICT), (Kind.CONFLICT,), apart=True),
        _Search("G2-item", (*reads, *anti), anti),
    ]


def _found_by(graph: Graph, search: _Search, order: Order, suspects: set[int], told: set[int]) -> Iterator[Anomaly]:
    components = View(graph, suspects, search.kinds, order, apart=search.apart).components()
    new = [nodes for nodes in components if told.isdisjoint(nodes)]
    patience = PATIENCE // max(1, min(len(new), MOST_COMPONENTS))
    for nodes in new[:MOST_COMPONENTS]:
        cycle = _single(graph, search, order, nodes, patience) if search.apart else None
        cycle = cycle or _shortest(graph, search, order, nodes, patience)
        if cycle is not None:
            yield Anomaly(_name(cycle) + SUFFIXES[order], tuple(edge.before for edge in cycle), edges=tuple(cycle))
    for nodes in new:
        told.update(nodes)


def _single(graph: Graph, search: _Search, order: Order, nodes: list[int], patience: int) -> list[Edge] | None:
    """Return a shortest cycle with one rw edge; None where none was found in the budget."""
    rest = [kind for kind in search.kinds if not IS_ANTI[kind]]
    return _round(View(graph, nodes, rest, order), search, patience, at_any_cost=False)


def _shortest(graph: Graph, search: _Search, order: Order, nodes: list[int], patience: int) -> list[Edge] | None:
    view = View(graph, nodes, search.kinds, order, apart=search.apart)
    return _round(view, search, patience, at_any_cost=True)


def _round(view: View, search: _Search, patience: int, *, at_any_cost: bool) -> list[Edge] | None:
    """Return the shortest cycle that is found through an edge of a needed kind and back by the view."""
    ways, best = Ways(view), None
    for before, after, kind in view.edges(search.needed):
        if ways.visited > patience and (best is not None or not at_any_cost):
            break
        most = NEVER if best is None else len(best) - 2
        steps = ways.shortest(after, before, after_anti=IS_ANTI[kind], most=most)
        if steps is not None:
            best = [Edge(before, after, kind)]
            for node, by in steps:
                best.append(Edge(best[-1].after, node, by))
            if len(best) == SHORTEST:
                break
    return best


def _name(cycle: list[Edge]) -> str:
    kinds = [edge.kind for edge in cycle]
    if Kind.CONFLICT in kinds:
        return "G-SI"
    anti = [IS_ANTI[kind] for kind in kinds]
    if not any(anti):
        return "G1c" if Kind.WR in kinds else "G0"
    if sum(anti) == 1:
        return "G-single"
    neighbours = any(one and following for one, following in zip(anti, [*anti[1:], anti[0]], strict=True))
    return "G2-item" if neighbours else "G-nonadjacent"
