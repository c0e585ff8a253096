"""Isolation levels: planted anomalies are convicted by their names, and what a store of a level does passes it."""

from itertools import permutations
from random import Random
from typing import Any

import pytest

from chaosctl.checkers.check import Judgement
from chaosctl.checkers.isolation.anomalies import LEVELS, MEANINGS, SUFFIXES
from chaosctl.checkers.verdict import judge_check
from chaosctl.history.recording import Recording
from tests.checkers.planted import PLANTED
from tests.checkers.txn_stores import Committed, Serial, Snapshot, history, told

READ_COMMITTED = ["read-uncommitted", "read-committed", "strong-session-read-uncommitted"]
SNAPSHOT = [*READ_COMMITTED, "strong-session-read-committed", "snapshot-isolation"]
SNAPSHOT += ["strong-session-snapshot-isolation", "strong-snapshot-isolation"]


def judged(story: str, level: str) -> Judgement:
    return judge_check(level, told(story))


WEAKER = {
    "read-committed": ("read-uncommitted",),
    "repeatable-read": ("read-committed",),
    "snapshot-isolation": ("read-committed",),
    "serializable": ("repeatable-read", "snapshot-isolation"),
    "strong-session-read-uncommitted": ("read-uncommitted",),
    "strong-session-read-committed": ("strong-session-read-uncommitted", "read-committed"),
    "strong-session-snapshot-isolation": ("strong-session-read-committed", "snapshot-isolation"),
    "strong-session-serializable": ("strong-session-snapshot-isolation", "serializable"),
    "strong-snapshot-isolation": ("strong-session-snapshot-isolation",),
    "strict-serializable": ("strong-session-serializable", "strong-snapshot-isolation"),
}
"""Levels, and those just below: what is wrong for one of them is wrong for whatever implies it."""


@pytest.mark.parametrize(("anomaly", "weakest", "story"), PLANTED)
def test_a_planted_anomaly_is_convicted_by_its_name_from_the_level_on_that_forbids_it(
    anomaly: str, weakest: str, story: str
) -> None:
    found = judged(story, weakest)
    assert (found.valid, anomaly in found.counts) == ("fail", True), found
    assert anomaly in found.why
    assert judged(story, "strict-serializable").valid == "fail"
    weaker = {
        "read-committed": "read-uncommitted",
        "snapshot-isolation": "read-committed",
        "serializable": "snapshot-isolation",
        "strong-session-read-uncommitted": "read-uncommitted",
        "strong-session-read-committed": "read-committed",
        "strong-session-serializable": "serializable",
        "strict-serializable": "strong-session-serializable",
    }
    if weakest in weaker:
        assert judged(story, weaker[weakest]).valid != "fail"


def test_every_anomaly_is_planted_in_lists_and_in_registers_where_they_can_tell_it() -> None:
    kinds = [each for each in MEANINGS if each[:2] in {"G0", "G-", "G2"} and each != "G-SI"] + ["G1c"]
    all_there_are = {*MEANINGS, *(kind + suffix for kind in kinds for suffix in SUFFIXES.values())}
    in_lists = {anomaly for anomaly, _weakest, story in PLANTED if "=" not in story}
    in_registers = {anomaly for anomaly, _weakest, story in PLANTED if "=" in story}
    assert in_lists == all_there_are
    assert in_registers == all_there_are - {"dirty-update", "incompatible-order", "duplicate-elements"}


@pytest.mark.parametrize(("anomaly", "weakest", "story"), PLANTED)
def test_what_a_level_convicts_every_stronger_one_convicts_too(anomaly: str, weakest: str, story: str) -> None:
    failed = {level for level in LEVELS if judged(story, level).valid == "fail"}
    assert weakest in failed, anomaly
    assert all(level in failed for level in LEVELS if failed.intersection(WEAKER.get(level, ())))


@pytest.mark.parametrize("anomaly", ["G2-item", "G-single", "lost-update"])
def test_repeatable_read_forbids_what_goes_wrong_between_keys_that_are_read(anomaly: str) -> None:
    stories = {
        "G2-item": "0: x[] +y1 | 1: y[] +x1; 2: x[1] y[1]",
        "G-single": "0: +x1 +y1 | 1: x[1] y[]; 2: x[1] y[1]",
        "lost-update": "0: x[] +x1 | 1: x[] +x2",
    }
    assert judged(stories[anomaly], "repeatable-read").valid == "fail"


@pytest.mark.parametrize("story", ["0 info: +x1; 1: x[1]", "0 info: +x1; 1: x[]", "0 info: x:=1; 1: x=1"])
def test_a_transaction_without_an_answer_may_have_happened_or_not(story: str) -> None:
    assert judged(f"{story}; 2: +z1; 3: z[1]" if "[" in story else story, "strict-serializable").valid == "pass"


