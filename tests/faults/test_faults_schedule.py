"""The schedule: when faults begin and end, what sets them off, what follows what, what never happened and why."""

from itertools import pairwise

import msgspec
import pytest
from fake_run import FakeRun

from chaosctl.history.records import FaultRow

PAUSE = {"kind": "pause", "target": "n1"}
CUT = {"kind": "partition", "groups": [["leader"], ["rest"]]}
LEADER_CRASH = {"kind": "crash", "target": "leader"}
THIRD_ACCEPT = {"message": "accept", "from": "n1", "nth": 3}


def moment(low: str, high: str) -> dict[str, list[str]]:
    return {"random": [low, high]}


def test_a_fault_is_recorded_before_it_is_applied() -> None:
    run = FakeRun({**PAUSE, "at": "1s"}).at(1)
    assert run.rows[0].phase == "applied"
    assert run.calls_when_recorded[0] == 0
    assert run.calls == [(1.0, "pause", "n1")]


def test_a_fault_without_any_time_begins_at_once_and_ends_with_the_load() -> None:
    assert FakeRun(PAUSE).end().history() == [(0, "applied"), (20, "healed")]


def test_a_fault_holds_for_its_duration() -> None:
    assert FakeRun({**PAUSE, "at": "2s", "duration": "3s"}).end().history() == [(2, "applied"), (5, "healed")]


def test_a_repeated_fault_happens_count_times() -> None:
    run = FakeRun({**PAUSE, "at": "1s", "every": "4s", "count": 2, "duration": "1s"}).end()
    assert run.history() == [(1, "applied"), (2, "healed"), (5, "applied"), (6, "healed")]


def test_a_repeated_fault_without_a_count_goes_on_until_the_load_ends() -> None:
    run = FakeRun({**PAUSE, "every": "6s", "duration": "1s"}).end()
    assert [time for time, phase in run.history() if phase == "applied"] == [0, 6, 12, 18]


def test_a_fault_that_would_begin_after_the_load_never_does() -> None:
    run = FakeRun({**PAUSE, "at": "25s"}).end()
    assert run.row("never").why == "the load ended before its time came"
    assert run.at(30).history() == [(20, "never")]


def test_a_fault_after_another_counts_from_that_ones_end() -> None:
    first = {**PAUSE, "name": "first", "at": "1s", "duration": "2s"}
    second = {**PAUSE, "name": "second", "after": "first", "at": "500ms", "duration": "1s"}
    assert FakeRun(second, first).end().history("second") == [(3.5, "applied"), (4.5, "healed")]


def test_a_fault_after_a_repeated_one_waits_for_its_last_repetition() -> None:
    first = {**PAUSE, "name": "first", "every": "2s", "count": 3, "duration": "1s"}
    run = FakeRun(first, {**PAUSE, "name": "second", "after": "first", "duration": "1s"}).end()
    assert run.history("second") == [(5, "applied"), (6, "healed")]


def test_a_fault_after_one_that_never_ended_never_begins() -> None:
    run = FakeRun({**PAUSE, "name": "first"}, {**PAUSE, "name": "second", "after": "first"}).end()
    assert run.row("never").why == '"first", which it follows, never ended'


def test_random_times_are_the_same_for_the_same_seed_and_lie_in_their_range() -> None:
    table = {**PAUSE, "at": moment("1s", "2s"), "every": moment("3s", "4s"), "count": 3, "duration": moment("1s", "2s")}
    one, same, other = (FakeRun(table, seed=seed).end().history() for seed in (1, 1, 2))
    assert one == same != other
    starts = [time for time, phase in one if phase == "applied"]
    assert 1 <= starts[0] <= 2
    assert all(3 <= later - earlier <= 4 for earlier, later in pairwise(starts))


def test_random_times_do_not_depend_on_what_the_system_does() -> None:
    late = {"name": "late", "kind": "pause", "target": "random", "at": moment("9s", "15s"), "duration": "1s"}
    quiet, busy = FakeRun(LEADER_CRASH, late), FakeRun(LEADER_CRASH, late)
    busy.emit("n2", "became_leader")
    assert quiet.end().history("late") == busy.end().history("late")


def test_a_message_trigger_fires_at_the_nth_send_and_hurts_that_very_message() -> None:
    run = FakeRun({"kind": "loss", "from": "n1", "when": THIRD_ACCEPT, "duration": "1s"})
    fates = [run.send("n1", dest).dropped for dest in ("n2", "n3", "n4")]
    assert fates == ["", "", "loss"]


def test_a_trigger_counts_each_link_by_itself_where_both_ends_are_given() -> None:
    run = FakeRun({**PAUSE, "when": {"message": "accept", "from": "voter", "to": "acceptor", "nth": 2}})
    for dest in ("n3", "n4", "n5"):
        run.send("n1", dest)
    assert run.history() == []
    run.send("n1", "n4")
    assert run.history() == [(0, "applied")]


@pytest.mark.parametrize(("source", "fires"), [("n2", True), ("n3", False)])
def test_a_trigger_from_the_leader_follows_who_leads(source: str, fires: bool) -> None:
    run = FakeRun({**PAUSE, "when": {"message": "accept", "from": "leader"}})
    run.emit("n3", "became_leader")
    run.emit("n2", "became_leader")
    run.send(source, "n4")
    assert bool(run.rows) is fires


def test_a_trigger_with_a_time_sees_nothing_before_it() -> None:
    run = FakeRun({**PAUSE, "at": "5s", "when": {"event": "decided"}, "duration": "1s"})
    run.at(4).emit("n1", "decided")
    run.at(6).emit("n1", "decided")
    assert run.history() == [(6, "applied")]


