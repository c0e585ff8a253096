"""Figures of what clients were served: each test a hand-made load with a number that can be worked out on paper."""

from itertools import pairwise

import pytest
from written import MS, Written

from chaosctl.measurements import measure_all
from chaosctl.measurements.availability import availability_windows
from chaosctl.measurements.latency import nearest_rank


def value(written, name, **wanted):
    """Return the one value of a slice, None where there is none."""
    part = {"phase": "all", "side": "", "f": "", "node": ""} | wanted
    rows = measure_all(written.recording).get(name, {"values": []})["values"]
    found = [row for row in rows if all(row[key] == part[key] for key in part)]
    assert len(found) <= 1
    return found[0]["value"] if found else None


def load(*outcomes, **others):
    written = Written(**others)
    for number, outcome in enumerate(outcomes):
        written.call(number * 100, 10, outcome)
    return written


def test_availability_is_what_was_ok_of_all_that_was_started():
    assert value(load("ok", "ok", "fail:abort", "info:net-timeout"), "availability") == 0.5


def test_missed_operations_count_against_availability_but_on_no_node():
    written = load("ok", "ok", "ok").event(50, "", "missed", role="runner", f="read")
    assert value(written, "availability") == 0.75
    assert value(written, "availability", f="read") == 0.75
    assert value(written, "availability", node="n1") == 1
    assert value(written, "missed") == 1


def test_only_missed_operations_make_availability_0():
    assert value(Written().event(50, "", "missed", role="runner", f=""), "availability") == 0


def test_an_ok_after_the_deadline_is_not_available():
    assert value(Written(timeout=0.5).call(0, 400).call(1000, 600), "availability") == 0.5


def test_final_reads_are_in_no_figure():
    written = load("ok").call(9000, 10, "info:net-timeout", final=True)
    assert value(written, "availability") == 1
    assert {row["samples"] for row in measure_all(written.recording)["operations"]["values"]} == {1}


def test_an_operation_cut_off_by_the_end_of_the_record_is_left_out_and_a_lost_one_is_not():
    written = Written().call(0, 10).call(3000, 10)
    lost, cut_off = Written().call(500, 1), Written().call(2900, 1)
    for other in (lost, cut_off):
        [invoked, _] = other.recording.operations
        invoked.process = 77 if other is lost else 78
        written.recording.operations.append(invoked)
    written.recording.operations.sort(key=lambda row: row.time)
    assert value(written, "availability") == pytest.approx(2 / 3)


def test_an_operation_belongs_to_the_phase_of_its_invocation():
    written = Written().fault(1000, 2000).call(990, 100).call(1990, 100, "info:net-timeout").call(2000, 5)
    assert [value(written, "availability", phase=phase) for phase in ("before", "faults", "after")] == [1, 0, 1]


def test_sides_are_measured_where_the_operations_were_asked():
    written = Written().fault(1000, 2000, "partition", groups=[["n1"], ["n2", "n3"]])
    written.call(1500, 5, node="n2").call(1500, 5, "fail:temporarily-unavailable", node="n1").call(100, 5, node="n1")
    assert value(written, "availability", side="majority", phase="faults") == 1
    assert value(written, "availability", side="minority") == 0
    assert value(written, "availability", side="minority", phase="before") is None


def test_a_slice_without_operations_has_no_value_rather_than_0():
    figures = measure_all(Written().recording)
    assert not {"availability", "latency-p50", "throughput", "longest-unavailability", "share-served"} & set(figures)


def test_operations_are_counted_by_outcome():
    rows = measure_all(load("ok", "ok", "info:net-timeout").recording)["operations"]["values"]
    whole = {
        row["extra"]["type"]: row["value"] for row in rows if (row["phase"], row["f"], row["node"]) == ("all", "", "")
    }
    assert whole == {"ok": 2, "fail": 0, "info": 1}


def test_throughput_is_ok_operations_a_second_of_the_phase():
    written = Written(end_ms=10_000).fault(0, 2000).call(10, 5).call(20, 5).call(30, 5, "fail:abort").call(5000, 5)
    assert value(written, "throughput", phase="faults") == 1.0
    assert value(written, "throughput") == pytest.approx(0.3)


