"""Faults at named points: armed beforehand where they must be exact, recorded as armed, applied as they are reached."""

from typing import Any

import pytest
from fake_run import FakeRun

POINT = "voter.vote:pre"


def crash(point: str, **keys: Any) -> dict[str, Any]:
    when = {"point": point} | {key: keys.pop(key) for key in ("node", "nth") if key in keys}
    return {"kind": "crash", "when": when, **keys}


def armed(run: FakeRun) -> list[tuple[Any, ...]]:
    return [call[2:] for call in run.calls if call[1] == "arm"]


@pytest.mark.parametrize("table", [crash("n2/voter.vote:pre#3"), crash(POINT, node="n2", nth=3)])
def test_a_crash_at_a_nodes_point_is_armed_there_beforehand(table: dict[str, Any]) -> None:
    run = FakeRun(table)
    assert armed(run) == [("n2", POINT, 3, "crash", 0.0)]
    row = run.row("armed")
    assert (row.targets, row.details) == (["n2"], {"point": "n2/voter.vote:pre#3"})


def test_a_crash_at_a_point_is_applied_under_its_number_when_the_node_says_so() -> None:
    run = FakeRun(crash("n2/voter.vote:pre#3", restart_after="1s"))
    run.at(2).schedule.saw_point("n2", POINT, 2)
    run.schedule.saw_point("n1", POINT, 3)
    assert run.control.live() == list(run.control.nodes)
    run.at(4).schedule.saw_point("n2", POINT, 3)
    assert run.end().history() == [(0, "armed"), (4, "applied"), (5, "healed")]
    assert {row.occurrence for row in run.rows} == {0}
    assert run.row("healed").touched == 1


def test_a_crash_at_a_point_that_is_never_reached_never_happened() -> None:
    assert FakeRun(crash("n2/voter.vote:pre")).end().row("never").why == "its point was never reached"


def test_a_crash_at_the_point_of_a_role_with_one_host_is_exact() -> None:
    assert armed(FakeRun(crash("manager.decision:post"))) == [("n1", "manager.decision:post", 1, "crash", 0.0)]


def test_a_crash_at_a_point_is_armed_on_each_node_that_the_target_names() -> None:
    run = FakeRun(crash(POINT, target=["n2", "n4"]))
    assert [(call[0], call[3]) for call in armed(run)] == [("n2", "crash"), ("n4", "crash")]
    run.schedule.saw_point("n4", POINT, 1)
    assert run.row("applied").targets == ["n4"]


def test_a_crash_of_whoever_gets_there_first_happens_once() -> None:
    run = FakeRun(crash("acceptor.promise:pre"))
    assert [(call[0], call[3]) for call in armed(run)] == [("n3", "tell"), ("n4", "tell"), ("n5", "tell")]
    run.schedule.saw_point("n4", "acceptor.promise:pre", 1)
    run.schedule.saw_point("n3", "acceptor.promise:pre", 1)
    assert run.control.dead == {"n4"}


def test_a_crash_of_one_node_at_the_point_of_another_is_told_not_armed() -> None:
    run = FakeRun(crash("n2/voter.vote:pre", target="n1"))
    assert armed(run) == [("n2", POINT, 1, "tell", 0.0)]
    run.schedule.saw_point("n2", POINT, 1)
    assert run.control.dead == {"n1"}


def test_a_crash_at_a_point_counts_on_over_further_times() -> None:
    run = FakeRun(crash("n2/voter.vote:pre", count=2, restart_after="1s"))
    assert [call[2] for call in armed(run)] == [1, 2]


def test_a_leader_is_paused_at_its_point_only_while_it_leads() -> None:
    run = FakeRun({"kind": "pause", "when": {"point": POINT, "node": "leader"}})
    assert len(armed(run)) == 5
    run.schedule.saw_point("n2", POINT, 1)
    assert run.history() == []
    run.emit("n3", "became_leader")
    run.schedule.saw_point("n3", POINT, 1)
    assert run.row("applied").targets == ["n3"]


def test_a_stall_is_armed_for_its_duration_and_counts_as_over_after_it() -> None:
    run = FakeRun({"kind": "stall", "when": {"point": "n2/voter.vote:pre"}, "duration": "1500ms"})
    assert armed(run) == [("n2", POINT, 1, "stall", 1.5)]
    run.at(2).schedule.saw_point("n2", POINT, 1)
    assert run.end().history() == [(0, "armed"), (2, "applied"), (3.5, "healed")]
    assert run.row("healed").touched == 1
    assert run.calls == run.calls[:1], "a stalled task needs nobody to stop it or let it go"


def test_a_point_reached_after_the_load_applies_nothing() -> None:
    run = FakeRun(crash("n2/voter.vote:pre")).end()
    run.schedule.saw_point("n2", POINT, 1)
    assert run.control.dead == set()
