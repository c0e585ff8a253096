"""Events: sent in order, and the durable ones exactly when they are true, whatever crashes."""

import pytest
import trio
from fake_host import Puppet, in_virtual_time

pytestmark = in_virtual_time


@pytest.fixture
async def node(bench):
    node = bench(puppet=Puppet)
    node.disk.takes = 1.0
    await node.start()
    return node


async def restart(node):
    node.crash()
    await node.settle()
    await node.start()


async def test_an_event_goes_to_the_runner_with_its_role_its_fields_and_an_id_of_its_own(node):
    node.puppet.emit("became_leader", term=3)
    node.puppet.emit("stepped_down", term=3)
    assert [line["dest"] for line in node.host.lines[1:]] == ["runner", "runner"]
    assert node.events("became_leader") == [
        {"type": "event", "event": "became_leader", "role": "puppet", "id": "n1/0/1", "fields": {"term": 3}}
    ]
    assert node.events("stepped_down")[0]["id"] == "n1/0/2"


async def test_an_events_id_is_not_used_again_by_a_later_incarnation(node):
    node.puppet.emit("seen")
    await restart(node)
    node.puppet.emit("seen")
    assert node.events("seen")[0]["id"] == "n1/1/1"


async def test_a_durable_event_is_sent_when_the_sync_that_makes_it_true_completes(node, nursery):
    node.puppet.store.put("vote", "n2")
    node.puppet.emit("voted", durable=True, term=3)
    nursery.start_soon(node.puppet.store.sync)
    await trio.sleep(0.9)
    assert not node.events("voted")
    await trio.sleep(0.2)
    assert node.events("voted")[0]["fields"] == {"term": 3}


async def test_a_durable_event_is_sent_before_the_role_goes_on(node):
    node.puppet.emit("voted", durable=True)
    await node.puppet.store.sync()
    assert node.events("voted")


async def test_a_durable_event_emitted_during_a_sync_waits_for_the_next(node, nursery):
    node.puppet.store.put("a", 1)
    nursery.start_soon(node.puppet.store.sync)
    await trio.sleep(0.5)
    node.puppet.emit("voted", durable=True)
    await trio.sleep(5)
    assert not node.events("voted")
    await node.puppet.store.sync()
    assert node.events("voted")


async def test_a_durable_event_is_forgotten_with_the_writes_that_a_crash_forgets(node):
    node.puppet.store.put("vote", "n2")
    node.puppet.emit("voted", durable=True)
    await restart(node)
    assert not node.events("voted")


async def test_a_durable_event_that_may_not_have_been_sent_is_sent_again_under_the_same_id(node):
    node.puppet.emit("voted", durable=True, term=3)
    await node.puppet.store.sync()
    sent = node.events("voted")
    await restart(node)
    assert node.events("voted") == sent


async def test_a_durable_event_that_has_left_is_deleted_with_the_next_sync(node):
    node.puppet.emit("voted", durable=True)
    await node.puppet.store.sync()
    node.puppet.store.put("a", 1)
    await node.puppet.store.sync()
    await restart(node)
    assert not node.events("voted")


async def test_a_durable_event_is_kept_while_a_crash_could_lose_its_line(node):
    node.host.drained = False
    node.puppet.emit("voted", durable=True)
    await node.puppet.store.sync()
    node.puppet.store.put("a", 1)
    await node.puppet.store.sync()
    await restart(node)
    assert node.events("voted")
