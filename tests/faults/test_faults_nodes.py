"""Faults of nodes: crash, pause, clock, disk, operator; how they overlap, and what they count as touched."""

from typing import Any

import pytest
from fake_run import FakeRun

CRASH = {"kind": "crash", "target": "n1"}
PAUSE = {"kind": "pause", "target": "n1"}
CLOCK = {"kind": "clock", "target": "n2"}


def done(run: FakeRun) -> list[str]:
    """Return what was done to nodes, shortly."""
    return [f"{call[0]:g} {call[1]} {call[2]}" for call in run.calls]


def touched(run: FakeRun) -> dict[str, int]:
    return {row.name: row.touched for row in run.rows if row.phase == "healed"}


def test_a_crashed_node_starts_again_after_its_time() -> None:
    run = FakeRun({**CRASH, "at": "1s", "restart_after": "2s"}).end()
    assert run.calls == [(1, "crash", "n1"), (3, "restart", "n1", "keep", 0)]
    assert touched(run) == {"crash": 1}


@pytest.mark.parametrize(("keys", "restarted"), [({"duration": "4s"}, 4), ({}, 20)])
def test_a_crashed_node_without_a_time_starts_again_when_the_fault_or_the_load_ends(
    keys: dict[str, str], restarted: int
) -> None:
    assert FakeRun({**CRASH, **keys}).end().calls[-1][:3] == (restarted, "restart", "n1")


@pytest.mark.parametrize(
    ("keys", "disk"),
    [({"disk": "wipe"}, ("wipe", 0)), ({"disk": "lose-tail", "lost": 3}, ("lose-tail", 3)), ({}, ("keep", 0))],
)
def test_a_crashed_node_starts_over_what_its_disk_has_kept(keys: dict[str, Any], disk: tuple[str, int]) -> None:
    assert FakeRun({**CRASH, **keys}).end().calls[-1][3:] == disk


def test_a_node_that_two_faults_crash_starts_when_the_last_lets_go_with_the_worst_disk() -> None:
    first = {**CRASH, "name": "first", "at": "1s", "duration": "2s", "disk": "wipe"}
    run = FakeRun(first, {**CRASH, "name": "second", "at": "2s", "duration": "3s"}).end()
    assert run.calls == [(1, "crash", "n1"), (5, "restart", "n1", "wipe", 0)]
    assert touched(run) == {"first": 1, "second": 1}


def test_a_crash_within_another_has_touched_nothing() -> None:
    inner = {**CRASH, "name": "inner", "at": "2s", "duration": "1s"}
    run = FakeRun({**CRASH, "name": "outer", "at": "1s", "duration": "5s"}, inner).end()
    assert touched(run) == {"inner": 0, "outer": 1}
    assert done(run) == ["1 crash n1", "6 restart n1"]


def test_a_crash_ends_a_pause_and_the_pauses_end_does_nothing_to_the_new_incarnation() -> None:
    run = FakeRun({**PAUSE, "duration": "9s"}, {**CRASH, "at": "2s", "restart_after": "1s"}).end()
    assert done(run) == ["0 pause n1", "2 crash n1", "3 restart n1"]
    assert touched(run) == {"pause": 1, "crash": 1}


def test_a_pause_of_a_dead_node_touches_nothing() -> None:
    run = FakeRun(CRASH, {**PAUSE, "at": "1s", "duration": "1s"}).end()
    assert done(run) == ["0 crash n1", "20 restart n1"]
    assert touched(run)["pause"] == 0


def test_a_node_that_two_faults_pause_goes_on_when_the_last_lets_go() -> None:
    run = FakeRun({**PAUSE, "name": "one", "duration": "3s"}, {**PAUSE, "name": "two", "at": "1s", "duration": "4s"})
    assert done(run.end()) == ["0 pause n1", "5 resume n1"]
    assert touched(run) == {"one": 1, "two": 1}


def test_an_order_is_given_once_to_those_who_live_and_is_over_at_once() -> None:
    order = {"kind": "operator", "target": "all", "command": "promote", "arguments": {"to": "n2"}, "at": "1s"}
    run = FakeRun(CRASH, order, nodes=3)
    body = {"type": "operator", "command": "promote", "arguments": {"to": "n2"}}
    assert run.at(1).calls[1:] == [(1, "tell", "n2", body), (1, "tell", "n3", body)]
    assert run.history("operator") == [(1, "applied"), (1, "healed")]
    assert touched(run) == {"operator": 2}


def test_a_clock_is_wrong_for_a_while_and_right_again() -> None:
    run = FakeRun({**CLOCK, "offset": "-5s", "drift": 0.1, "duration": "2s"}).end()
    wrong, right = {"offset": -5.0, "rate": 1.1}, {"offset": 0.0, "rate": 1.0}
    assert run.calls == [(0, "tell", "n2", {"type": "clock", **wrong}), (2, "tell", "n2", {"type": "clock", **right})]


