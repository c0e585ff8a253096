"""States that only move forward: which broken variants take one back, in the experiment that convicts them of more."""

import pytest


@pytest.mark.parametrize(
    ("variant", "subject", "earlier", "later"),
    [
        ("tcc/no-suspension", "c1-1", "empty_rollback", "prepared"),
        ("tcc/no-idempotence", "c1-1", "committed", "committed"),
        ("saga/no-suspension", "c1-1", "empty_rollback", "committed"),
        ("saga/no-idempotence", "c1-1", "committed back", "committed back"),
        ("outbox/no-dedup", "c1-1", "committed", "committed"),
        ("message-transaction/no-dedup", "c1-1", "committed", "committed"),
    ],
)
def test_a_broken_variant_that_takes_a_state_back_is_convicted_of_it(variant, subject, earlier, later, simulate):
    run = simulate(variant)
    assert run.as_expected, run.why
    said = run.finished.verdict.checks["monotone-states"]
    assert said.valid == "fail"
    assert said.why.endswith(f"said of {subject} that it was {earlier}, and then {later}")
