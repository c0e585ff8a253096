"""Transfers that are complete in the end: what each check must pass, and what it must convict."""

import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"

TAKEN = 'n1 prepared gid=g effects={"a0":-5}; n1 committed gid=g'
ARRIVED = 'n2 prepared gid=g effects={"a1":5}; n2 committed gid=g'
ASTRAY = ARRIVED.replace("a1", "a3")
BACK = 'n1 prepared gid=g/back effects={"a0":5}; n1 committed gid=g/back'
ACCEPTED = 'n1 accepted_transfer gid=g legs={"a0":-5,"a1":5}'


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        (f"{TAKEN}; @6000 {ARRIVED}", PASS),  # long between the two, but both
        (f"{TAKEN}; {BACK}", PASS),  # refused, and compensated
        (TAKEN, FAIL),
        (ARRIVED, FAIL),  # the message of a transaction that never was
        (f"{TAKEN}; {ARRIVED}; {BACK}", FAIL),  # done and undone
        (f"{ACCEPTED}; {TAKEN}; {ARRIVED}", PASS),
        (f"{ACCEPTED}; {TAKEN}; {BACK}", PASS),
        (f"{ACCEPTED}; {TAKEN}; {ASTRAY}", FAIL),  # arrived on another account
        (f"{TAKEN}; {ARRIVED.replace('gid=g', 'gid=g/back')}", FAIL),  # paid back to the wrong account
        (f"{TAKEN}; {ARRIVED}; n2 committed gid=g", FAIL),  # arrived twice
        (f"@9990 {TAKEN}", PASS),  # on its way as the run ended
        (f"{TAKEN}; @9000 !n2 killed incarnation=0", UNKNOWN),  # n2 is down, and may yet
        (f"{TAKEN}; !n2 started lost_syncs=1", UNKNOWN),  # its disk forgot what it had
        (
            f"{TAKEN}; @9500 n3 decided gid=g decision=abort participants=[]",
            UNKNOWN,
        ),  # turned back late
        (f"{TAKEN}; n2 {ARRIVED[3:]}; @9500 {BACK}", UNKNOWN),  # undone backward, and one step is left
        (f"{TAKEN}; @7000 n3 decided gid=g decision=abort participants=[]", FAIL),  # it had the time, and did nothing
        (f"{TAKEN}; @9500 n3 decided gid=h decision=abort participants=[]", FAIL),  # another's
        (f"{TAKEN}; {TAKEN.replace('gid=g', 'gid=h')}; @9500 n3 decided gid=h decision=abort", FAIL),  # h hides no g
        ("n1 decided gid=g decision=abort participants=[]", UNKNOWN),  # nothing ever happened
    ],
)
def test_a_transfer_has_all_of_its_effects_in_the_end_or_none(events, verdict):
    assert judge_check("eventual-atomicity", Story(events).recording()).valid == verdict


