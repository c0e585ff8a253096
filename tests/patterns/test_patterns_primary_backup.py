"""What a primary and its backup promise: both or no answer, one promotion a view, and no way back for the old one."""

import pytest

from chaosctl.node.messages import RpcError
from chaosctl.patterns.replication.messages import Write, WriteOk
from chaosctl.patterns.replication.primary_backup import PrimaryBackupOptions
from chaosctl.patterns.replication.primary_backup_messages import Announce, Join, Replicate, Transfer, View
from chaosctl.patterns.replication.primary_backup_server import Server
from tests.patterns.fake_calls import FakeCalls

NODES = ["n1", "n2", "n3"]
FIRST = View(1, "n1", "n2")


async def server(node: str) -> tuple[Server, FakeCalls]:
    calls = FakeCalls(node, NODES, PrimaryBackupOptions(), ["server"])
    role = Server(calls)
    await role.start()
    calls.said.clear()
    return role, calls


@pytest.mark.trio
async def test_a_primary_that_its_backup_has_not_confirmed_refuses_before_it_writes():
    role, calls = await server("n1")
    with pytest.raises(RpcError):
        await role.on_write(Write(src="c1", key=0, value=1))
    assert calls.said == []


@pytest.mark.trio
async def test_a_promoted_backup_writes_alone_once_its_view_is_led():
    role, calls = await server("n2")
    await role.on_operator("promote", {})
    assert not role.leading
    await role.confirm(role.view)
    await role.on_write(Write(src="c1", key=0, value=1))
    assert role.view == View(2, "n2")
    assert calls.replied == [WriteOk()]


@pytest.mark.trio
async def test_a_second_promotion_begins_no_second_view():
    role, _ = await server("n2")
    for _ in range(2):
        await role.on_operator("promote", {})
    assert role.view == View(2, "n2")


@pytest.mark.trio
@pytest.mark.parametrize("node", ["n1", "n3"])
async def test_nobody_but_the_backup_can_be_promoted(node):
    role, _ = await server(node)
    await role.on_operator("promote", {})
    assert role.view == FIRST


@pytest.mark.trio
async def test_a_promoted_backup_refuses_the_copies_of_the_old_primary():
    role, _ = await server("n2")
    await role.on_operator("promote", {})
    with pytest.raises(RpcError):
        await role.on_replicate(Replicate(src="n1", view=FIRST, entries={"key/0": (1, 7)}))
    assert role.entries == {}


@pytest.mark.trio
async def test_an_old_primary_that_hears_of_a_newer_view_leads_no_longer_and_asks_to_join():
    role, calls = await server("n1")
    role.leading = True
    await role.on_announce(Announce(src="n2", view=View(2, "n2")))
    assert not role.leading
    assert calls.sent == [("n2", Join(view=View(2, "n2")))]


@pytest.mark.trio
async def test_an_old_primary_counts_what_it_drops_for_the_new_ones_copy():
    role, calls = await server("n1")
    role.keep({"key/0": (4, "mine"), "key/1": (3, "both")})
    await role.on_transfer(Transfer(src="n2", view=View(3, "n2", "n1"), entries={"key/1": (3, "both")}, base=3))
    assert ("emit", "discarded", True, {"term": 1, "writes": 1, "values": [("0", "mine")]}) in calls.said
    assert role.entries == {"key/1": (3, "both")}


@pytest.mark.trio
async def test_a_transfer_that_comes_late_undoes_nothing():
    role, _ = await server("n1")
    view = View(3, "n2", "n1")
    await role.on_transfer(Transfer(src="n2", view=view, entries={}, base=0))
    await role.on_replicate(Replicate(src="n2", view=view, entries={"key/0": (1, 7)}, msg_id=1))
    await role.on_transfer(Transfer(src="n2", view=view, entries={}, base=0))
    assert role.entries == {"key/0": (1, 7)}


def test_what_an_asynchronous_primary_had_not_copied_is_lost_and_counted(simulate):
    run = simulate("primary-backup/asynchronous")
    assert "linearizable" in run.violated
    assert sum(int(event["writes"]) for event in run.events("discarded")) > 0
    assert run.figure("lost-updates") > 0


def test_two_copies_that_take_silence_for_death_both_lead_under_a_partition_and_not_under_a_crash(simulate):
    split, crashed = simulate("no-partition/partition"), simulate("no-partition/crash")
    assert {event["node"] for event in split.events("went_alone")} == {"n1", "n2"}
    assert {event["node"] for event in crashed.events("went_alone")} == {"n2"}
    assert not crashed.violated
