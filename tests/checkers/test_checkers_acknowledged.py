"""Messages that a broker acknowledged: what the check must pass, what it must convict, and what it can't know."""

import pytest
from stories import Story

from chaosctl.checkers.verdict import judge_check

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"
G, H = (f"n1 message_acknowledged message={gid} consumer=n2" for gid in "gh")
AGAIN, BACK = "n1 redelivered message=g nth=1", "!runner server_started server=message-broker kind=redis promise=none"
TOOK_G, TOOK_H = "n2 committed gid=g", "n2 committed gid=h"


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        (f"{G}; {TOOK_G}", PASS),
        (f"{TOOK_G}; {G}", PASS),  # consumed before the producer had heard
        (f"{G}; n2 refused gid=g", PASS),  # taken in, and sent back
        (f"{G}; {H}; {TOOK_H}", FAIL),  # the later one was delivered
        (f"{G}; {H}; {TOOK_H}; n1 committed gid=g", FAIL),  # at its producer, not at its consumer
        (f"{G}; {H}; {TOOK_H}; n2 committed gid=g/again1", FAIL),  # sent anew by reconciliation: lost all the same
        (f"{G}; {H}; {TOOK_H}; n2 committed gid=g/again1; n2 absorbed gid=g message=g", PASS),  # late, and not lost
        (
            f"{G}; {H}; {TOOK_H}; n2 committed gid=g/again1; n2 absorbed gid=g message=g/again1",
            FAIL,
        ),  # that one, doubled
        (f"{G}; {H}; {TOOK_H}; n1 dead_lettered message=g gid=g", UNKNOWN),  # delivered, and refused each time
        (f"{G}; {H}; {TOOK_H}; n1 dead_lettered message=h gid=h", FAIL),  # another's
        (
            f"{G}; {H}; {TOOK_H}; n1 dead_lettered message=g gid=g; n1 message_stored message=g",
            FAIL,
        ),  # and again, in vain
        (f"{G}; {H}; {TOOK_H}; {AGAIN}", UNKNOWN),  # not taken yet, and the broker's node has it
        (f"{G}; {H}; {TOOK_H}; {AGAIN}; !runner server_killed server=message-broker; {BACK}", FAIL),  # and then had not
        (f"{G}; {H}; {TOOK_H}; !runner server_killed server=message-broker; {BACK}; {AGAIN}", UNKNOWN),
        (f"{G}; {H}; {TOOK_G}", UNKNOWN),  # the queue's end may be delivered yet
        (f"@9900 {G}; @9901 {H}; @9902 {TOOK_H}", PASS),  # acknowledged as the run ended
        (f"{G}; {H}; {TOOK_H}; !n2 killed incarnation=0", UNKNOWN),  # its consumer is down
        (f"{G}; {H}; {TOOK_H}; !runner server_killed server=message-broker", UNKNOWN),
        (f"{G}; {H}; {TOOK_H}; !runner server_killed server=n2-db", FAIL),  # not the broker
        (TOOK_G, UNKNOWN),  # nothing was acknowledged
    ],
)
def test_a_broker_delivers_what_it_acknowledged(events, verdict):
    assert judge_check("acknowledged-messages", Story(events).recording()).valid == verdict


def test_a_broker_that_is_a_role_has_what_it_got_since_its_server_last_fell_and_passes_what_is_refused():
    fell = "!runner server_killed server=message-broker"
    for events, verdict in (
        (f"{fell}; {BACK}; {G}; {H}; {TOOK_H}", UNKNOWN),
        (f"{G}; {fell}; {BACK}; {H}; {TOOK_H}", FAIL),
    ):
        recording = Story(events).recording()
        of_role = [event for event in recording.events if event.event == "message_acknowledged"]
        for event in of_role:
            event.role = "broker"
        assert judge_check("acknowledged-messages", recording).valid == verdict


def test_the_verdict_says_which_broker_it_was_and_what_it_does_before_it_acknowledges():
    started = "!runner server_started server=message-broker kind=redis promise=snapshots"
    judgement = judge_check("acknowledged-messages", Story(f"{started}; {G}; {H}; {TOOK_H}").recording())
    assert judgement.why == "1 of 2 messages acknowledged by redis (snapshots) were lost"
    assert judgement.counts == {"acknowledged": 2, "lost": 1, "undelivered": 1}
