"""What survives a crash in a shop, what is stale meanwhile, and when all agree again, by where its parts are."""

import pytest

pytestmark = pytest.mark.slow


def served(run, f: str) -> float:
    return run.figure("availability", phase="faults", f=f)


def test_all_in_one_process_nothing_survives_its_crash_and_nothing_is_left_open(simulate):
    run = simulate("base/together")
    assert all(served(run, f) < 0.1 for f in ("browse", "order", "track"))
    assert run.figure("settle-time-max") < 0.1


def test_in_parts_orders_are_taken_without_the_stock_and_what_there_is_can_be_told_for_a_while(simulate):
    run = simulate("base/split")
    assert served(run, "order") == served(run, "track") == 1
    assert 0 < served(run, "browse") < 0.6
    assert 0.5 < run.figure("settle-time-max") < 1.5  # They were settled when the stock was back.


def test_with_every_part_twice_all_goes_on_and_orders_at_the_dead_one_wait_for_it(simulate):
    run = simulate("base/replicated")
    assert served(run, "browse") == served(run, "order") == served(run, "track") == 1
    assert run.figure("settle-time-max") < 1.5


def test_soft_state_is_stale_even_where_nothing_breaks_but_less_so_the_oftener_it_is_refreshed(simulate):
    rare = simulate("orders/no-fault", overrides=['system.options.refresh="200ms"'])
    often = simulate("orders/no-fault", overrides=['system.options.refresh="10ms"'])
    assert rare.figure("stale-answers") > 2 * often.figure("stale-answers") > 0
