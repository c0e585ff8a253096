"""Stores of transactions with the isolation that they are named after, and histories of clients that use them."""

import re
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

from chaosctl.history.importing import _declared
from chaosctl.history.recording import Recording
from chaosctl.history.records import Operation

KEYS, MOST_WRITES, LONGEST = 5, 16, 4


class Serial:
    """Each transaction takes effect at one instant, at the step of its commit."""

    def __init__(self) -> None:
        self.values: dict[Any, Any] = {}

    def begin(self) -> dict[str, Any]:
        """Return a transaction."""
        return {"asked": []}

    def step(self, txn: dict[str, Any], part: list[Any]) -> None:
        """Take a micro-operation; here nothing is done before the commit."""
        txn["asked"].append(part)

    def commit(self, txn: dict[str, Any]) -> list[Any] | None:
        """Return the answer; None where the transaction is aborted."""
        return [self.apply(self.values, *part) for part in txn["asked"]]

    def apply(self, values: dict[Any, Any], f: str, key: Any, value: Any) -> list[Any]:
        """Do a micro-operation on a table of values."""
        if f == "r":
            return [f, key, values.get(key)]
        values[key] = [*(values.get(key) or []), value] if f == "append" else value
        return [f, key, value]


class Snapshot(Serial):
    """Reads a snapshot of the beginning; of two that write one key at once the first to commit wins."""

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.written = 0, defaultdict(int)

    def begin(self) -> dict[str, Any]:
        return {"view": dict(self.values), "begun": self.clock, "done": [], "writes": {}}

    def step(self, txn: dict[str, Any], part: list[Any]) -> None:
        txn["done"].append(self.apply(txn["view"], *part))
        if part[0] != "r":
            txn["writes"][part[1]] = txn["view"][part[1]]

    def commit(self, txn: dict[str, Any]) -> list[Any] | None:
        if any(self.written[key] > txn["begun"] for key in txn["writes"]):
            return None
        if txn["writes"]:
            self.clock += 1
            self.values |= txn["writes"]
            self.written |= dict.fromkeys(txn["writes"], self.clock)
        return txn["done"]


class Committed(Serial):
    """Reads what is committed, each read anew; writes are its own until the commit, and replace or append then."""

    def begin(self) -> dict[str, Any]:
        return {"done": [], "writes": []}

    def step(self, txn: dict[str, Any], part: list[Any]) -> None:
        if part[0] != "r":
            txn["writes"].append(part)
            txn["done"].append(part)
            return
        view = dict(self.values)
        for write in txn["writes"]:
            self.apply(view, *write)
        txn["done"].append(self.apply(view, *part))

    def commit(self, txn: dict[str, Any]) -> list[Any] | None:
        for write in txn["writes"]:
            self.apply(self.values, *write)
        return txn["done"]


class Generator:
    """Micro-operations as Maelstrom generates them: a few keys at a time, each replaced after so many writes."""

    def __init__(self, kind: str, random: Random, keys: int = KEYS, most_writes: int = MOST_WRITES) -> None:
        self.write, self.random, self.most_writes = ("append" if kind == "list-append" else "w"), random, most_writes
        self.keys, self.next_key = list(range(keys)), keys
        self.written: dict[int, int] = defaultdict(int)

    def txn(self) -> list[list[Any]]:
        return [self.part() for _ in range(self.random.randint(1, LONGEST))]

    def part(self) -> list[Any]:
        place = self.random.randrange(len(self.keys))
        key = self.keys[place]
        if self.random.random() < 0.5:
            return ["r", key, None]
        self.written[key] += 1
        if self.written[key] >= self.most_writes:
            self.keys[place], self.next_key = self.next_key, self.next_key + 1
        return [self.write, key, self.written[key]]


class _Rows:
    def __init__(self) -> None:
        self.rows: list[Operation] = []

    def add(self, process: int, kind: str, value: Any) -> None:
        index = len(self.rows)
        self.rows.append(
            Operation(index=index, time=index * 1_000_000, process=process, type=kind, f="txn", value=value)
        )


def history(
    store: Any, kind: str, random: Random, *, count: int, clients: int = 5, unanswered: float = 0.0, keys: int = KEYS
) -> Recording:
    """Return what so many clients saw of a store: steps of their transactions at random, some never answered."""
    generator, rows = Generator(kind, random, keys), _Rows()
    under_way: dict[int, tuple[int, list[list[Any]], list[list[Any]], Any]] = {}
    processes = list(range(clients))
    begun = 0
    while begun < count or under_way:
        client = random.randrange(clients)
        if client not in under_way:
            if begun < count:
                asked = generator.txn()
                rows.add(processes[client], "invoke", asked)
                under_way[client] = (0, asked, [], store.begin())
                begun += 1
            continue
        place, asked, _done, txn = under_way[client]
        if place < len(asked):
            store.step(txn, asked[place])
            under_way[client] = (place + 1, asked, [], txn)
            continue
        del under_way[client]
        is_lost = random.random() < unanswered
        answer = store.commit(txn) if not is_lost or random.random() < 0.5 else None
        if is_lost:
            rows.add(processes[client], "info", asked)
            processes[client] += clients
        else:
            rows.add(processes[client], "fail" if answer is None else "ok", asked if answer is None else answer)
    return Recording(_declared(Path("history"), rows.rows), rows.rows)


PART = re.compile(
    r"\+(?P<list>[a-z])(?P<element>\d+)|(?P<read>[a-z])\[(?P<elements>[\d,]*)\]"
    r"|(?P<set>[a-z]):=(?P<value>\d+)|(?P<got>[a-z])=(?P<answer>\w+)"
)


def told(story: str) -> Recording:
    """Return a history from a story: rows one after another, parted by ";", and what is concurrent by "|".

    A process with a star is done with the next row only.
    """
    rows = _Rows()
    late: list[tuple[int, str, Any]] = []
    for row in story.split(";"):
        ended, late = late, []
        for each in row.split("|"):
            head, _, text = each.partition(":")
            process, _, outcome = head.strip().partition(" ")
            parts = [_part(found) for found in PART.finditer(text)]
            asked = [[f, key, None if f == "r" else value] for f, key, value in parts]
            number = int(process.removesuffix("*"))
            rows.add(number, "invoke", asked)
            (late if process.endswith("*") else ended).append((number, outcome or "ok", asked if outcome else parts))
        for done in ended:
            rows.add(*done)
    return Recording(_declared(Path("story"), rows.rows), rows.rows)


def _part(found: re.Match[str]) -> list[Any]:
    if found["list"]:
        return ["append", found["list"], int(found["element"])]
    if found["read"]:
        return ["r", found["read"], [int(each) for each in found["elements"].split(",") if each]]
    if found["set"]:
        return ["w", found["set"], int(found["value"])]
    return ["r", found["got"], None if found["answer"] == "null" else int(found["answer"])]
