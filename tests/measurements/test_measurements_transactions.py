"""Figures of transactions: how long they were half done and who saw it, and what their messages went through."""

import pytest
from written import Written

from chaosctl.measurements import load, measure_all
from chaosctl.measurements.observed import Observed

HALF = [(1000, "n1", "g"), (1400, "n2", "g")]
UNDONE = [(1000, "n1", "g"), (1400, "n1", "g/back")]


def committed(commits: list[tuple[int, str, str]], participants: tuple[str, ...] = ()) -> Written:
    written = Written()
    if participants:
        written.event(900, "n3", "began", gid="g", participants=list(participants))
    for at_ms, node, gid in commits:
        written.event(at_ms, node, "committed", gid=gid)
    return written


def value(name: str, written: Written) -> float | None:
    return next((each.value for each in load(name).measure(Observed(written.recording)) if each.phase == "all"), None)


@pytest.mark.parametrize(
    ("commits", "participants", "seconds"),
    [
        (HALF, (), 0.4),
        (UNDONE, (), 0.4),
        ([*HALF, (1800, "n3", "g/damage")], (), 0.4),  # what damages or repairs is none of it
        (HALF[:1], (), None),  # on one node: never half done
        (HALF[:1], ("n1", "n2"), 9.0),  # to the end of the run
    ],
)
def test_a_transfer_is_half_done_from_its_first_commit_to_its_last(commits, participants, seconds):
    assert value("time-to-consistency-max", committed(commits, participants)) == seconds


@pytest.mark.parametrize(
    ("commits", "asked_ms", "fractured", "dirty"),
    [
        (HALF, 1100, 1, 0),
        (HALF, 1500, 0, 0),  # whole by then
        (HALF, 900, 0, 0),  # before it
        (UNDONE, 1100, 1, 1),
        (UNDONE, 1500, 0, 0),
    ],
)
def test_an_audit_that_saw_a_part_is_fractured_and_dirty_where_that_was_undone(commits, asked_ms, fractured, dirty):
    written = committed(commits).call(asked_ms, 10, f="audit", node="n1")
    assert (value("fractured-reads", written), value("dirty-reads", written)) == (fractured, dirty)


def test_messages_are_counted_as_sent_again_asked_about_absorbed_and_parked():
    written = Written().event(100, "n1", "message_stored", message="g").event(110, "n1", "checked", gid="g")
    written.event(120, "n1", "redelivered", message="g", nth=1).event(130, "n2", "absorbed", gid="g")
    written.event(140, "n1", "redelivered", message="g", nth=2).event(150, "n1", "dead_lettered", message="g")
    written.event(160, "n1", "message_stored", message="h").event(170, "n1", "message_done", message="h")
    names = ("redeliveries", "check-backs", "duplicates-absorbed", "dead-letters", "backlog-max")
    assert [value(name, written) for name in names] == [2, 1, 1, 1, 2]


@pytest.mark.parametrize(("done_ms", "seconds"), [(1500, 0.0), (2300, 0.3), (None, 8.0)])
def test_a_backlog_is_drained_when_it_is_as_small_as_before_the_faults(done_ms, seconds):
    written = Written().fault(1000, 2000).event(1200, "n1", "message_stored", message="g")
    if done_ms:
        written.event(done_ms, "n1", "message_done", message="g")
    assert value("drain-time", written) == seconds


@pytest.mark.parametrize("name", ["redeliveries", "check-backs", "dead-letters", "drain-time"])
def test_a_figure_of_messages_says_nothing_of_a_run_without_any(name):
    assert value(name, committed(HALF)) is None


@pytest.mark.parametrize(
    ("found", "precision", "recall"),
    [
        ([("g", "missing"), ("h", "amount")], 1, 1),
        ([("g", "missing")], 1, 0.5),
        ([("g", "missing"), ("f", "missing")], 0.5, 0.5),
        ([("g", "amount")], 0, 0),  # found, and taken for another kind
        ([], None, 0),
    ],
)
def test_precision_and_recall_compare_what_was_reported_with_what_was_injected(found, precision, recall):
    written = Written()
    written.event(100, "n2", "damaged", gid="g", kind="missing").event(110, "n2", "damaged", gid="h", kind="amount")
    for gid, kind in found:
        written.event(200, "n1", "discrepancy", gid=gid, kind=kind)
    assert (value("reconciler-precision", written), value("reconciler-recall", written)) == (precision, recall)


def test_a_repair_takes_from_the_injection_to_the_last_repair_or_the_end_of_the_run():
    written = Written().event(1000, "n2", "damaged", gid="g", kind="missing")
    written.event(1500, "n1", "repaired", gid="g", kind="missing")
    assert value("repair-time", written) == 0.5
    written.event(2000, "n2", "damaged", gid="h", kind="amount")
    assert value("repair-time", written) == 8.0


def test_what_databases_said_is_the_most_of_each_and_over_all_and_what_they_said_last():
    written = Written(3)
    for at_ms, node, prepared, rows, waiting in (
        (0, "n2", 0, 0, 0),
        (1, "n2", 2, 3, 1),
        (2, "n3", 1, 1, 0),
        (3, "n2", 0, 0, 0),
    ):
        written.event(at_ms, node, "in_doubt", "runner", prepared=prepared, rows=rows, waiting=waiting)
    said = {
        name: {each["node"]: each["value"] for each in measure_all(written.recording)[name]["values"]}
        for name in ("database-in-doubt", "database-rows-in-doubt", "database-blocked", "database-left-in-doubt")
    }
    assert said == {
        "database-in-doubt": {"": 2, "n2": 2, "n3": 1},
        "database-rows-in-doubt": {"": 3, "n2": 3, "n3": 1},
        "database-blocked": {"": 1, "n2": 1, "n3": 0},
        "database-left-in-doubt": {"": 1, "n2": 0, "n3": 1},
    }


def test_nothing_is_said_of_databases_where_there_is_none():
    assert "database-in-doubt" not in measure_all(Written(3).recording)