def test_a_triggered_fault_happens_once_unless_it_has_a_count() -> None:
    once = {**PAUSE, "name": "once", "when": {"event": "decided", "nth": 2}, "duration": "1s"}
    run = FakeRun(once, {**once, "name": "twice", "count": 2})
    for second in range(1, 9):
        run.at(second * 0.5).emit("n1", "decided")
    assert [time for time, phase in run.history("once") if phase == "applied"] == [1]
    assert [time for time, phase in run.history("twice") if phase == "applied"] == [1, 2]


def test_a_triggered_fault_repeats_from_its_trigger_on() -> None:
    run = FakeRun({**PAUSE, "when": {"event": "decided"}, "every": "3s", "count": 3, "duration": "1s"})
    run.at(2).emit("n1", "decided")
    assert [time for time, phase in run.end().history() if phase == "applied"] == [2, 5, 8]


def test_a_fault_without_a_target_hurts_the_node_that_set_it_off() -> None:
    run = FakeRun({"kind": "pause", "when": {"event": "prepared"}})
    run.emit("n4", "prepared")
    assert run.row("applied").targets == ["n4"]


def test_a_trigger_by_chance_counts_about_as_many_as_its_probability() -> None:
    fired = 0
    for seed in range(200):
        run = FakeRun({**PAUSE, "when": {"event": "decided", "probability": 0.3}}, seed=seed)
        run.emit("n1", "decided")
        fired += bool(run.rows)
    assert 40 < fired < 80


def test_a_fault_whose_trigger_never_fired_never_happened_and_says_what_it_waited_for() -> None:
    run = FakeRun({**PAUSE, "when": THIRD_ACCEPT})
    run.send("n1", "n2")
    assert run.end().row("never").why == (
        "its trigger never fired: message = accept, from = n1, nth = 3; 1 seen that fit"
    )


def test_a_fault_of_a_leader_waits_until_there_is_one() -> None:
    run = FakeRun({**LEADER_CRASH, "at": "1s", "restart_after": "2s"}).at(3)
    assert run.rows == []
    run.emit("n3", "became_leader")
    assert run.end().history() == [(3, "applied"), (5, "healed")]
    assert run.row("applied").targets == ["n3"]


def test_a_fault_of_a_leader_ends_with_its_window_however_late_the_leader_came() -> None:
    run = FakeRun({**CUT, "at": "1s", "duration": "4s"}).at(3)
    run.emit("n3", "became_leader")
    assert run.end().history() == [(3, "applied"), (5, "healed")]


@pytest.mark.parametrize(
    ("table", "why"), [({"duration": "2s"}, "nobody led before its window closed"), ({}, "nobody led")]
)
def test_a_fault_of_a_leader_that_never_was_never_happened(table: dict[str, str], why: str) -> None:
    run = FakeRun({**CUT, **table})
    assert run.end().row("never").why == why
    run.emit("n3", "became_leader")
    assert run.history() == [(20, "never")]


def test_a_delay_until_a_message_ends_with_that_messages_send() -> None:
    run = FakeRun({"kind": "delay", "from": "n1", "amount": "50ms", "until": {"message": "learn", "nth": 2}})
    run.at(2).send("n2", "n3", "learn")
    run.at(3).send("n2", "n3", "learn")
    assert run.history() == [(0, "applied"), (3, "healed")]


def test_what_a_fault_waits_for_to_end_does_not_count_what_set_it_off() -> None:
    run = FakeRun({"kind": "loss", "when": {"event": "decided"}, "until": {"event": "decided"}})
    run.at(1).emit("n1", "decided")
    run.at(2).emit("n1", "decided")
    assert run.history() == [(1, "applied"), (2, "healed")]


def test_everything_that_still_holds_is_healed_at_the_end_of_the_load_the_latest_first() -> None:
    run = FakeRun({**PAUSE, "name": "one"}, {**CUT, "groups": [["n1"], ["rest"]], "name": "two", "at": "1s"}).end()
    assert [(row.name, row.phase) for row in run.rows[2:]] == [("two", "healed"), ("one", "healed")]


def test_a_run_that_is_broken_off_is_healed_once_and_nothing_begins_any_more() -> None:
    run = FakeRun({**PAUSE, "duration": "9s"}, {**PAUSE, "name": "later", "at": "8s"}).end(5)
    run.schedule.end_load()
    assert run.at(20).history() == [(0, "applied"), (5, "healed"), (5, "never")]


def test_occurrences_are_numbered_over_all_faults_and_healed_under_their_number() -> None:
    run = FakeRun({**PAUSE, "every": "5s", "count": 2, "duration": "1s"}, {**CUT, "groups": [["n2"]], "at": "2s"}).end()
    numbers = {(row.name, row.occurrence): [] for row in run.rows}
    for row in run.rows:
        numbers[row.name, row.occurrence].append(row.phase)
    assert numbers == {key: ["applied", "healed"] for key in [("pause", 0), ("partition", 1), ("pause", 2)]}


def test_unnamed_faults_of_one_kind_are_told_apart() -> None:
    names = [row.name for row in FakeRun(PAUSE, {**PAUSE, "name": "pause-2"}, PAUSE).rows]
    assert names == ["pause", "pause-2", "pause-3"]


def test_the_schedule_says_which_messages_it_may_ever_want_to_see() -> None:
    held = {"kind": "delay", "until": {"message": "learn"}, "at": "9s"}
    run = FakeRun({**PAUSE, "when": {"message": "accept"}}, held, {**PAUSE, "when": {"event": "decided"}})
    assert run.schedule.wanted_types == {"accept", "learn"}


def test_rows_can_be_written_down() -> None:
    run = FakeRun({"kind": "delay", "amount": moment("1s", "2s"), "match": {"message": "accept"}}, CUT).end()
    assert msgspec.json.decode(msgspec.json.encode(run.rows), type=list[FaultRow]) == run.rows
