"""Faults of messages: which ones they hurt, and what is counted."""

from typing import Any

import pytest
from fake_run import MS, FakeRun

LOSS = {"kind": "loss"}


def lost(run: FakeRun, *sent: tuple[str, ...]) -> list[bool]:
    return [run.send(*ends).dropped == "loss" for ends in sent]


@pytest.mark.parametrize(
    ("keys", "ends", "is_hurt"),
    [
        ({}, ("n1", "n2"), True),
        ({"target": "n2"}, ("n1", "n2"), True),
        ({"target": "n2"}, ("n2", "c2"), True),
        ({"target": "n2"}, ("n1", "n3"), False),
        ({"target": "n2", "message": "learn"}, ("n1", "n2", "accept"), False),
        ({"from": "n1"}, ("n1", "n3"), True),
        ({"from": "n1"}, ("n3", "n1"), False),
        ({"from": "n1", "to": ["n3", "n4"]}, ("n1", "n4"), True),
        ({"from": "n1", "to": ["n3", "n4"]}, ("n1", "n2"), False),
        ({"to": "acceptor"}, ("n1", "n5"), True),
        ({"to": "acceptor"}, ("n5", "n1"), False),
        ({"from": "c1"}, ("c1", "n1"), True),
        ({"from": "c1"}, ("c2", "n2"), False),
        ({"from": "all", "to": "all"}, ("c1", "n1"), False),
        ({"match": {"from": "acceptor", "message": "accept"}}, ("n4", "n1"), True),
        ({"match": {"from": "acceptor", "message": "accept"}}, ("n1", "n4"), False),
        ({"match": {"to": "c1"}}, ("n1", "c1"), True),
    ],
)
def test_a_fault_hurts_the_messages_it_names_and_no_others(
    keys: dict[str, Any], ends: tuple[str, ...], is_hurt: bool
) -> None:
    assert lost(FakeRun({**LOSS, **keys}), ends) == [is_hurt]


@pytest.mark.parametrize(
    ("match", "hurt"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"nth": 1}, [1]),
        ({"nth": 3}, [3]),
        ({"nth": 2, "count": 2}, [2, 3]),
        ({"count": 2}, [1, 2]),
    ],
)
def test_an_aimed_fault_hurts_the_nth_and_count_from_there_on(match: dict[str, int], hurt: list[int]) -> None:
    run = FakeRun({**LOSS, "match": {"message": "accept", **match}})
    run.send("n1", "n2", "learn")
    assert [number for number in range(1, 6) if lost(run, ("n1", "n2"))[0]] == hurt


def test_an_aimed_fault_counts_each_link_by_itself_where_it_names_roles_at_both_ends() -> None:
    run = FakeRun({**LOSS, "match": {"from": "voter", "to": "acceptor", "nth": 2}})
    assert lost(run, ("n1", "n3"), ("n1", "n4"), ("n1", "n3"), ("n2", "n3"), ("n1", "n3")) == [0, 0, 1, 0, 0]


def test_an_aimed_fault_of_the_leader_follows_who_leads() -> None:
    run = FakeRun({**LOSS, "match": {"from": "leader", "message": "accept"}})
    run.emit("n2", "became_leader")
    assert lost(run, ("n2", "n3"), ("n1", "n3")) == [True, False]
    run.emit("n1", "became_leader")
    assert lost(run, ("n2", "n3"), ("n1", "n3")) == [False, True]


def test_an_aimed_fault_is_healed_when_there_is_nothing_left_for_it_to_hurt() -> None:
    run = FakeRun({**LOSS, "match": {"message": "accept", "count": 2}})
    for second in (1, 2, 3):
        run.at(second).send("n1", "n2")
    assert run.end().history() == [(0, "applied"), (2, "healed")]
    assert run.row("healed").touched == 2


def test_a_fault_that_touched_nothing_says_so() -> None:
    run = FakeRun({**LOSS, "match": {"message": "accept"}}, {"kind": "partition", "groups": [["n1"]], "at": "1s"})
    run.at(2).send("n3", "n4", "learn")
    assert [row.touched for row in run.end().rows if row.phase == "healed"] == [0, 0]


def test_a_delay_holds_messages_until_what_it_waits_for_is_sent() -> None:
    run = FakeRun({"kind": "delay", "match": {"message": "accept", "to": "n2"}, "until": {"message": "learn"}})
    assert run.send("n1", "n2").held
    assert run.send("n1", "n3").deliver_at == (MS,)
    run.at(2).send("n3", "n1", "learn")
    [(letter, fate)] = run.control.released
    assert (letter.dest, fate.deliver_at) == ("n2", (2001 * MS,))
    assert run.row("healed").touched == 1


def test_a_held_message_goes_on_its_way_at_the_end_of_the_load_if_nothing_else_has_freed_it() -> None:
    run = FakeRun({"kind": "delay", "match": {"message": "accept", "nth": 1}, "until": {"event": "decided"}})
    run.send("n1", "n2")
    run.at(5)
    assert run.control.released == []
    run.end()
    assert [fate.deliver_at for _, fate in run.control.released] == [(20_001 * MS,)]


def test_a_delay_is_constant_or_drawn_for_each_message_from_its_range() -> None:
    constant = FakeRun({"kind": "delay", "amount": "50ms"})
    assert {constant.send("n1", "n2").deliver_at for _ in range(5)} == {(51 * MS,)}
    ranged = FakeRun({"kind": "delay", "amount": {"random": ["10ms", "20ms"]}})
    times = {ranged.send("n1", "n2").deliver_at[0] for _ in range(20)}
    assert len(times) == 20
    assert all(11 * MS <= time <= 21 * MS for time in times)


def test_a_duplicate_arrives_twice() -> None:
    assert FakeRun({"kind": "duplicate"}).send("n1", "n2").deliver_at == (MS, MS)


def test_a_narrow_link_makes_a_burst_queue() -> None:
    run = FakeRun({"kind": "bandwidth", "bytes_per_second": 10_000})
    assert [run.send("n1", "n2").deliver_at for _ in range(2)] == [(11 * MS,), (21 * MS,)]


def test_reordering_holds_some_back_for_half_a_window_at_least() -> None:
    run = FakeRun({"kind": "reorder", "probability": 0.5, "window": "20ms"})
    times = [run.send("n1", "n2").deliver_at[0] for _ in range(100)]
    held = [time for time in times if time > MS]
    assert 30 < len(held) < 70
    assert 11 * MS <= min(held) < max(held) <= 21 * MS
