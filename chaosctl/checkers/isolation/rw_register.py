"""Dependencies of transactions that write registers: what was read tells who wrote it, and less of what came before.

K. Kingsbury, P. Alvaro, "Elle" (VLDB 2020), section 5; E. Adya's version order is inferred in part. Null comes before
all that was written; what a transaction read comes before what it then wrote to that key. Where a level keeps the order
of sessions or of real time, so does every key, and what was touched first holds the earlier version: edges that come
of that count only in cycles with that order. A version order that contradicts itself is left out at one place, where
the transactions in question make a cycle then.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chaosctl.checkers.facts import value_text
from chaosctl.checkers.isolation.anomalies import Anomaly, Edge
from chaosctl.checkers.isolation.graph import Graph, Kind, Order
from chaosctl.checkers.isolation.inference import MOST_EDGES, lost_updates, shown
from chaosctl.checkers.isolation.saturation import MOST_TXNS, OF_ORDER, Reason, saturate
from chaosctl.checkers.isolation.txns import NEVER, NoTransactions, Txn, simple

WHY_LATER = {
    Order.NONE: "",
    Order.PROCESS: ", later in the order in which a session came by the two",
    Order.REALTIME: ", later in the order in which the two were come by in time",
}

ABSENT = object()


@dataclass(slots=True)
class _Register:
    """What is known of a key: who wrote and read each version, and by what each version comes after which others."""

    writers: dict[Any, int] = field(default_factory=dict)
    intermediate: set[Any] = field(default_factory=set)
    readers: dict[Any, list[int]] = field(default_factory=lambda: defaultdict(list))
    touches: list[tuple[int, Any, Any]] = field(default_factory=list)
    """Who came by it, the version read (ABSENT: none) and the last one written."""
    before: dict[Any, dict[Any, Order]] = field(default_factory=lambda: defaultdict(dict))
    """Of a version those that are known to come before it, and by what."""


class RwRegister:
    """What a history of reads and writes tells (see Inference).

    `order` is the order of time that keys keep; with `writes_only` it is that of what was written alone. `is_serial`:
    all is to fit one order of transactions, so that more follows.
    """

    def __init__(self, txns: list[Txn], order: Order, *, writes_only: bool, is_serial: bool) -> None:
        self.txns = txns
        self.graph = Graph(txns)
        self.anomalies: list[Anomaly] = []
        self.is_whole, self.reads = True, 0
        self._keys: dict[Any, _Register] = defaultdict(_Register)
        self._updates: dict[tuple[Any, Any], list[int]] = defaultdict(list)
        for txn in txns:
            self._take(txn)
        self._seen = {
            register.writers[value]
            for register in self._keys.values()
            for value in register.readers
            if value in register.writers
        }
        for key, register in self._keys.items():
            self._look_at(key, register)
            if order >= Order.PROCESS:
                self._by_session(register, writes_only=writes_only)
            if order is Order.REALTIME:
                self._by_time(register, writes_only=writes_only)
            _without_cycles(register.before)
            self._link(register)
        self.anomalies += lost_updates(self._updates)
        self._derived: dict[tuple[int, int, Kind], Reason] = {}
        if is_serial and len(txns) <= MOST_TXNS:
            keys = [(key, *self._final(register)) for key, register in self._keys.items()]
            for each in Order:
                self._derived |= saturate(self.graph, keys, each) if each <= order else {}

    def why(self, edge: Edge) -> str:
        """Return why a dependency is there."""
        return next(self._why(edge))

    def _take(self, txn: Txn) -> None:
        """Sort a transaction's micro-operations by key, and look whether they agree with each other."""
        number = txn.number
        known: dict[Any, Any] = {}
        read: dict[Any, Any] = {}
        written: dict[Any, Any] = {}
        for f, key, told in txn.parts:
            register = self._keys[key]
            if f == "w":
                if told is None or told in register.writers:
                    what = "null, which is what a register begins with," if told is None else value_text(told)
                    raise NoTransactions(f"{what} is written to key {value_text(key)}: each value must be its own")
                register.writers[told] = number
                if key in written:
                    register.intermediate.add(written[key])
                known[key] = written[key] = told
                continue
            value = simple(told)
            if key in known and known[key] != value:
                line = f"{{T{number}}} read key {shown(key)} as {shown(value)}, after {shown(known[key])}"
                self.anomalies.append(Anomaly("internal", (number,), (line,)))
            if key not in written and key not in read:
                read[key] = value
            if key not in known or known[key] != value:
                register.readers[value].append(number)
                self.reads += 1
            known[key] = value
        if txn.outcome == "fail":
            return
        for key in dict.fromkeys([*read, *written]):
            register = self._keys[key]
            register.touches.append((number, read.get(key, ABSENT), written.get(key, ABSENT)))
            if key in read and key in written:
                self._updates[key, read[key]].append(number)
                if read[key] is not None:
                    register.before[written[key]][read[key]] = Order.NONE

    def _is_committed(self, number: int) -> bool:
        outcome = self.txns[number].outcome
        return outcome == "ok" or (outcome == "info" and number in self._seen)

    def _look_at(self, key: Any, register: _Register) -> None:
        """Look at what was read: who wrote it, and whether that was to be seen."""
        for value, readers in register.readers.items():
            if value is None:
                continue
            writer = register.writers.get(value)
            others = [number for number in readers if number != writer]
            number = others[0] if others else readers[0]
            who = f"{{T{number}}} read key {shown(key)} as {shown(value)}"
            if writer is None:
                self.anomalies.append(Anomaly("garbage-read", (number,), (f"{who}, and nobody wrote that",)))
            elif writer in readers:
                line = f"{{T{writer}}} read key {shown(key)} as {shown(value)}, and wrote that only later"
                if self._reads_ahead(writer, key, value):
                    self.anomalies.append(Anomaly("future-read", (writer,), (line,)))
            if writer is None or not others:
                continue
            if self.txns[writer].outcome == "fail":
                line = f"{who}, which {{T{writer}}} wrote, and {{T{writer}}} had failed"
                self.anomalies.append(Anomaly("G1a", (number, writer), (line,)))
            elif value in register.intermediate:
                line = f"{who}, which {{T{writer}}} wrote and went on to overwrite"
                self.anomalies.append(Anomaly("G1b", (number, writer), (line,)))

    def _reads_ahead(self, number: int, key: Any, value: Any) -> bool:
        mine = [(f, simple(of)) for f, named, of in self.txns[number].parts if named == key]
        return ("r", value) in mine[: mine.index(("w", value))]

    def _by_session(self, register: _Register, *, writes_only: bool) -> None:
        """Add what the order of sessions says of a key's versions."""
        last: dict[int, Any] = {}
        for number, read, written in register.touches:
            txn = self.txns[number]
            first, final = _versions(read, written, writes_only=writes_only)
            if first is ABSENT or not self._is_committed(number):
                continue
            _add(register, last.get(txn.process), first, Order.PROCESS)
            if txn.ended < NEVER:
                last[txn.process] = final

    def _by_time(self, register: _Register, *, writes_only: bool) -> None:
        """Add what the order of time says: of what ended, each version that may have been the last one by then."""
        moments = []
        for number, read, written in register.touches:
            first, final = _versions(read, written, writes_only=writes_only)
            if first is not ABSENT and self._is_committed(number):
                txn = self.txns[number]
                moments.append((txn.begun, False, txn.begun, first))
                if txn.ended < NEVER:
                    moments.append((txn.ended, True, txn.begun, final))
        moments.sort(key=lambda moment: moment[:2])
        latest: dict[Any, int] = {}
        for at, is_end, begun, version in moments:
            if not is_end:
                for earlier in latest:
                    _add(register, earlier, version, Order.REALTIME)
                continue
            for earlier in [earlier for earlier, ended in latest.items() if ended < begun]:
                del latest[earlier]
            latest[version] = at

    def _link(self, register: _Register) -> None:
        link, readers = self.graph.link, register.readers
        committed = {value: number for value, number in register.writers.items() if self._is_committed(number)}
        for value, numbers in readers.items():
            writer = committed.get(value)
            if writer is not None:
                for number in numbers:
                    link(writer, number, Kind.WR)
        first = [value for value in committed if not any(each in committed for each in self._plainly(register, value))]
        of_null = readers.get(None, [])
        if len(first) * len(of_null) > MOST_EDGES:
            self.is_whole, first = False, first[:1]
        for value in first:
            if value not in register.intermediate:
                for number in of_null:
                    link(number, committed[value], Kind.RW)
        for value, before in register.before.items():
            after = committed.get(value)
            if after is None:
                continue
            for earlier, order in before.items():
                overwrites, misses = OF_ORDER[order]
                if earlier in committed:
                    link(committed[earlier], after, overwrites)
                for number in readers.get(earlier, ()):
                    link(number, after, misses)

    def _final(self, register: _Register) -> tuple[dict[Any, int], dict[Any, list[int]]]:
        """Return who wrote each version of a key that is to be seen, and who read it."""
        writers = {
            value: number
            for value, number in register.writers.items()
            if value not in register.intermediate and self._is_committed(number)
        }
        return writers, register.readers

    def _plainly(self, register: _Register, value: Any) -> list[Any]:
        """Return the versions that come before one whatever the order of time."""
        return [each for each, order in register.before.get(value, {}).items() if order is Order.NONE]

    def _why(self, edge: Edge) -> Iterator[str]:
        before, after = self.txns[edge.before], self.txns[edge.after]
        if (reason := self._derived.get((edge.before, edge.after, edge.kind))) is not None:
            yield self._why_derived(*reason)
        for key, register in self._keys.items():
            name = shown(key)
            if edge.kind is Kind.WR:
                for value, writer in register.writers.items():
                    if writer == before.number and after.number in register.readers.get(value, ()):
                        yield f"{{b}} read key {name} as {shown(value)}, which {{a}} wrote"
                continue
            for value, writer in register.writers.items():
                if writer != after.number:
                    continue
                if edge.kind is Kind.RW and before.number in register.readers.get(None, ()):
                    yield f"{{a}} read key {name} as null, and {{b}} wrote {shown(value)}"
                for earlier, order in register.before.get(value, {}).items():
                    overwrites, misses = OF_ORDER[order]
                    later = f"{{b}} wrote {shown(value)}{WHY_LATER[order] or ', having read the same'}"
                    if edge.kind is misses and before.number in register.readers.get(earlier, ()):
                        yield f"{{a}} read key {name} as {shown(earlier)}, and {later}"
                    if edge.kind is overwrites and register.writers.get(earlier) == before.number:
                        yield f"{{a}} wrote {shown(earlier)} to key {name}, and {later}"

    def _why_derived(self, key: Any, version: Any, another: Any, reader: int) -> str:
        name = shown(key)
        if reader < 0:
            return f"{{a}} read key {name} as {shown(version)}, and {{b}} wrote {shown(another)} after that was written"
        who = f"operation {self.txns[reader].begun}"
        return f"{{a}} wrote {shown(another)} to key {name} before {who} read the {shown(version)} that {{b}} wrote"


def _versions(read: Any, written: Any, *, writes_only: bool) -> tuple[Any, Any]:
    """Return the first and the last version of a key that a transaction came by."""
    first = written if writes_only or read is ABSENT else read
    return first, read if written is ABSENT else written


def _add(register: _Register, earlier: Any, later: Any, order: Order) -> None:
    """Note that a version comes before another; that null comes first is known, and that it is written never so."""
    if earlier is not None and later is not None and earlier != later:
        register.before[later].setdefault(earlier, order)


def _without_cycles(before: dict[Any, dict[Any, Order]]) -> None:
    """Take out what closes a cycle of versions: the rest of that cycle stays, and the transactions make one with it."""
    done: set[Any] = set()
    for root in list(before):
        if root in done:
            continue
        way = [(root, iter(list(before[root])))]
        on_way = {root}
        while way:
            version, earlier = way[-1]
            for each in earlier:
                if each in on_way:
                    del before[version][each]
                elif each not in done and each in before:
                    way.append((each, iter(list(before[each]))))
                    on_way.add(each)
                    break
            else:
                way.pop()
                on_way.discard(version)
                done.add(version)
