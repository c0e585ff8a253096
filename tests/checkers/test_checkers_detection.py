"""Completeness and accuracy of failure detectors: recordings that must pass beside those that must not."""

import pytest

from chaosctl.checkers import load
from tests.measurements.written import Written

PLACED = {"placement": {"monitor": ("n1", "n3"), "watched": ("n2",)}, "grace": 1.0}


def written(*events: tuple[int, str, str], **declared) -> Written:
    """Return a run of ten seconds; of events (at ms, node, what) the runner's own are those of a life."""
    found = Written(**(PLACED | declared))
    for node in ("n1", "n2", "n3"):
        found.event(0, node, "ready", role="runner")
    for at_ms, node, event in events:
        if event in ("killed", "started", "ready"):
            found.event(at_ms, node, event, role="runner")
        else:
            found.event(at_ms, node, event, of="n2")
    return found


SEEN_BY_N3 = ((2200, "n3", "suspected"), (6100, "n3", "trusted"))


@pytest.mark.parametrize(
    ("verdict", "events"),
    [
        ("pass", []),
        ("pass", [(2200, "n1", "suspected"), (6100, "n1", "trusted")]),
        ("pass", [(1900, "n1", "suspected")]),
        ("fail", [(3100, "n1", "suspected")]),
        ("fail", [(2200, "n1", "suspected"), (4000, "n1", "trusted"), (4500, "n1", "suspected")]),
        ("pass", [(2100, "n1", "killed"), (3000, "n1", "ready"), (3900, "n1", "suspected")]),
        ("fail", [(2100, "n1", "killed"), (3000, "n1", "ready"), (4100, "n1", "suspected")]),
        ("pass", [(2100, "n1", "killed"), (5500, "n1", "ready")]),
    ],
)
def test_what_stays_dead_for_the_grace_period_is_suspected_by_all_until_it_is_back(verdict, events):
    dies = [(2000, "n2", "killed"), (6000, "n2", "started"), (6050, "n2", "ready")] if events else []
    run = written(*sorted([*events, *dies, *(SEEN_BY_N3 if events else ())]))
    assert load("strong-completeness").judge(run.recording).valid == verdict


@pytest.mark.parametrize(
    ("verdict", "events"),
    [
        ("pass", []),
        ("pass", [(9000, "n1", "suspected"), (9800, "n1", "trusted")]),
        ("pass", [(9700, "n1", "suspected")]),
        ("fail", [(9000, "n1", "suspected")]),
        ("pass", [(9000, "n1", "suspected"), (9100, "n2", "killed")]),
        ("pass", [(8000, "n1", "suspected"), (9100, "n1", "killed"), (9200, "n1", "ready")]),
    ],
)
def test_who_lives_in_the_end_is_not_suspected_in_the_end(verdict, events):
    assert load("eventual-accuracy").judge(written(*events).recording).valid == verdict


@pytest.mark.parametrize("check", ["strong-completeness", "eventual-accuracy"])
def test_a_run_without_monitors_proves_nothing_of_failure_detectors(check):
    assert load(check).judge(written(placement={"voter": ("n1",)}).recording).valid == "unknown"
