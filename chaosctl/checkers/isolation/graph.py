"""The graph of dependencies between transactions, its strongly connected components, and shortest ways in it.

Components by R. Tarjan (1972), without recursion. The orders of sessions and of real time are not stored as edges,
which would be as many as there are pairs: for components each process is a chain, and what ended is gathered at
barriers which those that begin later follow (2n nodes, 3n edges); a breadth-first search walks each of these orders
with one pointer, for what begins after some end is a tail of all.
"""

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable
from enum import IntEnum

from chaosctl.checkers.isolation.txns import NEVER, Txn

Adjacent = list[list[int]]


class Kind(IntEnum):
    """What makes an edge. Those of an order of versions that was inferred from time hold only where time counts.

    CONFLICT: a missed what b wrote, and both wrote one key; under snapshot isolation a must have ended before b began.
    """

    WW = 0
    WR = 1
    RW = 2
    WW_PROCESS = 3
    RW_PROCESS = 4
    WW_REALTIME = 5
    RW_REALTIME = 6
    CONFLICT = 7
    ORDER = 8


class Order(IntEnum):
    """Which order of time counts as an edge: none, that of each session (a process), or that of all."""

    NONE = 0
    PROCESS = 1
    REALTIME = 2


SHIFT, KINDS = 4, 15
"""An edge is a number: where it leads to, and in the last four bits its kind."""

WRITES = {
    Order.NONE: (Kind.WW,),
    Order.PROCESS: (Kind.WW, Kind.WW_PROCESS),
    Order.REALTIME: (Kind.WW, Kind.WW_PROCESS, Kind.WW_REALTIME),
}
ANTI = {
    Order.NONE: (Kind.RW,),
    Order.PROCESS: (Kind.RW, Kind.RW_PROCESS),
    Order.REALTIME: (Kind.RW, Kind.RW_PROCESS, Kind.RW_REALTIME),
}
IS_ANTI = [kind in ANTI[Order.REALTIME] for kind in Kind]


class Graph:
    """Transactions by their numbers, and the edges out of each."""

    def __init__(self, txns: list[Txn]) -> None:
        self.txns = txns
        self.out: Adjacent = [[] for _ in txns]

    def link(self, before: int, after: int, kind: Kind) -> None:
        """Add an edge; none from a transaction to itself."""
        if before != after:
            self.out[before].append(after << SHIFT | kind)


class View:
    """What counts of a graph: some of its transactions, edges of some kinds, and an order of time.

    With `apart` no two rw edges may follow one another (as in every cycle that snapshot isolation forbids: A. Cerone,
    A. Gotsman 2016): each transaction is two nodes, 2i, and 2i+1 where it was come to by such an edge.
    """

    def __init__(
        self, graph: Graph, nodes: Iterable[int], kinds: Iterable[Kind], order: Order, *, apart: bool = False
    ) -> None:
        self.graph, self.order, self.apart = graph, order, apart
        self.nodes = sorted(nodes)
        self.kinds = [kind in set(kinds) for kind in Kind]
        self.places = {node: place for place, node in enumerate(self.nodes)}

    def components(self) -> list[list[int]]:
        """Return the components with a cycle in them, the smallest first; nodes are halved where `apart`."""
        adjacent = self.adjacent()
        found = []
        for component in strongly_connected(adjacent):
            inside = {place >> 1 if self.apart else place for place in component}
            nodes = [self.nodes[place] for place in inside if place < len(self.nodes)]
            found.append(sorted(nodes))
        return sorted(found, key=lambda nodes: (len(nodes), nodes))

    def adjacent(self) -> Adjacent:
        """Return the edges with those of the order; nodes are numbered by their places, barriers come after them."""
        return self._with_order(self._adjacent())

    def _adjacent(self) -> Adjacent:
        places, kinds, out = self.places, self.kinds, self.graph.out
        if len(places) == len(out) and not self.apart:
            return [[edge >> SHIFT for edge in edges if kinds[edge & KINDS]] for edges in out]
        place_of = places.get
        if not self.apart:
            return [
                [place for edge in out[node] if kinds[edge & KINDS] and (place := place_of(edge >> SHIFT, -1)) >= 0]
                for node in self.nodes
            ]
        found: Adjacent = []
        for node in self.nodes:
            plain, anti = [], []
            for edge in out[node]:
                if kinds[edge & KINDS] and (place := place_of(edge >> SHIFT, -1)) >= 0:
                    if IS_ANTI[edge & KINDS]:
                        anti.append(2 * place + 1)
                    else:
                        plain.append(2 * place)
            found += [plain + anti, plain]
        return found

    def _with_order(self, adjacent: Adjacent) -> Adjacent:
        """Return the edges with those of the order, through nodes of its own that stand after all others."""
        if self.order is Order.NONE:
            return adjacent
        states = 2 if self.apart else 1
        if self.order is Order.PROCESS:
            last: dict[int, int] = {}
            for place, node in enumerate(self.nodes):
                txn = self.graph.txns[node]
                if (before := last.get(txn.process)) is not None:
                    for state in range(states):
                        adjacent[states * before + state].append(states * place)
                if txn.ended < NEVER:
                    last[txn.process] = place
            return adjacent
        # Where `apart`, components halves its nodes: a barrier must stay beyond all transactions then as well.
        barrier, is_closed = -1, True
        for _index, is_end, place in self._moments():
            if not is_end:
                if barrier >= 0:
                    adjacent[barrier].append(states * place)
                    is_closed = True
                continue
            if is_closed:
                adjacent.append([])
                if barrier >= 0:
                    adjacent[barrier].append(len(adjacent) - 1)
                barrier, is_closed = len(adjacent) - 1, False
            for state in range(states):
                adjacent[states * place + state].append(barrier)
        return adjacent

    def _moments(self) -> list[tuple[int, bool, int]]:
        txns = self.graph.txns
        found = [(txns[node].begun, False, place) for place, node in enumerate(self.nodes)]
        found += [(txns[node].ended, True, place) for place, node in enumerate(self.nodes) if txns[node].ended < NEVER]
        found.sort()
        return found

    def edges(self, kinds: Iterable[Kind]) -> list[tuple[int, int, Kind]]:
        """Return the edges of these kinds (from, to, kind), those that lead back furthest in time first."""
        wanted = [kind in set(kinds) for kind in Kind]
        found = {
            (node, edge >> SHIFT, Kind(edge & KINDS))
            for node in self.nodes
            for edge in self.graph.out[node]
            if wanted[edge & KINDS] and edge >> SHIFT in self.places
        }
        txns = self.graph.txns
        return sorted(found, key=lambda edge: (txns[edge[1]].ended - txns[edge[0]].begun, edge))


