"""What Multi-Paxos promises ("Paxos Made Simple", section 3): one phase 1 for all, no holes, and no second effect."""

import pytest

from chaosctl.errors import BadInput
from chaosctl.patterns.paxos.multi import MultiPaxosOptions
from chaosctl.patterns.paxos.multi_acceptor import LogAcceptor
from chaosctl.patterns.paxos.multi_machine import Machine
from chaosctl.patterns.paxos.multi_messages import (
    NOTHING,
    AcceptSlot,
    Command,
    PrepareLog,
    PromiseLog,
    Snapshotted,
)
from chaosctl.patterns.replication.messages import ReadOk
from tests.patterns.fake_calls import FakeCalls

WRITE = Command("c1", 1, "write", 0, 7)
READ = Command("c1", 2, "read", 0)


async def acceptor(calls: FakeCalls) -> LogAcceptor:
    role = LogAcceptor(calls)
    await role.start()
    return role


@pytest.mark.trio
async def test_an_acceptor_that_forgot_slots_says_in_every_promise_that_they_are_chosen():
    calls = FakeCalls("n1", ["n1", "n2", "n3"], MultiPaxosOptions(), ["acceptor", "proposer", "store"])
    role = await acceptor(calls)
    for slot in (1, 2, 3):
        await role.on_accept_slot(AcceptSlot(src="n2", ballot=(1, "n2"), slot=slot, command=WRITE))
    await role.on_snapshotted(Snapshotted(src="n1", slot=2))
    role = await acceptor(calls)
    await role.on_prepare_log(PrepareLog(src="n3", ballot=(2, "n3"), first=1))
    assert calls.replied[-1] == PromiseLog(ballot=(2, "n3"), accepted=[(3, (1, "n2"), WRITE)], cut=2)


def test_a_snapshot_has_what_clients_were_answered_so_that_a_retry_has_no_second_effect():
    machine = Machine(NOTHING)
    machine.apply(WRITE)
    machine.apply(READ)
    again = Machine(machine.snapshot())
    again.apply(Command("c2", 1, "write", 0, 8))
    again.apply(READ)
    assert again.answer("c1") == ReadOk(value=7)
    assert again.slot == 4


def test_a_node_that_was_away_takes_the_state_in_place_of_the_commands(simulate):
    run = simulate("multi-paxos/away")
    assert run.verdict == "pass"
    assert run.events("installed")
    assert run.figure("catch-up-time") < 0.8


def test_a_stable_leader_prepares_once_and_then_takes_one_round_a_command(simulate):
    run = simulate("multi-paxos/no-fault")
    assert 1 < run.figure("rounds-per-decision") < 1.05


def test_quorums_of_a_log_that_need_not_meet_are_refused(simulate):
    with pytest.raises(BadInput, match="need not meet"):
        simulate("multi-paxos/no-fault", overrides=["system.options.phase_2=2"])
