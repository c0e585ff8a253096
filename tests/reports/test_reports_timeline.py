import pytest
from written import Written

from chaosctl.reports.symbols import ASCII, UNICODE, symbols_for
from chaosctl.reports.timeline import timeline


def steady(end_ms=10_000, **declared):
    written = Written(end_ms=end_ms, **declared)
    for at_ms in range(0, end_ms, 20):
        written.call(at_ms, 5)
    return written


def rows(run, width=112, symbols=UNICODE):
    return {row.label.strip(): row.signs for row in timeline(run, width, symbols)}


def columns(signs, of):
    """Return the first and the last column of a sign."""
    return signs.index(of), len(signs) - 1 - signs[::-1].index(of)


def test_a_fault_bar_stands_under_the_time_in_which_availability_fell(store):
    written = Written()
    for at_ms in range(0, 10_000, 20):
        written.call(at_ms, 5, "fail:temporarily-unavailable" if 4000 <= at_ms < 6000 else "ok")
    drawn = rows(store(written.fault(4000, 6000, "pause", name="stop", targets=["n1"])), width=114)
    assert columns(drawn["availability"], UNICODE.none) == columns(drawn["stop (pause)"], UNICODE.held)
    assert len(drawn["availability"]) == len(drawn["stop (pause)"])


def test_every_row_is_as_wide_as_the_terminal_leaves_it(store):
    run = store(steady().fault(100, 200, "partition", name="a-very-long-name-of-a-fault-indeed" * 3))
    for width in (20, 60, 80, 200):
        widths = {len(row.label) + 2 + len(row.signs) for row in timeline(run, width, UNICODE) if row.kind != "axis"}
        assert widths == {width}


def test_only_a_window_without_a_single_failure_is_drawn_as_whole(store):
    written = steady().call(5000, 5, "fail:temporarily-unavailable")
    for number in range(2000):
        written.call(5000 + number / 1000, 5)
    signs = rows(store(written))["availability"]
    assert signs.count(UNICODE.levels[-1]) == len(signs) - 1


def test_a_time_without_operations_is_neither_whole_nor_none(store):
    signs = rows(store(Written().call(100, 5)))["availability"]
    assert set(signs[2:]) == {UNICODE.nothing}


def test_a_fault_of_an_instant_is_seen(store):
    assert UNICODE.held in rows(store(steady().fault(9999.9, 9999.9, "crash")))["crash"]


def test_occurrences_of_one_fault_share_a_row_and_many_faults_do_not_flood_the_page(store):
    written = steady()
    for number in range(40):
        written.fault(number * 100, number * 100 + 50, "pause", name=f"pause-{number // 2}")
    drawn = [row for row in timeline(store(written), 100, UNICODE) if row.kind == "fault"]
    assert len(drawn) == 13
    assert "8 more" in drawn[-1].label


def test_leaders_are_named_where_they_come_to_power_and_gaps_stay_empty(store):
    written = steady().event(0, "n1", "became_leader", term=1).event(3000, "n1", "stepped_down", term=1)
    signs = rows(store(written.event(6000, "n2", "became_leader", term=2)))["leader"]
    assert signs.startswith("n1" + UNICODE.leads)
    start = signs.index("n2")
    assert signs[start - 5 : start] == " " * 5
    assert abs(start / len(signs) - 0.6) < 0.02


def test_two_leaders_at_once_are_drawn_as_such(store):
    written = steady().event(0, "n1", "became_leader", term=1).event(3000, "n2", "became_leader", term=2)
    signs = rows(store(written))["leader"]
    assert UNICODE.several_lead in signs
    assert signs.index("n2") > signs.index("n1")


def test_a_short_reign_does_not_swallow_the_name_of_the_next(store):
    written = steady(nodes=3).event(0, "n1", "became_leader", term=1)
    written.event(5000, "n2", "became_leader", term=2).event(5101, "n3", "became_leader", term=3)
    signs = rows(store(written))["leader"]
    assert "n3" in signs


@pytest.mark.parametrize("end_ms", [5, 300, 10_000, 3_600_000])
def test_ticks_stand_under_their_times_and_never_run_together(store, end_ms):
    written = Written(end_ms=end_ms)
    [axis] = [row for row in timeline(store(written), 100, UNICODE) if row.kind == "axis"]
    ticks = axis.signs.split()
    assert len(ticks) >= 3
    for tick in ticks:
        at = axis.signs.index(tick) / (98 - len(axis.label))
        assert abs(at - float(tick.rstrip("s")) * 1000 / end_ms) < 0.02


def test_a_run_without_a_row_is_drawn_too(store):
    assert timeline(store(Written(end_ms=0)), 60, UNICODE)


@pytest.mark.parametrize(
    ("encoding", "signs"), [("utf-8", UNICODE), ("ascii", ASCII), ("latin-1", ASCII), ("?", ASCII)]
)
def test_signs_are_those_that_the_terminal_can_show(encoding, signs):
    assert symbols_for(encoding) is signs


def test_ascii_signs_are_ascii():
    assert "".join(str(part) for part in vars(ASCII).values()).isascii()