def test_share_served_is_of_the_windows_in_which_anything_was_asked():
    written = Written().call(10, 5).call(110, 5, "fail:temporarily-unavailable").call(150, 5).call(210, 5, "fail:x")
    assert value(written, "share-served") == pytest.approx(2 / 3)


def test_share_served_takes_a_missed_operation_for_demand():
    assert value(Written().call(10, 5).event(500, "", "missed", role="runner", f=""), "share-served") == 0.5


def test_an_operation_that_fails_in_the_next_phase_does_not_make_this_one_look_unserved():
    written = Written().call(0, 5).call(90, 500, "info:net-timeout").fault(100, 400)
    for at in range(100, 600, 50):
        written.call(at, 5)
    assert value(written, "share-served", phase="before") == 1
    assert value(written, "longest-unavailability", phase="before") < 0.1


def test_share_served_counts_every_window_in_which_a_good_operation_was_under_way():
    assert value(Written().call(0, 350).call(10, 350, "info:net-timeout"), "share-served") == 1


@pytest.mark.parametrize(
    ("calls", "longest_ms"),
    [
        ([(0, 10, "ok"), (20, 10, "ok")], 10),
        ([(0, 10, "ok"), (20, 10, "fail"), (50, 10, "ok")], 40),
        ([(0, 10, "ok"), (5, 100, "ok")], 95),
        ([(0, 100, "fail"), (200, 100, "info")], 300),
        ([(0, 10, "ok"), (500, 100, "info")], 100),
        ([(0, 10, "ok"), (10, 10, "ok"), (20, 10, "ok")], 10),
    ],
)
def test_unavailability_lasts_from_demand_or_the_last_ok_to_the_next(calls, longest_ms):
    written = Written()
    for call in calls:
        written.call(*call)
    assert value(written, "longest-unavailability") == pytest.approx(longest_ms / 1000)


@pytest.mark.parametrize(("percent", "rank"), [(50, 5), (95, 10), (99, 10), (100, 10), (1, 1), (10, 1), (11, 2)])
def test_a_percentile_is_a_sample_by_nearest_rank(percent, rank):
    assert nearest_rank(range(1, 11), percent) == rank


def test_latency_is_of_operations_that_were_ok():
    written = Written().call(0, 1).call(10, 2).call(20, 3).call(30, 900, "info:net-timeout")
    assert [value(written, f"latency-{name}") for name in ("p50", "p95", "p99", "max")] == [2, 3, 3, 3]


def test_latency_has_no_value_where_the_run_was_late_itself():
    written = Written().call(0, 1).event(500, "runner", "delays_off", role="runner", median_ns=5)
    [row, *_] = measure_all(written.recording)["latency-p99"]["values"]
    assert (row["value"], row["samples"]) == (None, 0)
    assert row["extra"]["why"]


def test_messages_an_operation_are_those_among_nodes_while_the_load_ran():
    written = Written(end_ms=1000).call(0, 1).call(10, 1).call(20, 1, "fail:abort")
    written.message(5, "n1", "n2").message(6, "n1", "n1").message(7, "n2", "n1", src="c1")
    written.message(5, "c1", "n1").message(5, "n1", "c1").message(6, "n2", "n1", "delivered")
    written.message(-5, "n1", "n2").message(1500, "n1", "n2")
    assert value(written, "messages-per-operation") == 1.5


def test_messages_an_operation_have_no_value_without_a_log():
    assert value(load("ok"), "messages-per-operation") is None


def test_syncs_an_operation_are_counted_by_phase():
    written = Written().fault(1000, 2000).call(10, 1).call(1500, 1)
    for time in (5, 1200, 1300, 1400):
        written.event(time, "n1", "synced", role="runner", writes=1)
    assert [value(written, "syncs-per-operation", phase=phase) for phase in ("before", "faults", "all")] == [1, 3, 2]


def test_windows_share_out_the_whole_run_for_a_timeline():
    written = (
        Written(end_ms=1000).call(0, 5).call(260, 5, "fail:x").call(999, 5).event(999, "", "missed", role="runner")
    )
    windows = availability_windows(written.recording, 4)
    assert [window.share for window in windows] == [1, 0, None, 0.5]
    assert (windows[0].start_ns, windows[-1].end_ns) == (0, 1000 * MS)
    assert all(one.end_ns == two.start_ns for one, two in pairwise(windows))
