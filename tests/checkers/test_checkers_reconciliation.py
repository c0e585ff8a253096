"""Reconciliation: what the check must pass, and what it must convict."""

import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check
from chaosctl.measurements import load
from chaosctl.measurements.observed import Observed

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"
DONE = "n1 committed gid=h"
DAMAGED, FOUND, REPAIRED = (f"n1 {event} gid=g kind=missing" for event in ("damaged", "discrepancy", "repaired"))


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        (DONE, PASS),  # nothing injected, nothing reported
        (f"{DAMAGED}; {FOUND}; {REPAIRED}", PASS),
        (f"{DAMAGED}; {FOUND}; {FOUND}; {REPAIRED}", PASS),  # looked at twice, repaired once
        (f"{DAMAGED}; {FOUND}; {REPAIRED}; {REPAIRED}", FAIL),
        (DAMAGED, FAIL),  # missed
        (FOUND, FAIL),  # a false alarm
        (f"{DAMAGED}; n1 discrepancy gid=g kind=amount", FAIL),  # found, and taken for another
        (f"{DAMAGED}; {FOUND}; n1 discrepancy gid=f kind=missing", FAIL),  # one too many
        (f"@9900 {DAMAGED}", PASS),  # as the run ended
        (f"{DAMAGED}; @9000 !n2 killed incarnation=0", UNKNOWN),  # n2 is down, and may know
        (f"{FOUND}; !n2 started lost_syncs=1", UNKNOWN),  # its disk forgot something
        ("", UNKNOWN),
    ],
)
def test_a_reconciler_finds_what_was_injected_and_nothing_else(events, verdict):
    assert judge_check("reconciles-exactly", Story(f"{DONE}; {events}" if events else "").recording()).valid == verdict


@pytest.mark.parametrize(
    ("events", "precision", "recall"),
    [
        (f"{DAMAGED}; {FOUND}", 1, 1),
        (f"{DAMAGED}; {FOUND}; n1 discrepancy gid=f kind=missing", 0.5, 1),
        (f"{DAMAGED}; n1 damaged gid=f kind=amount; {FOUND}", 1, 0.5),
        (f"{DAMAGED}; n1 discrepancy gid=g kind=amount", 0, 0),
    ],
)
def test_precision_and_recall_compare_what_was_reported_with_what_was_injected(events, precision, recall):
    observed = Observed(Story(events).recording())
    measured = [load(name).measure(observed)[0].value for name in ("reconciler-precision", "reconciler-recall")]
    assert measured == [precision, recall]


def test_a_repair_takes_from_the_injection_to_the_last_repair():
    observed = Observed(Story(f"@1000 {DAMAGED}; @1500 {REPAIRED}; @2000 n1 damaged gid=f kind=amount").recording())
    (value,) = load("repair-time").measure(observed)
    assert (value.value, value.extra) == (8.0, {"at_least": True})
