"""Reconciliation: what the check must pass, and what it must convict."""

import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check

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
        (f"n1 message_acknowledged message=g consumer=n2; {FOUND}", PASS),  # a message broker lost it
        (f"n1 message_acknowledged message=g consumer=n2; n2 committed gid=g; {FOUND}", FAIL),
        ("", UNKNOWN),
    ],
)
def test_a_reconciler_finds_what_was_injected_and_nothing_else(events, verdict):
    assert judge_check("reconciles-exactly", Story(f"{DONE}; {events}" if events else "").recording()).valid == verdict
