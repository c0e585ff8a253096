"""What reads of a key-value store saw, and what had been written by then: the facts under every figure of staleness.

From the clients' rows alone, so that it means the same for every store. A write has overwritten another where it began
after that had ended, in the order of the history's rows (`index`: two of one instant have an order too). Of concurrent
writes none is older, and an unanswered one is never known to have ended. So a read is called stale only where no order
of the writes excuses it.
"""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass

from chaosctl.history.lineage import encoded, is_pair, pairs_of, values_of
from chaosctl.history.recording import Recording
from chaosctl.history.records import Operation

NEVER = 2**62
"""The end of a write that nobody answered, as a place in the history and as a time."""


@dataclass(frozen=True, slots=True)
class Written:
    """A write of one key: where in the history it began and was acknowledged (NEVER: it was not), and when that was."""

    value: bytes
    begun: int
    acked: int
    begun_ns: int
    acked_ns: int
    process: int


@dataclass(frozen=True, slots=True)
class SeenRead:
    """A read that was ok: what it showed (several where they are siblings, none: the key as it began).

    `behind` counts the acknowledged writes by which all that it showed had been overwritten when it began, the first
    of them `overwritten_ns`. `since_ack_ns` is the time since the last acknowledged write (None: there was none), and
    `is_fresh` whether it showed that or nothing older.
    """

    key: bytes
    process: int
    node: str
    begun: int
    begun_ns: int
    shown: tuple[Written, ...]
    behind: int
    overwritten_ns: int
    since_ack_ns: int | None
    is_fresh: bool


def reads_of(recording: Recording) -> list[SeenRead]:
    """Return the load's reads in order of invocation; those of a value that nobody wrote say nothing of age."""
    writes = writes_of(recording)
    if not writes:
        return []  # What is read is no register: a set, a counter.
    values = {key: {write.value: write for write in of} for key, of in writes.items()}
    acked = {key: sorted([w for w in of if w.acked < NEVER], key=_acked) for key, of in writes.items()}
    found = []
    for invoked, completed in pairs_of(recording, "read"):
        if completed is None or completed.type != "ok" or invoked.final or not is_pair(completed.value):
            continue
        key = encoded(completed.value[0])
        shown = [values.get(key, {}).get(value) for value in values_of(completed.value[1])]
        if None not in shown:
            found.append(_seen(key, invoked, [write for write in shown if write is not None], acked.get(key, [])))
    return found


def writes_of(recording: Recording) -> dict[bytes, list[Written]]:
    """Return every write of each key that may have happened."""
    writes: dict[bytes, list[Written]] = defaultdict(list)
    for invoked, completed in pairs_of(recording, "write"):
        if is_pair(invoked.value) and (completed is None or completed.type != "fail"):
            key, value = (encoded(part) for part in invoked.value)
            acked, acked_ns = NEVER, NEVER
            if completed is not None and completed.type == "ok":
                acked, acked_ns = completed.index, completed.time
            writes[key].append(Written(value, invoked.index, acked, invoked.time, acked_ns, invoked.process))
    return writes


def _seen(key: bytes, invoked: Operation, shown: list[Written], acked: list[Written]) -> SeenRead:
    """Return what a read saw; `acked` are the acknowledged writes of its key in order of acknowledgement."""
    shown_until = max((write.acked for write in shown), default=-1)
    ended = bisect_left(acked, invoked.index, key=_acked)
    behind, overwritten_ns = 0, 0
    for place in range(ended - 1, -1, -1):
        if acked[place].acked <= shown_until:
            break
        if acked[place].begun > shown_until:
            behind, overwritten_ns = behind + 1, acked[place].acked_ns
    last = acked[ended - 1] if ended else None
    return SeenRead(
        key=key,
        process=invoked.process,
        node=invoked.node,
        begun=invoked.index,
        begun_ns=invoked.time,
        shown=tuple(shown),
        behind=behind,
        overwritten_ns=overwritten_ns,
        since_ack_ns=invoked.time - last.acked_ns if last else None,
        is_fresh=last is None or shown_until >= last.begun,
    )


def _acked(write: Written) -> int:
    return write.acked
