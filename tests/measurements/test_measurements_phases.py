import pytest
from written import MS, Written

from chaosctl.measurements.phases import Phases


def phases(written):
    return Phases.of(written.recording)


def test_everything_is_before_where_no_fault_was_applied():
    found = phases(Written())
    assert [found.phase(time * MS) for time in (-5, 0, 9999)] == ["before"] * 3
    assert (found.span("before"), found.span("faults"), found.span("after")) == ((0, 10_000 * MS), None, None)


def test_faults_last_from_the_first_applied_to_the_last_healed():
    found = phases(Written().fault(1000, 2000).fault(1500, 5000))
    times = {999: "before", 1000: "faults", 3000: "faults", 4999: "faults", 5000: "after"}
    assert {time: found.phase(time * MS) for time in times} == times
    assert found.span("after") == (5000 * MS, 10_000 * MS)


def test_a_fault_that_nobody_healed_held_to_the_end():
    assert phases(Written().fault(1000, None)).span("faults") == (1000 * MS, 10_000 * MS)


def test_a_fault_that_was_armed_but_never_happened_makes_no_phase():
    written = Written().fault(1000, None)
    written.recording.faults[0].phase = "never"
    assert phases(written).faults_start_ns is None


def test_a_run_that_was_broken_off_ends_with_its_last_row():
    written = Written().call(100, 50).event(3000, "n1", "voted")
    written.recording.complete = False
    assert phases(written).end_ns == 3000 * MS


def test_the_majority_is_the_side_with_more_than_half_of_the_nodes_while_the_partition_holds():
    found = phases(Written(5).fault(1000, 2000, "partition", groups=[["n1", "n2"], ["n3", "n4", "n5"]]))
    assert [found.side(node, 1500 * MS) for node in ("n2", "n3")] == ["minority", "majority"]
    assert [found.side("n3", time * MS) for time in (999, 2000)] == [None, None]


def test_nobody_is_the_majority_of_an_even_split():
    found = phases(Written(4).fault(0, 1000, "partition", groups=[["n1", "n2"], ["n3", "n4"]]))
    assert {found.side(f"n{i}", 500 * MS) for i in (1, 2, 3, 4)} == {"minority"}


def test_there_are_no_sides_without_clean_groups():
    found = phases(Written().fault(0, 1000, "partition", cuts=[["n1", "n2"]]))
    assert found.side("n1", 500 * MS) is None


def test_partitions_that_overlap_leave_together_what_none_of_them_cuts():
    written = Written(5).fault(0, 3000, "partition", groups=[["n1", "n2"], ["n3", "n4", "n5"]])
    found = phases(written.fault(1000, 2000, "partition", groups=[["n1", "n2", "n3"], ["n4", "n5"]]))
    assert [found.side("n3", time * MS) for time in (500, 1500, 2500)] == ["majority", "minority", "majority"]


@pytest.mark.parametrize("phase", ["all", "before", "faults", "after"])
def test_a_phase_that_took_no_time_has_no_span(phase):
    found = phases(Written(end_ms=2000).fault(0, 0))
    assert (found.span(phase) is None) == (phase in {"before", "faults"})
