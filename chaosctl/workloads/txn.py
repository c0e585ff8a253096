"""The workloads `txn-list-append` and `txn-rw-register`: transactions of a few micro-operations, Maelstrom's messages.

Every value is written to its key but once, so that a read tells whose write it saw; and a key is replaced by a new one
after so many writes, so that what one key does can be told apart for ever (Elle, VLDB 2020, section 7).
"""

from collections import defaultdict
from random import Random
from typing import Any, ClassVar, Literal

from chaosctl.workloads import workload
from chaosctl.workloads.workload import Invocation, Outcome

PARTS = 3


class TxnOptions(workload.Options, frozen=True):
    """How many `keys` are in use at a time, and after how many writes one is replaced (`writes_a_key`).

    `longest`: a transaction has from 1 to this many micro-operations, of which the share `reads` are reads.
    """

    keys: int = 5
    writes_a_key: int = 16
    longest: int = 4
    reads: float = 0.5
    retry: Literal["no", "elsewhere"] = "no"


class _Txn:
    """What both have in common; `write` is the micro-operation that is none of reading."""

    Options = TxnOptions
    operations: ClassVar[tuple[str, ...]] = ("txn",)
    idempotent: ClassVar[frozenset[str]] = frozenset()
    write: ClassVar[str]

    def __init__(self, options: TxnOptions, nodes: tuple[str, ...], placement: dict[str, tuple[str, ...]]) -> None:
        self.options = options
        self.nodes, self.placement = nodes, placement
        self._keys = list(range(options.keys))
        self._new_key = options.keys
        self._written: dict[int, int] = defaultdict(int)

    def next(self, client: int, random: Random) -> Invocation | None:  # noqa: ARG002 - all clients do the same.
        """Return a transaction of reads and writes of the keys in use."""
        return Invocation("txn", [self._part(random) for _ in range(random.randint(1, self.options.longest))])

    def scripted(self, f: str, value: Any) -> Invocation:
        """Return a transaction of `[["r", KEY], ["append" or "w", KEY, VALUE], ...]`."""
        parts = [self._scripted(part) for part in value] if isinstance(value, list) else []
        if not parts or None in parts:
            raise ValueError(f'a {f} takes [["r", key], ["{self.write}", key, value], ...]')
        return Invocation(f, parts)

    def request(self, invocation: Invocation) -> dict[str, Any]:
        """Return the transaction as a message."""
        return {"type": "txn", "txn": invocation.value}

    def outcome(self, invocation: Invocation, reply: dict[str, Any]) -> Outcome:
        """Return the transaction with what was read; raises ValueError where it is not the one that was asked."""
        answer = reply["txn"]
        if len(answer) != len(invocation.value):
            raise ValueError(f"the answer has {len(answer)} micro-operations, and {len(invocation.value)} were asked")
        for (f, key, value), (f_told, key_told, value_told) in zip(invocation.value, answer, strict=True):
            if (f_told, key_told) != (f, key) or (f != "r" and value_told != value):
                raise ValueError(f"{[f, key, value]} was answered by {[f_told, key_told, value_told]}")
            if f == "r" and self.write == "append" and not isinstance(value_told, list | None):
                raise ValueError(f"key {key} was read as {value_told}, which is neither a list nor null")
        return Outcome("ok", answer)

    def final(self) -> list[Invocation]:
        """Return a transaction that reads the keys in use, through every node."""
        return [
            Invocation("txn", [["r", key, None] for key in self._keys], node=node, final=True) for node in self.nodes
        ]

    def _part(self, random: Random) -> list[Any]:
        place = random.randrange(len(self._keys))
        key = self._keys[place]
        if random.random() < self.options.reads:
            return ["r", key, None]
        self._written[key] += 1
        if self._written[key] == self.options.writes_a_key:
            self._keys[place], self._new_key = self._new_key, self._new_key + 1
        return [self.write, key, self._written[key]]

    def _scripted(self, part: Any) -> list[Any] | None:
        if not isinstance(part, list) or not part:
            return None
        if part[0] == "r" and len(part) == PARTS - 1:
            return [*part, None]
        return part if part[0] == self.write and len(part) == PARTS else None


class TxnListAppend(_Txn):
    """Transactions that read lists and append to them: `["r", key, null]` and `["append", key, element]`.

    A list that nobody appended to reads as null or empty. In the end the keys in use are read through every node.
    """

    write = "append"


class TxnRwRegister(_Txn):
    """Transactions that read registers and write them: `["r", key, null]` and `["w", key, value]`.

    A register that nobody wrote reads as null. Lists tell more: choose `txn-list-append` where there is a choice.
    """

    write = "w"
