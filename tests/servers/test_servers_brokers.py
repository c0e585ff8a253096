"""Runs whose messages go through a real broker: what it acknowledged is there after its crash, or it is convicted."""

import pytest

from chaosctl.catalogue import catalogue
from chaosctl.errors import BadInput, Missing
from chaosctl.experiment.load import load
from tests.conftest import text_of
from tests.servers.conftest import need_broker

pytestmark = [pytest.mark.processes, pytest.mark.slow]


@pytest.mark.parametrize(
    "name", ["redis-append-only", "nats-default", "nats-immediate", "nats-pause", "redis-relay-crash", "redis-order"]
)
def test_what_a_broker_on_disk_acknowledged_is_delivered_through_its_crash_or_pause(name, on_processes):
    need_broker(name.partition("-")[0])
    run = on_processes(f"outbox/{name}")
    assert run.as_expected, run.why


def test_what_a_broker_in_memory_acknowledged_is_lost_in_its_crash_and_found_by_reconciliation(on_processes):
    need_broker("redis")
    run = on_processes("outbox/redis-snapshots")
    assert run.as_expected, run.why
    assert run.violated == {"acknowledged-messages"}
    assert 0 < run.figure("acknowledged-messages-lost") <= len(run.events("repaired"))


def test_the_notes_of_an_order_are_not_taken_for_doubles_of_each_other_by_a_broker_that_knows_names(on_processes):
    need_broker("nats")
    run = on_processes("outbox/order", overrides=['system.options.broker="nats"'])
    assert run.as_expected, run.why
    assert run.events("message_acknowledged")
    assert not run.events("discrepancy")


@pytest.mark.parametrize("name", ["redis-append-only", "redis-snapshots", "redis-order"])
def test_half_messages_in_redis_are_kept_or_lost_with_their_money_as_its_persistence_promises(name, on_processes):
    need_broker("redis")
    run = on_processes(f"message-transaction/{name}")
    assert run.as_expected, run.why


def test_an_order_that_nobody_pays_is_a_dead_letter_in_redis_and_no_loss_of_it(on_processes):
    need_broker("redis")
    redis = ['system.options.broker="redis"', 'system.options.broker_sync="everysec"']
    run = on_processes(
        "message-transaction/order-unpaid", overrides=[*redis, 'expect.checks=["acknowledged-messages"]']
    )
    assert run.as_expected, run.why
    assert run.events("dead_lettered")
    assert run.finished.verdict.checks["acknowledged-messages"].valid == "unknown"


@pytest.mark.usefixtures("nothing_installed")
def test_a_broker_that_is_not_installed_makes_the_verdict_unknown_with_the_word_what_to_install(on_processes):
    with pytest.raises(
        Missing, match="unknown, not run: redis-server is not installed: apt-get install redis-server"
    ) as missing:
        on_processes("outbox/redis-append-only")
    assert missing.value.exit_code == 4


def test_a_misspelt_broker_is_refused_with_the_nearest_right_name_though_a_fault_aims_at_it():
    with pytest.raises(BadInput, match='not "rediss"; did you mean "redis"') as mistakes:
        load(text_of("outbox/redis-append-only"), catalogue(), overrides=["system.options.broker=rediss"])
    assert len(mistakes.value.mistakes) == 1
