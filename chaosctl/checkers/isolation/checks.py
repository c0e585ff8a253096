"""The isolation levels as checks: each forbids some anomalies, and says which of them a history has."""

from typing import ClassVar

from chaosctl.checkers.check import Evidence, Judgement, Verdict, passed, unknown
from chaosctl.checkers.isolation.anomalies import LEVELS, Anomaly, Level
from chaosctl.checkers.isolation.cycles import cycles_of
from chaosctl.checkers.isolation.graph import Kind
from chaosctl.checkers.isolation.inference import Inference, link_conflicts, step_text
from chaosctl.checkers.isolation.list_append import ListAppend
from chaosctl.checkers.isolation.rw_register import RwRegister
from chaosctl.checkers.isolation.txns import NoTransactions, Txn, kind_of, parts_text, txns_of
from chaosctl.checkers.objects import who
from chaosctl.history.findings import Cycle, CycleStep
from chaosctl.history.recording import Recording

MOST_TOLD = 5
"""So many kinds of anomalies are told with their transactions; all are counted."""

MOST_TXNS = 12
"""So many transactions of one anomaly are named."""


class Isolation:
    """What all levels have in common: they are judged by transactions that append to lists or write registers."""

    needs: ClassVar[tuple[str, ...]] = ("f:txn", "complete")
    level: ClassVar[str]

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict; unknown where nothing was read that another transaction had anything to do with."""
        try:
            return self._judge(recording)
        except NoTransactions as why:
            return unknown(str(why))

    def _judge(self, recording: Recording) -> Judgement:
        level = LEVELS[self.level]
        txns = txns_of(recording)
        inference = infer(txns, level)
        if "G-SI" in level.forbids:
            link_conflicts(inference.graph)
        anomalies = [each for each in inference.anomalies if each.name in level.forbids]
        anomalies += cycles_of(inference.graph, level)
        if anomalies:
            return _convict(inference, anomalies)
        oks = sum(txn.outcome == "ok" for txn in txns)
        edges = sum(map(len, inference.graph.out))
        if not edges or not inference.reads:
            return unknown("no transaction read or wrote what another one had to do with: nothing could be refuted")
        if not inference.is_whole:
            return unknown("too many transactions overwrote what too many had read of one key: use more keys")
        return passed(f"no anomaly that {self.level} forbids", transactions=oks, dependencies=edges)


class ReadUncommitted(Isolation):
    """No write cycle (G0): transactions' writes to several keys take effect in one order (PL-1).

    Nor is anything read that nobody wrote.
    Transactions are lists of ["r", key, value] and ["append", key, element], or of ["r", ...] and ["w", key, value],
    with every element or value written to a key but once. One without an answer counts where something of it was seen.
    A register tells less of the order of its versions than a list: only that null is first, and that what a
    transaction read comes before what it then wrote; with an order of time, what that says.
    """

    level = "read-uncommitted"


class ReadCommitted(Isolation):
    """Nobody sees what failed (G1a) or was not yet final (G1b), and information runs in no circle (G1c): PL-2."""

    level = "read-committed"


class RepeatableRead(Isolation):
    """Read committed, and no cycle of reads and writes of keys whatever (G-single, G2-item, lost update): PL-2.99."""

    level = "repeatable-read"


class SnapshotIsolation(Isolation):
    """Every transaction reads one snapshot, and of two that write one key at once one fails.

    Write skew (G2-item) is allowed; read skew (G-single), lost update and G-nonadjacent are not, nor that a transaction
    misses what it did itself (internal).
    """

    level = "snapshot-isolation"


class Serializable(Isolation):
    """Some order of all transactions, one after another, explains all that was read: PL-3.

    Of up to 5,000 transactions on registers more is inferred: nobody wrote between a write and who read it.
    """

    level = "serializable"


class StrongSessionReadUncommitted(Isolation):
    """Read uncommitted, and the writes of each session are in its order (G0-process)."""

    level = "strong-session-read-uncommitted"


class StrongSessionReadCommitted(Isolation):
    """Read committed, with the order of each session (G1c-process)."""

    level = "strong-session-read-committed"


class StrongSessionSnapshotIsolation(Isolation):
    """Snapshot isolation in which a session sees what it did, and what it saw before (G-single-process)."""

    level = "strong-session-snapshot-isolation"


class StrongSessionSerializable(Isolation):
    """Serializable, in an order that keeps that of each session (G2-item-process)."""

    level = "strong-session-serializable"


class StrongSnapshotIsolation(Isolation):
    """Snapshot isolation in which everybody sees what had ended before (G-single-realtime)."""

    level = "strong-snapshot-isolation"


class StrictSerializable(Isolation):
    """Serializable, in an order in which what ended before another began comes first (G2-item-realtime): PL-SS."""

    level = "strict-serializable"


def infer(txns: list[Txn], level: Level) -> Inference:
    """Return what can be said of the order of transactions; raises NoTransactions where nothing can."""
    if kind_of(txns) == "list-append":
        return ListAppend(txns, keeps_updates="lost-update" in level.forbids)
    is_serial = "G2-item" in level.forbids
    return RwRegister(txns, level.order, writes_only="G-single" not in level.forbids, is_serial=is_serial)


def _convict(inference: Inference, anomalies: list[Anomaly]) -> Judgement:
    """Return the conviction: of each kind the one with the fewest transactions in words, and the worst cycle drawn."""
    by_name: dict[str, list[Anomaly]] = {}
    for anomaly in anomalies:
        by_name.setdefault(anomaly.name, []).append(anomaly)
    told = [min(of, key=lambda each: (len(each.txns), each.txns)) for of in by_name.values()]
    told.sort(key=lambda each: each.severity)
    evidence = [line for anomaly in told[:MOST_TOLD] for line in _told(inference, anomaly)]
    others = ", ".join(anomaly.name for anomaly in told[1:])
    why = f"{told[0].name}: {told[0].meaning}" + (f"; and {others}" if others else "")
    counts = {name: len(of) for name, of in by_name.items()}
    drawn = next((anomaly for anomaly in told if anomaly.edges), None)
    cycle = None if drawn is None else _cycle(inference, drawn)
    return Judgement(Verdict.FAIL, why, evidence, counts, cycle=cycle)


def _told(inference: Inference, anomaly: Anomaly) -> list[Evidence]:
    """Return an anomaly in words: what it is, its transactions, and why each came before the next."""
    names = _names(anomaly)
    calls = {number: inference.txns[number].call for number in dict.fromkeys(anomaly.txns)}
    lines = [Evidence(f"{anomaly.name}: {anomaly.meaning}")]
    for number, call in list(calls.items())[:MOST_TXNS]:
        answered = "" if call.outcome == "ok" else " (no answer)" if call.outcome == "info" else " (failed)"
        text = f"{names[f'T{number}']} is {who(call)}: {parts_text(call.last.value)}{answered}"
        lines.append(Evidence(text, operations=(call.invoked.index,), time_ns=call.invoked.time))
    lines += [Evidence(line.format_map(names)) for line in anomaly.lines]
    for edge in anomaly.edges[:MOST_TXNS]:
        a, b = names[f"T{edge.before}"], names[f"T{edge.after}"]
        lines.append(Evidence(f"{a} < {b} ({edge_word(edge.kind)}): {step_text(inference, edge).format(a=a, b=b)}"))
    return lines


def _cycle(inference: Inference, anomaly: Anomaly) -> Cycle:
    names = _names(anomaly)
    steps = []
    for edge in anomaly.edges:
        a, b = names[f"T{edge.before}"], names[f"T{edge.after}"]
        operations = [inference.txns[number].call.invoked.index for number in (edge.before, edge.after)]
        why = step_text(inference, edge).format(a=a, b=b)
        steps.append(CycleStep(before=operations[0], after=operations[1], kind=edge_word(edge.kind), why=why))
    return Cycle(name=anomaly.name, meaning=anomaly.meaning, steps=steps)


def _names(anomaly: Anomaly) -> dict[str, str]:
    return {f"T{number}": f"T{place}" for place, number in enumerate(dict.fromkeys(anomaly.txns), 1)}


def edge_word(kind: Kind) -> str:
    """Return the field's word for a kind of edge."""
    return {Kind.ORDER: "time", Kind.CONFLICT: "rw"}.get(kind, kind.name[:2].lower())
