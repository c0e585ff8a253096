"""What copies cost and when they agreed, as the nodes themselves told (`stored`, `replaced`, `discarded`)."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import ClassVar

import msgspec

from chaosctl.history.lineage import encoded, final_values, kept_values
from chaosctl.history.records import Event
from chaosctl.measurements.figure import Value
from chaosctl.measurements.leadership import DEATHS
from chaosctl.measurements.observed import Observed
from chaosctl.measurements.phases import AFTER, ALL, BEFORE, FAULTS
from chaosctl.measurements.register_reads import NEVER

REPAIRS = {"push": "gossip", "newer": "gossip-and-read-repair", "hint": "hints", "hand_back": "hints"}
"""Messages that bring copies together besides the writes themselves, and what their bytes are counted as."""


class LostUpdates:
    """Acknowledged writes that are not in the end, nor replaced by one whose coordinator had seen them.

    Of concurrent writes last-writer-wins keeps one and loses the others; a backup that is promoted loses what it did
    not have. Told by events (`replaced`, `discarded`): stores that emit none have no value here.
    """

    unit: ClassVar[str] = "writes"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the count; samples are acknowledged writes of keys that were read in the end."""
        replaced, discarded = observed.events("replaced"), _with_values(observed.events("discarded"))
        if not replaced and not discarded:
            return []
        final = final_values(observed.recording)
        acked = {
            (key, write.value)
            for key, writes in ((_name(key), writes) for key, writes in observed.register_writes.items())
            for write in writes
            if write.acked < NEVER and key in final
        }
        kept = kept_values(final, replaced)
        gone = {pair for pair in acked if pair not in kept} if replaced else acked & _discarded(discarded, final)
        return [Value(len(gone), len(acked))] if acked else []


class ConvergenceTime:
    """From the heal of the last fault to the first moment at which all copies of every key were equal again.

    The load goes on meanwhile. Where it never came to pass the time is that up to the end, marked `at_least`.
    """

    unit: ClassVar[str] = "s"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ()

    def measure(self, observed: Observed) -> list[Value]:
        """Return the time; none without faults, or where nobody tells what copies hold."""
        healed_ns = observed.phases.faults_end_ns
        stored = [event for event in observed.events("stored") if event.fields.keys() >= {"key", "version"}]
        if healed_ns is None or not stored:
            return []
        copies = _copies_of_a_key(observed, stored[0].role)
        versions: defaultdict[str, dict[str, object]] = defaultdict(dict)
        apart: set[str] = set()
        deaths = [event for name in DEATHS for event in observed.runner_events(name)]
        for event in sorted([*deaths, *stored], key=lambda event: event.time):
            if event.time > healed_ns and not apart:
                return [Value(0.0, 1)]  # They were equal when it healed.
            changed = _apply(versions, event)
            apart = (apart - changed) | {key for key in changed if not _are_equal(versions[key], copies)}
            if event.time >= healed_ns and not apart:
                return [Value((event.time - healed_ns) / 1e9, 1)]
        if not apart:
            return [Value(0.0, 1)]
        return [Value((observed.recording.declared.end_ns - healed_ns) / 1e9, 1, extra={"at_least": True})]


class Hints:
    """Hints that coordinators left for homes that were silent."""

    unit: ClassVar[str] = "hints"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return a count a phase; samples are hints."""
        counts = Counter(phase for kind, phase, _ in _repairs(observed) if kind == "hint")
        return [Value(counts[phase], counts[ALL], phase) for phase in (ALL, BEFORE, FAULTS, AFTER) if counts[phase]]


class RepairBytes:
    """Bytes of the messages that bring copies together besides the writes themselves, by what sent them (`type`)."""

    unit: ClassVar[str] = "bytes"
    better: ClassVar[str] = "lower"
    dimensions: ClassVar[tuple[str, ...]] = ("phase",)

    def measure(self, observed: Observed) -> list[Value]:
        """Return the bytes a phase, in all and by kind; samples are messages."""
        sizes: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for kind, phase, size in _repairs(observed):
            sizes[phase, REPAIRS[kind]].append(size)
            sizes[phase, ""].append(size)
        return [
            Value(sum(each), len(each), phase, extra={"type": kind} if kind else {})
            for (phase, kind), each in sorted(sizes.items())
        ]


def _name(key: bytes) -> str:
    """Return a key as text: a store that keeps all keys as text tells of `2` as of "2"."""
    return str(msgspec.json.decode(key))


def _with_values(events: list[Event]) -> list[Event]:
    """Return the events that tell what was dropped, as pairs of key and value; others only count, or are malformed."""
    return [event for event in events if _are_pairs(event.fields.get("values"))]


def _are_pairs(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in values)


def _discarded(events: list[Event], final: dict[str, set[bytes]]) -> set[tuple[str, bytes]]:
    """Return what a deposed primary had to drop, and is in no final read."""
    dropped = [(str(key), encoded(value)) for event in events for key, value in event.fields["values"]]
    return {(key, value) for key, value in dropped if value not in final.get(key, ())}


def _copies_of_a_key(observed: Observed, role: str) -> int:
    """Return how many copies there are of each key: as many as the option `n` says, or else as hosts of the role."""
    declared = observed.recording.declared
    hosts = declared.placement.get(role) or declared.nodes
    return int(declared.options.get("n") or len(hosts))


def _apply(versions: defaultdict[str, dict[str, object]], event: Event) -> set[str]:
    """Note what a node stored; one that died tells again what it has when it is back. Return the keys it concerns."""
    if event.event in DEATHS:
        return {key for key, copies in versions.items() if copies.pop(event.node, None) is not None}
    key = str(event.fields["key"])
    versions[key][event.node] = event.fields["version"]
    return {key}


def _are_equal(copies: dict[str, object], needed: int) -> bool:
    return len(copies) >= needed and len(set(map(str, copies.values()))) == 1


def _repairs(observed: Observed) -> Iterator[tuple[str, str, int]]:
    """Yield (type, phase, bytes) of every message that repairs, once for its phase and once for the whole."""
    if not observed.events("stored"):
        return
    for row in observed.recording.messages():
        if row.fate == "sent" and row.type in REPAIRS:
            for phase in (ALL, observed.phases.phase(row.time)):
                yield row.type, phase, len(row.body)