@pytest.mark.parametrize(
    ("events", "outcomes", "verdict"),
    [
        (ACCEPTED, ["ok"], PASS),
        (ACCEPTED, ["info", "ok"], PASS),
        (f"{ACCEPTED}; {ACCEPTED}", ["ok"], PASS),  # one transfer, told of twice
        (f"{ACCEPTED}; {ACCEPTED.replace('gid=g', 'gid=h')}", ["ok"], FAIL),  # two, and one was asked for
        (ACCEPTED, ["ok", "ok"], FAIL),  # two were told, one was accepted
        (ACCEPTED, ["fail:abort"], FAIL),  # refused, and accepted
        (ACCEPTED, ["info"], UNKNOWN),  # nobody was told anything
        (f"{ACCEPTED}; @9000 !n2 killed incarnation=0", ["ok", "ok"], UNKNOWN),
    ],
)
def test_clients_are_told_what_was_accepted(events, outcomes, verdict):
    story = Story(events)
    for number, outcome in enumerate(outcomes):
        story.call("transfer", 10 * number + 1, 10 * number + 5, outcome, value={"from": "a0", "to": "a1", "amount": 5})
    assert judge_check("acks-settled", story.recording()).valid == verdict


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("n1 message_stored message=g; n1 message_done message=g", PASS),
        ("n1 message_stored message=g; n1/1 message_done message=g", PASS),
        ("n1 message_stored message=g", FAIL),
        ("n1 message_stored message=g; n1 message_done message=g; n1 message_stored message=g", FAIL),  # put back
        ("n1 message_stored message=g; n2 message_done message=g", FAIL),  # another node's table
        ("@9990 n1 message_stored message=g", PASS),  # as the run ended
        ("n1 message_stored message=g; n1 dead_lettered message=g gid=g", PASS),  # kept and counted
        ("n1 message_stored message=g; n1 dead_lettered message=g; n1 message_stored message=g", FAIL),  # tried again
        ("n1 message_stored message=g; @9000 !n2 killed incarnation=0", UNKNOWN),
        ("n1 message_done message=g", UNKNOWN),
    ],
)
def test_no_message_is_left_on_its_way_in_the_end(events, verdict):
    assert judge_check("nothing-left", Story(events).recording()).valid == verdict


AGAIN = "n1 message_stored message=g; n1 redelivered message=g nth=1; n1 redelivered message=g nth=2"
DEAD = f"{AGAIN}; n1 dead_lettered message=g gid=g tries=3"


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        (DEAD, PASS),
        (f"{AGAIN}; n1 message_done message=g", PASS),  # the last delivery was not in vain
        (f"{AGAIN}; n1 redelivered message=g nth=3; n1 message_done message=g", FAIL),  # one more than is declared
        (f"{DEAD}; n1 message_stored message=g; {AGAIN}; n1 message_done message=g", PASS),  # counted anew
    ],
)
def test_a_message_is_delivered_no_more_often_than_is_declared(events, verdict):
    story = Story(events, options={"most_deliveries": 3})
    assert judge_check("nothing-left", story.recording()).valid == verdict


@pytest.mark.parametrize(
    ("later", "verdict"),
    [
        ("", FAIL),
        ("@5000 n1 message_stored message=g; n1 message_done message=g", PASS),
        ("@5000 n1 message_stored message=g; n1 dead_lettered message=g gid=g", PASS),  # in vain once more
        ("@5000 !n1 killed incarnation=0; !n1 started; !n1 ready", PASS),  # before it had done as it was ordered, maybe
        ("@5000 !n2 killed incarnation=0; !n2 started; !n2 ready", FAIL),  # another's start is no excuse
        ("@9000 !n1 killed incarnation=0", UNKNOWN),
    ],
)
def test_a_dead_letter_is_there_when_an_operator_has_it_delivered_again(later, verdict):
    story = Story(f"{DEAD}; {later}")
    story.fault_row("applied", 4500, kind="operator", targets=["n1"], details={"command": "redeliver"})
    assert judge_check("nothing-left", story.recording()).valid == verdict


def test_what_is_a_dead_letter_only_after_the_order_stays_one():
    story = Story(f"@5000 {DEAD}").fault_row(
        "applied", 4500, kind="operator", targets=["n1"], details={"command": "redeliver"}
    )
    assert judge_check("nothing-left", story.recording()).valid == PASS


@pytest.mark.parametrize(("stalled_ms", "verdict"), [(500, FAIL), (1500, UNKNOWN)])
def test_a_task_that_a_fault_held_up_into_the_grace_period_may_have_been_the_one_to_end_a_transfer(stalled_ms, verdict):
    story = Story(TAKEN)
    story.fault_row("armed", name="stall", kind="stall", targets=["n3"], details={"stall_ns": stalled_ms * 1_000_000})
    story.fault_row("applied", 7000, name="stall", kind="stall", targets=["n3"], occurrence=0)
    story.fault_row("healed", 8000, name="stall", kind="stall", targets=["n3"], occurrence=0)
    assert judge_check("eventual-atomicity", story.recording()).valid == verdict
