"""Dependencies of transactions that append to lists: a list that was read tells all versions before it, in order.

K. Kingsbury, P. Alvaro, "Elle" (VLDB 2020), sections 4.2 and 6. The longest list that anybody read of a key is the
order of its versions; what was committed and stands in no list came after it. Where updates may be lost, what a
transaction has appended itself is taken off the end of what it reads after that: what others append until it commits
may come between, so its own view is no version that anybody else could see.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from chaosctl.checkers.facts import value_text
from chaosctl.checkers.isolation.anomalies import Anomaly, Edge
from chaosctl.checkers.isolation.graph import Graph, Kind
from chaosctl.checkers.isolation.inference import MOST_EDGES, braced, lost_updates, shown
from chaosctl.checkers.isolation.txns import NoTransactions, Txn, simple

Read = tuple[int, list[Any]]
"""Who read, and what others had appended by then."""


class ListAppend:
    """What a history of appends and reads tells (see Inference).

    `keeps_updates`: nobody appends to a list between what a transaction read of it and appended to it.
    """

    def __init__(self, txns: list[Txn], *, keeps_updates: bool) -> None:
        self._keeps_updates = keeps_updates
        self.txns = txns
        self.graph = Graph(txns)
        self.anomalies: list[Anomaly] = []
        self.is_whole, self.reads = True, 0
        self.writers: dict[Any, dict[Any, int]] = defaultdict(dict)
        self.orders: dict[Any, list[Any]] = {}
        self._reads: dict[Any, list[Read]] = defaultdict(list)
        self._intermediate: dict[Any, set[Any]] = defaultdict(set)
        self._longest: dict[Any, list[Any]] = {}
        self._odd: set[Any] = set()
        self._seen: set[int] = set()
        self._nexts: dict[Any, list[list[int]]] = {}
        for txn in txns:
            self._take(txn)
        for key, reads in self._reads.items():
            self._order(key, reads)
        for key in self.writers:
            self._link(key)
        self.anomalies += lost_updates(self._updates())

    def why(self, edge: Edge) -> str:
        """Return why a dependency is there."""
        return next(self._why(edge))

    def _take(self, txn: Txn) -> None:
        """Sort a transaction's micro-operations by key, and look whether they agree with each other."""
        number, has_many = txn.number, len(txn.parts) > 1
        own: dict[Any, list[Any]] = {}
        known: dict[Any, list[Any]] = {}
        for f, key, value in txn.parts:
            if f == "append":
                writers = self.writers[key]
                if value in writers:
                    raise NoTransactions(f"{value_text(value)} is appended to key {value_text(key)} more than once")
                writers[value] = number
                if has_many:
                    if key in own:
                        self._intermediate[key].add(own[key][-1])
                        own[key].append(value)
                    else:
                        own[key] = [value]
                    if key in known:
                        known[key] = [*known[key], value]
                continue
            elements = self._elements(txn, value)
            if not has_many:
                self._reads[key].append((number, elements))
                continue
            self._compare(txn, key, elements, known.get(key), own.get(key, []))
            known[key] = elements
            self._reads[key].append((number, self._seen_by_others(elements, own.get(key, []))))
        if own and any(key in known for key in own):
            self._look_ahead(txn)

    def _elements(self, txn: Txn, value: Any) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise NoTransactions(f"operation {txn.begun} read {value_text(value)}, which is no list")
        return value

    def _compare(self, txn: Txn, key: Any, elements: list[Any], known: list[Any] | None, own: list[Any]) -> None:
        """Look whether a read shows what its own transaction had read and appended before."""
        if known is None and (not own or elements[-len(own) :] == own):
            return
        if known is not None and elements == known:
            return
        expected = f"a list that ends with {value_text(own)}" if known is None else value_text(known)
        line = f"{{T{txn.number}}} read key {shown(key)} as {shown(elements)}, and what it had done itself before"
        self.anomalies.append(Anomaly("internal", (txn.number,), (f"{line} makes that {braced(expected)}",)))

    def _look_ahead(self, txn: Txn) -> None:
        """Look whether a transaction reads what it appends only later."""
        read: dict[Any, list[Any]] = {}
        for f, key, value in txn.parts:
            if f == "r":
                read[key] = read.get(key, []) + (value or [])
            elif value in read.get(key, ()):
                line = f"{{T{txn.number}}} read {shown(value)} of key {shown(key)}, and appended it only after that"
                self.anomalies.append(Anomaly("future-read", (txn.number,), (line,)))

    def _order(self, key: Any, reads: list[Read]) -> None:
        """Find the order of a key's versions, and which reads do not fit it."""
        first, longest = max(reads, key=lambda read: len(read[1]))
        self._longest[key] = longest
        self.orders[key] = [simple(element) for element in longest]
        self.reads += len(reads)
        self._look_at(key, first, self.orders[key])
        for number, elements in reads:
            if longest[: len(elements)] != elements:
                self._odd.add(key)
                line = f"{{T{number}}} read key {shown(key)} as {shown(elements)}, and {{T{first}}} as {shown(longest)}"
                self.anomalies.append(Anomaly("incompatible-order", (number, first), (line,)))
                self._look_at(key, number, [simple(element) for element in elements])

    def _look_at(self, key: Any, number: int, elements: list[Any]) -> None:
        """Look at each element of a list that was read: who appended it, and whether that was to be seen."""
        writers = self.writers.get(key, {})
        who = f"{{T{number}}} read key {shown(key)}"
        if len(set(elements)) < len(elements):
            twice = [element for element, count in Counter(elements).items() if count > 1]
            line = f"{who} as {shown(elements)}: {shown(twice[0])} stands there more than once"
            self.anomalies.append(Anomaly("duplicate-elements", (number,), (line,)))
        for element in dict.fromkeys(elements):
            writer = writers.get(element)
            if writer is None:
                line = f"{who} as {shown(elements)}, and nobody appended {shown(element)}"
                self.anomalies.append(Anomaly("garbage-read", (number,), (line,)))
                continue
            self._seen.add(writer)
            if self.txns[writer].outcome == "fail":
                line = f"{who} with {shown(element)}, which {{T{writer}}} appended, and {{T{writer}}} had failed"
                self.anomalies.append(Anomaly("G1a", (number, writer), (line,)))

    def _link(self, key: Any) -> None:
        """Add the dependencies by one key, and find what was seen of it too early or built on too much."""
        writers, order = self.writers[key], self.orders.get(key, [])
        by_place = [writers.get(element, -1) for element in order]
        committed = [writer if writer >= 0 and self.txns[writer].outcome != "fail" else -1 for writer in by_place]
        inside = set(order)
        unread = [
            number
            for element, number in writers.items()
            if element not in inside and (self.txns[number].outcome == "ok" or number in self._seen)
        ]
        nexts: list[list[int]] = [[] for _ in range(len(order) + 1)]
        nexts[len(order)] = following = list(dict.fromkeys(unread))
        for place in range(len(order) - 1, -1, -1):
            if committed[place] >= 0:
                for after in following:
                    self.graph.link(committed[place], after, Kind.WW)
                following = [committed[place]]
            nexts[place] = following
        self._nexts[key] = nexts
        reads = self._reads.get(key, [])
        if len(nexts[-1]) * len(reads) > MOST_EDGES:
            self.is_whole = False
            nexts[-1] = nexts[-1][:1]
        self._link_reads(key, reads, nexts, committed)
        self._dirty(key, by_place)

    def _link_reads(self, key: Any, reads: list[Read], nexts: list[list[int]], committed: list[int]) -> None:
        has_odd, longest = key in self._odd, self._longest.get(key, [])
        intermediate = self._intermediate.get(key, ())
        link, writers = self.graph.link, self.writers[key]
        for number, elements in reads:
            length = len(elements)
            is_odd = has_odd and longest[:length] != elements
            if length:
                last = simple(elements[-1])
                writer = writers.get(last, -1) if is_odd else committed[length - 1]
                if writer >= 0 and self.txns[writer].outcome != "fail":
                    link(writer, number, Kind.WR)
                    if last in intermediate and writer != number:
                        line = f"{{T{number}}} read key {shown(key)} up to {shown(last)}"
                        self.anomalies.append(
                            Anomaly("G1b", (number, writer), (f"{line}, and {{T{writer}}} went on appending to it",))
                        )
            if not is_odd:
                for after in nexts[length]:
                    link(number, after, Kind.RW)

    def _dirty(self, key: Any, by_place: list[int]) -> None:
        failed = -1
        for writer in by_place:
            if writer < 0:
                continue
            if self.txns[writer].outcome == "fail":
                failed = writer
            elif failed >= 0 and self.txns[writer].outcome == "ok":
                line = f"{{T{writer}}} appended to key {shown(key)} after {{T{failed}}} had, and {{T{failed}}} failed"
                self.anomalies.append(Anomaly("dirty-update", (failed, writer), (line,)))
                failed = -1

    def _updates(self) -> dict[tuple[Any, Any], list[int]]:
        found: dict[tuple[Any, Any], list[int]] = defaultdict(list)
        for txn in self.txns:
            if txn.outcome != "ok" or len(txn.parts) < 2:
                continue
            first: dict[Any, list[Any] | None] = {}
            for f, key, value in txn.parts:
                if f == "r":
                    first.setdefault(key, value or [])
                elif (read := first.get(key)) is not None:
                    found[key, tuple(simple(element) for element in read)].append(txn.number)
                    first[key] = None
                else:
                    first[key] = None
        return found

    def _why(self, edge: Edge) -> Iterator[str]:
        before, after = self.txns[edge.before], self.txns[edge.after]
        if edge.kind is Kind.WR:
            for key, elements in self._reads_of(after):
                if elements and self.writers[key].get(simple(elements[-1])) == before.number:
                    yield f"{{b}} read key {shown(key)} as {shown(elements)}, and {{a}} had appended the last of it"
        elif edge.kind is Kind.RW:
            for key, elements in self._reads_of(before):
                if key in self._nexts and after.number in self._nexts[key][len(elements)]:
                    missed = f"the {shown(self._next(after, key, len(elements)))} that {{b}} appended"
                    yield f"{{a}} read key {shown(key)} as {shown(elements)}, without {missed}"
        else:
            for key, order in self.orders.items():
                for place, element in enumerate(order):
                    is_its = self.writers[key].get(element) == before.number
                    if is_its and after.number in self._nexts[key][place + 1]:
                        what = f"{shown(self._next(after, key, place + 1))} to key {shown(key)}"
                        yield f"{{b}} appended {what} after {{a}} had appended {shown(element)}"

    def _next(self, txn: Txn, key: Any, place: int) -> Any:
        """Return what a transaction appended to a list first after a place, or where that was never read."""
        mine = [value for f, of, value in txn.parts if f == "append" and of == key]
        return next((element for element in self.orders.get(key, [])[place:] if element in mine), mine[-1])

    def _seen_by_others(self, elements: list[Any], own: list[Any]) -> list[Any]:
        """Return the version of a list that a read is of, having appended `own` before."""
        is_own_view = own and not self._keeps_updates and elements[-len(own) :] == own
        return elements[: -len(own)] if is_own_view else elements

    def _reads_of(self, txn: Txn) -> Iterator[tuple[Any, list[Any]]]:
        own: dict[Any, list[Any]] = defaultdict(list)
        for f, key, value in txn.parts:
            if f == "append":
                own[key].append(value)
            else:
                yield key, self._seen_by_others(value or [], own[key])