def strongly_connected(adjacent: Adjacent) -> list[list[int]]:
    """Return the strongly connected components of more than one node."""
    count = len(adjacent)
    index, low = [0] * count, [0] * count
    on_stack = bytearray(count)
    stack: list[int] = []
    found: list[list[int]] = []
    clock = 0
    for root in range(count):
        if index[root] or not adjacent[root]:
            continue
        clock += 1
        index[root] = low[root] = clock
        stack.append(root)
        on_stack[root] = 1
        work = [(root, iter(adjacent[root]))]
        while work:
            node, edges = work[-1]
            for following in edges:
                if not index[following]:
                    clock += 1
                    index[following] = low[following] = clock
                    stack.append(following)
                    on_stack[following] = 1
                    work.append((following, iter(adjacent[following])))
                    break
                if on_stack[following] and index[following] < low[node]:
                    low[node] = index[following]
            else:
                work.pop()
                if work and low[node] < low[work[-1][0]]:
                    low[work[-1][0]] = low[node]
                if low[node] == index[node]:
                    component = _popped(stack, node, on_stack)
                    if len(component) > 1:
                        found.append(component)
    return found


def _popped(stack: list[int], node: int, on_stack: bytearray) -> list[int]:
    place = len(stack) - 1
    while stack[place] != node:
        place -= 1
    component = stack[place:]
    del stack[place:]
    for each in component:
        on_stack[each] = 0
    return component


Step = tuple[int, Kind]
"""Where a way leads to next, and by which kind of edge."""


class Ways:
    """Shortest ways in a view, by breadth-first search; `visited` counts how much was looked at in all."""

    def __init__(self, view: View) -> None:
        self.view, self.visited = view, 0
        txns = view.graph.txns
        self._begun = [txns[node].begun for node in view.nodes]
        self._sessions: dict[int, list[int]] = defaultdict(list)
        for node in view.nodes:
            self._sessions[txns[node].process].append(node)

    def shortest(self, source: int, target: int, *, after_anti: bool, most: int = NEVER) -> list[Step] | None:
        """Return the steps from source to target, at most so many; None where there is no such way.

        `after_anti`: an rw edge led to the source, and where the view is `apart` none may follow it at once.
        """
        view, kinds, out = self.view, self.view.kinds, self.view.graph.out
        start = (source, after_anti and view.apart)
        came: dict[tuple[int, bool], tuple[tuple[int, bool], Kind] | None] = {start: None}
        queue = deque([(start, 0)])
        limits = [len(view.nodes)]
        sessions: dict[int, int] = {}
        while queue:
            state, length = queue.popleft()
            node, is_after = state
            if node == target and not (is_after and after_anti):
                return _steps(came, state)
            if length == most:
                continue
            reached = [
                (edge >> SHIFT, Kind(edge & KINDS))
                for edge in out[node]
                if kinds[edge & KINDS] and edge >> SHIFT in view.places and not (is_after and IS_ANTI[edge & KINDS])
            ]
            reached += [(each, Kind.ORDER) for each in self._later(node, limits, sessions)]
            self.visited += len(reached) + 1
            for each, kind in reached:
                following = (each, view.apart and IS_ANTI[kind])
                if following not in came:
                    came[following] = (state, kind)
                    queue.append((following, length + 1))
        return None

    def _later(self, node: int, limits: list[int], sessions: dict[int, int]) -> list[int]:
        """Return what follows a transaction in the order of time, without what followed an earlier one."""
        order, nodes, txn = self.view.order, self.view.nodes, self.view.graph.txns[node]
        if order is Order.NONE or txn.ended == NEVER:
            return []
        if order is Order.REALTIME:
            first, last = bisect_right(self._begun, txn.ended), limits[0]
            limits[0] = min(first, last)
            return nodes[first:last]
        session = self._sessions[txn.process]
        first, last = bisect_right(session, node), sessions.get(txn.process, len(session))
        sessions[txn.process] = min(first, last)
        return session[first:last]


def _steps(came: dict[tuple[int, bool], tuple[tuple[int, bool], Kind] | None], state: tuple[int, bool]) -> list[Step]:
    found = []
    while (before := came[state]) is not None:
        found.append((state[0], before[1]))
        state = before[0]
    return found[::-1]
