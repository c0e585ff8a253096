"""Figures of failure detectors: each test a few events with a number that can be worked out on paper."""

import pytest
from written import Written

from chaosctl.measurements import measure_all


def pair(*events: tuple[int, str, str]) -> Written:
    written = Written(2, placement={"monitor": ("n1",), "watched": ("n2",)})
    for node in ("n1", "n2"):
        written.event(0, node, "ready", role="runner")
    for at_ms, node, event in events:
        if event in ("killed", "started", "ready"):
            written.event(at_ms, node, event, role="runner")
        else:
            written.event(at_ms, node, event, of="n2")
    return written


def row(written, name, phase="all"):
    return next((row for row in measure_all(written.recording)[name]["values"] if row["phase"] == phase), None)


def test_mistakes_are_counted_and_timed_by_the_phase_in_which_they_began():
    written = pair(
        (1000, "n1", "suspected"), (1500, "n1", "trusted"), (4000, "n1", "suspected"), (4250, "n1", "trusted")
    )
    written.fault(4000, 6000)
    assert row(written, "mistake-rate")["value"] == pytest.approx(0.2)
    assert row(written, "mistake-rate", "faults")["value"] == pytest.approx(0.5)
    assert row(written, "mistake-duration", "before")["value"] == pytest.approx(0.5)
    assert row(written, "query-accuracy")["value"] == pytest.approx(1 - 0.075)


def test_to_suspect_the_dead_is_no_mistake_and_its_time_does_not_count():
    written = pair(
        (2000, "n2", "killed"),
        (2300, "n1", "suspected"),
        (6900, "n2", "started"),
        (7000, "n2", "ready"),
        (7100, "n1", "trusted"),
    )
    assert row(written, "mistake-rate")["value"] == 0
    assert row(written, "query-accuracy")["value"] == pytest.approx(1 - 0.1 / 5)
    assert row(written, "crash-detection-time")["value"] == pytest.approx(0.3)


def test_a_mistake_ends_with_the_death_that_makes_it_right_and_the_crash_is_detected_at_once():
    written = pair((1000, "n1", "suspected"), (1400, "n2", "killed"))
    assert row(written, "mistake-duration")["value"] == pytest.approx(0.4)
    assert row(written, "crash-detection-time")["value"] == 0


@pytest.mark.parametrize(
    ("events", "value", "at_least"),
    [
        ([(2000, "n2", "killed")], 8.0, True),
        (
            [(2000, "n2", "killed"), (2500, "n1", "suspected"), (2600, "n1", "trusted"), (3000, "n1", "suspected")],
            1.0,
            False,
        ),
    ],
)
def test_a_crash_is_detected_when_it_is_suspected_for_good(events, value, at_least):
    found = row(pair(*events), "crash-detection-time")
    assert (found["value"], found["extra"].get("at_least", False)) == (pytest.approx(value), at_least)


def test_a_death_that_was_over_before_anybody_noticed_is_no_sample():
    written = pair((2000, "n2", "killed"), (2050, "n2", "started"), (2060, "n2", "ready"))
    assert "crash-detection-time" not in measure_all(written.recording)