def test_registers_are_convicted_too_where_it_is_only_who_wrote_between_that_can_not_be():
    story = "0: x:=1 y:=1 | 1: x:=2 y:=2 | 2: x=1 z:=1 | 3: z=1 y=2 | 4: x=2 w:=1 | 5: w=1 y=1"
    found = judged(story, "serializable")
    assert found.valid == "fail"
    assert any("before operation" in each.text or "after that was written" in each.text for each in found.evidence)


def test_a_transaction_without_an_answer_happened_once_anybody_saw_it() -> None:
    assert judged("0 info: +x1 +y1; 1: x[1] y[]", "serializable").counts == {"G-single": 1}


@pytest.mark.parametrize(
    "story", ["0: +x1; 1: +y1", "0: x[]; 1: y[] +z1", "0: x:=1; 1: x:=2", "0: x:=1; 1: y=null y:=1", "0 fail: +x1"]
)
def test_nothing_is_proven_where_no_transaction_had_to_do_with_another(story: str) -> None:
    assert judged(story, "strict-serializable").valid == "unknown"


@pytest.mark.parametrize("story", ["0: +x1; 1: +x1", "0: x:=1; 1: x:=1", "0: +x1 y:=1", "0: x=1; 1: +x2"])
def test_a_history_that_can_not_be_judged_is_unknown(story: str) -> None:
    assert judged(story, "serializable").valid == "unknown"


@pytest.mark.parametrize("kind", ["list-append", "rw-register"])
@pytest.mark.parametrize("seed", range(6))
def test_a_serial_store_has_no_anomaly(kind: str, seed: int) -> None:
    recording = history(Serial(), kind, Random(seed), count=300, unanswered=0.1)
    for level in LEVELS:
        assert judge_check(level, recording).valid == "pass"


@pytest.mark.parametrize("kind", ["list-append", "rw-register"])
@pytest.mark.parametrize(("store", "levels"), [(Snapshot, SNAPSHOT), (Committed, READ_COMMITTED)])
@pytest.mark.parametrize("seed", range(6))
def test_a_store_passes_the_levels_that_it_keeps_and_fails_serializable(
    kind: str, store: Any, levels: list[str], seed: int
) -> None:
    recording = history(store(), kind, Random(seed), count=400, unanswered=0.05, keys=3)
    for level in levels:
        judgement = judge_check(level, recording)
        assert judgement.valid == "pass", judgement
    if kind == "list-append" or store is Committed:
        assert judge_check("serializable", recording).valid == "fail"


def test_the_example_of_elles_paper_is_read_skew() -> None:
    story = "0: +x1 +x3 +x4 +y2 +y3 +y4 +y5 +z1 +z2; 1: +y8 x[1,3,4]; 2: +z4 y[2,3,4,5,8] z[1,2,4] x[1,3,4]"
    found = judged(f"{story}; 3: +w10 x[1,3,4] y[2,3,4,5] +z3", "serializable")
    assert found.counts == {"G-single": 1}
    assert found.cycle is not None
    assert sorted(step.kind for step in found.cycle.steps) == ["rw", "wr", "ww"]


def test_cycles_in_which_two_missed_writes_are_neighbours_are_snapshot_isolation() -> None:
    story = "0: +x2 | 1: +y1 x[] | 2: z[] y[] +x5 | 3: +z2 x[2]"
    assert judged(story, "snapshot-isolation").valid == "pass"
    assert judged(story, "serializable").counts == {"G2-item": 1}


def test_a_cycle_is_told_by_its_shortest_form() -> None:
    ring = "; ".join(f"0: +r{number}" for number in range(1, 9))
    story = f"{ring}; 1: +a1; 2: r[1,2,3,4,5,6,7,8] a[]; 3: a[1]"
    cycle = judged(story, "strict-serializable").cycle
    assert cycle is not None
    assert len(cycle.steps) == 2


@pytest.mark.parametrize("kind", ["list-append", "rw-register"])
@pytest.mark.parametrize("is_strict", [False, True])
def test_small_histories_are_convicted_exactly_where_no_order_explains_them(kind: str, is_strict: bool) -> None:
    level = "strict-serializable" if is_strict else "serializable"
    random = Random(f"{kind} {is_strict}")
    seen = {"pass": 0, "fail": 0}
    for number in range(400):
        store = (Serial, Snapshot, Committed)[number % 3]()
        recording = history(store, kind, random, count=5, clients=3, unanswered=0.1, keys=2)
        _spoil(recording, random)
        verdict = judge_check(level, recording).valid
        has_order = _has_order(recording, is_strict=is_strict)
        if verdict == "fail":
            assert not has_order, recording.operations
        elif verdict == "pass":
            assert has_order, recording.operations
        seen[verdict] = seen.get(verdict, 0) + 1
    assert min(seen["pass"], seen["fail"]) > 40


