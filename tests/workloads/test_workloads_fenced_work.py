"""The workload fenced-work: what it asks, and what it takes from the answer."""

import pytest

from chaosctl.workloads.fenced_work import FencedWork
from chaosctl.workloads.workload import Invocation, Options, Outcome

NODES = ("n1", "n2")


def test_fenced_work_takes_holder_token_and_position_from_the_answer():
    workload = FencedWork(Options(), NODES, {})
    reply = {"type": "work_ok", "holder": "n2", "token": 7, "position": 3}
    assert workload.request(Invocation("work")) == {"type": "work"}
    assert workload.outcome(Invocation("work"), reply) == Outcome("ok", {"holder": "n2", "token": 7, "position": 3})


def test_scripted_work_takes_no_value():
    with pytest.raises(ValueError, match="takes no value"):
        FencedWork(Options(), NODES, {}).scripted("work", 1)
