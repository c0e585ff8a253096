"""The outbox and its reconciler: what a person damages is found under the name that it was damaged under."""

import pytest

from chaosctl.search.attempt import Attempt, try_schedule
from chaosctl.search.points import Harm, Place
from tests.conftest import EXPERIMENTS


@pytest.mark.parametrize("seed", [0, 8])
def test_a_note_of_one_that_is_taken_for_another_sum_is_not_taken_for_a_duplicate(seed, simulate):
    run = simulate("outbox/reconciliation", seed)
    assert run.verdict == "pass", run.why


@pytest.mark.parametrize("seed", [12, 14, 17])
def test_two_orders_to_damage_at_the_same_instant_take_two_rows_and_kill_nobody(seed, simulate):
    run = simulate("outbox/reconciler-crash", seed)
    assert run.verdict == "pass", run.why


def test_more_orders_to_damage_than_there_are_rows_wait_for_each_other_and_kill_nobody():
    text = (EXPERIMENTS / "outbox" / "explore-damaged.toml").read_text(encoding="utf-8")
    outcome = try_schedule(Attempt(text, 1, (Harm(Place("c1", "transfer", "n1", 1), "drop"),)))
    assert (outcome.verdict, outcome.missed) == ("pass", False), outcome.why
