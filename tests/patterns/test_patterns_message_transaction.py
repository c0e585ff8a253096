"""The broker of a message transaction: what it commits is on disk before anybody hears of it, and delivered once."""

from itertools import pairwise

import pytest

SLOW_COMMIT = [
    'system.options.check_after="50ms"',
    'faults=[{ kind = "disk", mode = "slow", sync = "200ms", target = "n1" }]',
    'faults[0].when={ message = "end" }',
    'faults[0].duration="300ms"',
]
"""The disk takes longer for the commit than the broker has patience for a half message."""


@pytest.fixture
def slow_commit(simulate):
    return simulate("message-transaction/explore", overrides=SLOW_COMMIT)


def sent(run, kind):
    """Return when messages of a type were sent, in nanoseconds."""
    return [row.time for row in run.finished.recording.messages() if row.fate == "sent" and row.type == kind]


def test_a_message_is_delivered_once_however_long_the_disk_takes_for_its_commit(slow_commit):
    assert slow_commit.verdict == "pass", slow_commit.why
    assert len(sent(slow_commit, "deliver_parcel")) == len(slow_commit.events("message_stored")) == 2
    assert not slow_commit.events("absorbed")
    assert len(slow_commit.events("message_done")) == 2


def test_no_consumer_sees_a_message_before_its_commit_is_on_disk(slow_commit):
    assert sent(slow_commit, "deliver_parcel")[0] - sent(slow_commit, "end")[0] > 200_000_000


def test_a_consumer_that_had_a_message_before_the_disk_forgot_its_commit_is_believed_while_it_is_committed_again(
    simulate,
):
    late = '{ kind = "delay", message = "consumed", amount = "215ms", at = "0s", duration = "399ms" }'
    forgets = (
        '{ kind = "crash", target = "n1", when = { message = "consumed" }, disk = "lose-tail", restart_after = "50ms" }'
    )
    run = simulate("message-transaction/explore", overrides=['disk.sync="30ms"', f"faults=[{late}, {forgets}]"])
    assert run.verdict == "pass", run.why
    assert len(sent(run, "end")) == 3  # The first was asked for once more.
    assert len(sent(run, "deliver_parcel")) == len(run.events("message_done")) == 2


def test_a_dead_letter_that_an_operator_has_delivered_while_it_is_being_parked_gets_all_of_its_deliveries(simulate):
    slow = '{ kind = "disk", mode = "slow", sync = "100ms", target = "n1", at = "700ms", duration = "200ms" }'
    order = '{ kind = "operator", command = "redeliver", target = "n1", at = "800ms" }'
    run = simulate("message-transaction/poison", overrides=[f"faults=[{slow}, {order}]", "expect.thresholds=[]"])
    again = [row.time for row in run.finished.recording.events if row.event == "redelivered" and row.time > 752_000_000]
    assert len(run.events("dead_lettered")) == 2
    assert [round((later - earlier) / 1e6) for earlier, later in pairwise(again)] == [100, 100, 100]