def test_a_clock_that_two_faults_set_shows_what_the_other_said_when_one_ends() -> None:
    long = {**CLOCK, "name": "long", "offset": "1s"}
    run = FakeRun(long, {**CLOCK, "name": "short", "offset": "9s", "at": "1s", "duration": "1s"}).at(2)
    assert run.calls[-1][3]["offset"] == 1.0
    assert run.end().calls[-1][3]["offset"] == 0.0


def test_a_node_that_starts_again_still_has_the_wrong_clock_of_its_machine() -> None:
    run = FakeRun({**CLOCK, "offset": "9s"}, {**CRASH, "target": "n2", "at": "1s", "restart_after": "1s"}).at(3)
    assert done(run) == ["0 tell n2", "1 crash n2", "2 restart n2", "2 tell n2"]
    assert run.calls[-1][3]["offset"] == 9.0


def test_a_node_that_died_by_itself_and_is_started_again_has_the_wrong_clock_of_its_machine_too() -> None:
    run = FakeRun({**CLOCK, "offset": "9s", "duration": "5s"}).at(1)
    run.control.dead.add("n2")
    run.control.start("n2")
    assert done(run) == ["0 tell n2", "1 tell n2"]
    run.at(6).control.start("n2")
    assert done(run)[2:] == ["5 tell n2"]  # Its clock is right by then, and stays so.


def test_a_node_that_died_while_it_was_paused_is_not_paused_when_it_starts_again() -> None:
    run = FakeRun({**PAUSE, "target": "n2", "duration": "3s"}, {**CLOCK, "offset": "9s", "at": "1s"}).at(2)
    run.control.dead.add("n2")
    run.control.start("n2")
    assert done(run.at(4)) == ["0 pause n2", "2 tell n2"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"mode": "slow", "sync": "50ms"}, {"slow": 0.05}),
        ({"mode": "fsync-error"}, {"fsync_error": True}),
        ({"mode": "full"}, {"full": True}),
    ],
)
def test_a_disk_is_spoiled_and_mended(keys: dict[str, str], said: dict[str, Any]) -> None:
    run = FakeRun({"kind": "disk", "target": "n3", "duration": "1s", **keys}).end()
    assert [call[3] for call in run.calls] == [{"type": "disk", **said}, {"type": "disk", "heal": True}]


def test_a_node_that_died_of_its_disk_starts_again_when_the_fault_ends() -> None:
    run = FakeRun({"kind": "disk", "target": "n3", "mode": "full", "duration": "4s"})
    run.at(1).control.dead.add("n3")
    assert run.end().calls[-1] == (4, "restart", "n3", "keep", 0)


def test_a_node_that_died_of_its_disk_stays_down_while_a_crash_keeps_it_down() -> None:
    disk = {"kind": "disk", "target": "n1", "mode": "full", "duration": "4s"}
    run = FakeRun(disk, {**CRASH, "at": "1s", "restart_after": "6s"}).end()
    assert [call for call in run.calls if call[1] == "restart"] == [(7, "restart", "n1", "keep", 0)]


FROZEN = {"kind": "pause", "name": "frozen", "target": "n3", "at": "1s", "duration": "3s"}
FAILING = {"kind": "disk", "name": "failing", "target": "n3", "mode": "fsync-error", "at": "2s"}


def test_a_paused_node_is_told_of_its_disk_when_it_goes_on() -> None:
    run = FakeRun(FROZEN, {**FAILING, "duration": "4s"}).end()
    assert done(run) == ["1 pause n3", "4 resume n3", "4 tell n3", "6 tell n3"]
    assert touched(run) == {"frozen": 1, "failing": 1}


def test_a_disk_that_failed_only_while_its_node_was_paused_has_touched_nothing() -> None:
    run = FakeRun(FROZEN, {**FAILING, "duration": "1s"}).end()
    assert [call[3] for call in run.calls if call[1] == "tell"] == [{"type": "disk", "heal": True}]
    assert touched(run) == {"frozen": 1, "failing": 0}


def test_a_servers_disk_that_two_faults_fill_has_room_again_when_the_last_lets_go() -> None:
    full = {"kind": "disk", "mode": "full", "target": "n1-db"}
    first = {**full, "name": "first", "at": "1s", "duration": "2s"}
    run = FakeRun(first, {**full, "name": "second", "at": "2s", "duration": "3s"}, servers=("n1-db",)).end()
    assert done(run) == ["1 fill n1-db", "2 fill n1-db", "5 free n1-db"]
    assert touched(run) == {"first": 1, "second": 1}


def test_a_node_is_told_that_the_connections_to_its_server_are_gone_and_when_they_may_be_made_again() -> None:
    run = FakeRun({"kind": "disconnect", "target": "n2-db", "duration": "2s"}, servers=("n2-db",)).end()
    assert [call[1:3] for call in run.calls] == [("tell", "n2"), ("tell", "n2")]
    assert [call[3] for call in run.calls] == [{"type": "disconnect"}, {"type": "disconnect", "heal": True}]