@pytest.mark.parametrize("kind", ["list-append", "rw-register"])
@pytest.mark.parametrize("level", [each for each in SNAPSHOT if "snapshot" in each])
def test_small_histories_are_convicted_where_no_snapshots_explain_them(kind: str, level: str) -> None:
    random = Random(f"{kind} {level}")
    seen = {"pass": 0, "fail": 0}
    for number in range(150):
        store = (Snapshot, Committed, Serial)[number % 3]()
        recording = history(store, kind, random, count=5, clients=3, unanswered=0.1, keys=2)
        _spoil(recording, random)
        verdict = judge_check(level, recording).valid
        has_snapshots = _has_snapshots(recording, level)
        assert verdict != "fail" or not has_snapshots, recording.operations
        assert verdict != "pass" or has_snapshots or kind == "rw-register", recording.operations
        seen[verdict] = seen.get(verdict, 0) + 1
    assert min(seen["pass"], seen["fail"]) > 15


def _spoil(recording: Recording, random: Random) -> None:
    """Make one read of a history stale, now and then: the answer that it could have had earlier."""
    reads = [
        (row, place)
        for row in recording.operations
        if row.type == "ok"
        for place, part in enumerate(row.value)
        if part[0] == "r" and part[2]
    ]
    if reads and random.random() < 0.5:
        row, place = random.choice(reads)
        f, key, value = row.value[place]
        row.value = [*row.value]
        row.value[place] = [f, key, value[:-1] if isinstance(value, list) else None]


def _committed(recording: Recording) -> list[list[Any]]:
    """Return what may have been committed, each choice as (begun, ended, process, row) of its transactions."""
    begun: dict[int, int] = {}
    needed, optional = [], []
    for row in recording.operations:
        if row.type == "invoke":
            begun[row.process] = row.index
        elif row.type == "ok":
            needed.append((begun[row.process], row.index, row.process, row))
        elif row.type == "info":
            optional.append((begun[row.process], 1 << 60, row.process, row))
    return [
        needed + [one for place, one in enumerate(optional) if chosen >> place & 1]
        for chosen in range(1 << len(optional))
    ]


def _has_order(recording: Recording, *, is_strict: bool) -> bool:
    """Try all orders of all transactions that were ok, with any of those that may have happened."""
    return any(
        _explains(order)
        for some in _committed(recording)
        for order in permutations(some)
        if not is_strict or all(later[1] > earlier[0] for at, earlier in enumerate(order) for later in order[at + 1 :])
    )


def _has_snapshots(recording: Recording, level: str) -> bool:
    """Try all orders of commits, and for each transaction all snapshots before its own."""
    return any(
        all(_has_snapshot(order, place, level) for place in range(len(order)))
        for some in _committed(recording)
        for order in permutations(some)
    )


def _has_snapshot(order: Any, place: int, level: str) -> bool:
    begun, _ended, process, row = order[place]
    written = {key for f, key, _value in row.value if f != "r"}
    for snapshot in range(place, -1, -1):
        missed = order[snapshot:]
        if any(written & {key for f, key, _value in each[3].value if f != "r"} for each in order[snapshot:place]):
            return False
        must_see = [each for each in missed if each[1] < begun and (each[2] == process or "session" not in level)]
        if (level == "snapshot-isolation" or not must_see) and _explains((*order[:snapshot], order[place]), last=True):
            return True
    return False


def _explains(order: Any, *, last: bool = False) -> bool:
    """Return whether transactions one after another explain what all of them read; or the `last` alone."""
    values: dict[Any, Any] = {}
    store = Serial()
    for place, (_begun, _ended, _process, row) in enumerate(order):
        for f, key, value in row.value:
            is_told = f == "r" and row.type == "ok" and (not last or place == len(order) - 1)
            if is_told and (values.get(key) or None) != (value or None):
                return False
            if f != "r":
                store.apply(values, f, key, value)
    return True


ODD = [None, True, 1.5, "{0}", "{T1}", -1, [1, 2], {"a": [1]}, [], [[None]], "r", 1 << 70]


def test_nothing_that_a_node_may_answer_breaks_a_check() -> None:
    random = Random(1)
    for number in range(300):
        recording = history(Committed(), ("list-append", "rw-register")[number % 2], random, count=8, clients=3, keys=2)
        for row in recording.operations:
            row.value = [[f, ODD[key % len(ODD)] if number % 3 else key, value] for f, key, value in row.value]
            if random.random() < 0.1:
                place = random.randrange(len(row.value))
                row.value[place] = random.choice([random.choice(ODD), [random.choice(ODD) for _ in range(3)]])
        for level in ("read-committed", "strict-serializable"):
            assert "broke" not in judge_check(level, recording).why
