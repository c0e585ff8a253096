"""The workload `echo`: texts of their own, and Maelstrom's answer alone is an answer."""

from random import Random

import pytest

from chaosctl.workloads.echo import Echo
from chaosctl.workloads.workload import Invocation, Options, Outcome


def echo():
    return Echo(Options(), ("n1",), {})


def test_no_text_is_sent_twice():
    workload = echo()
    texts = [workload.next(client, Random(1)).value for client in (0, 1, 0, 2) for _ in range(5)]
    assert len(set(texts)) == len(texts)


def test_a_wrong_text_is_an_answer_which_the_check_judges():
    assert echo().request(Invocation("echo", "a")) == {"type": "echo", "echo": "a"}
    assert echo().outcome(Invocation("echo", "a"), {"type": "echo_ok", "echo": "b"}) == Outcome("ok", "b")


@pytest.mark.parametrize("reply", [{"type": "echo_ok"}, {"type": "echo", "echo": "a"}])
def test_what_is_no_echo_ok_is_malformed(reply):
    with pytest.raises((KeyError, ValueError)):
        echo().outcome(Invocation("echo", "a"), reply)
