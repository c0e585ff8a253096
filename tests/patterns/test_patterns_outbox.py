"""The outbox and its reconciler: what a person damages is found under the name that it was damaged under."""

import pytest


@pytest.mark.parametrize("seed", [0, 8])
def test_a_note_of_one_that_is_taken_for_another_sum_is_not_taken_for_a_duplicate(seed, simulate):
    run = simulate("outbox/reconciliation", seed)
    assert run.verdict == "pass", run.why


@pytest.mark.parametrize("seed", [12, 14, 17])
def test_two_orders_to_damage_at_the_same_instant_take_two_rows_and_kill_nobody(seed, simulate):
    run = simulate("outbox/reconciler-crash", seed)
    assert run.verdict == "pass", run.why
