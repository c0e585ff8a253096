"""The store: memory at once, durable after sync, and what a sync promises to whoever calls it while another runs."""

import pytest
import trio
from fake_host import Puppet, in_virtual_time

from chaosctl.node.role import Role

pytestmark = in_virtual_time


@pytest.fixture
async def node(bench):
    node = bench(puppet=Puppet)
    node.disk.takes = 1.0
    await node.start()
    return node


async def restart(node, **settings):
    node.crash()
    await node.settle()
    await node.start(**settings)


async def test_a_put_is_seen_at_once_and_an_absent_key_gives_the_default(node):
    store = node.puppet.store
    store.put("a", 1)
    assert (store.get("a", int), store.get("b", int, 7), store.get("b", int)) == (1, 7, None)
    store.delete("a")
    assert store.get("a", int) is None


async def test_a_value_is_decoded_to_the_type_asked_for(node):
    node.puppet.store.put("ballot", (3, "n1"))
    assert node.puppet.store.get("ballot", tuple[int, str]) == (3, "n1")


async def test_what_is_put_is_not_changed_by_what_its_owner_does_later(node):
    log = [1]
    node.puppet.store.put("log", log)
    log.append(2)
    assert node.puppet.store.get("log", list[int]) == [1]


async def test_a_scan_returns_the_keys_under_a_prefix_in_order(node):
    store = node.puppet.store
    for key in ("log/2", "log/1", "vote", "log/3"):
        store.put(key, key)
    store.delete("log/3")
    assert list(store.scan("log/", str).items()) == [("log/1", "log/1"), ("log/2", "log/2")]


async def test_roles_do_not_see_each_others_keys(bench):
    class Other(Puppet):
        pass

    node = bench(one=Puppet, other=Other)
    await node.start()
    one, other = Puppet.started[-2:]
    one.store.put("key", 1)
    assert other.store.get("key", int) is None
    assert not other.store.scan("", int)


async def test_a_role_may_not_write_where_its_database_is(node):
    with pytest.raises(ValueError, match="database"):
        node.puppet.store.put("db/row/a", 1)


async def test_a_crash_loses_what_was_not_synced_and_nothing_else(node):
    node.puppet.store.put("synced", 1)
    await node.puppet.store.sync()
    node.puppet.store.put("unsynced", 2)
    await restart(node)
    assert (node.puppet.store.get("synced", int), node.puppet.store.get("unsynced", int)) == (1, None)


async def test_a_tuple_is_a_tuple_after_a_restart_too(node):
    node.puppet.store.put("ballot", (3, "n1"))
    await node.puppet.store.sync()
    await restart(node)
    assert node.puppet.store.get("ballot", tuple[int, str]) == (3, "n1")


async def test_a_sync_with_nothing_to_write_returns_at_once(node):
    began = trio.current_time()
    await node.puppet.store.sync()
    assert trio.current_time() == began
    assert not node.disk.syncs


async def test_a_sync_that_finds_nothing_dirty_waits_for_the_one_in_flight(node, nursery):
    node.puppet.store.put("promised", 1)
    nursery.start_soon(node.puppet.store.sync)
    await trio.sleep(0.5)
    await node.puppet.store.sync()
    assert len(node.disk.syncs) == 1


async def test_a_write_made_during_a_sync_belongs_to_the_next(node, nursery):
    store = node.puppet.store
    store.put("a", 1)
    nursery.start_soon(store.sync)
    await trio.sleep(0.5)
    store.put("b", 2)
    began = trio.current_time()
    await store.sync()
    assert trio.current_time() - began == pytest.approx(1.5)
    assert [sorted(writes) for writes in node.disk.syncs] == [["puppet/a"], ["puppet/b"]]


async def test_all_who_sync_during_a_sync_share_the_next_one(node, nursery):
    store = node.puppet.store
    for number in range(5):
        store.put(f"{number}", number)
        nursery.start_soon(store.sync)
        await trio.sleep(0.1)
    await store.sync()
    assert len(node.disk.syncs) == 2


async def test_a_sync_makes_other_roles_writes_durable_too(bench):
    class Other(Puppet):
        pass

    node = bench(one=Puppet, other=Other)
    await node.start()
    one, other = Puppet.started[-2:]
    one.store.put("key", 1)
    await other.store.sync()
    assert sorted(node.disk.syncs[0]) == ["one/key"]


async def test_a_timeout_of_the_role_does_not_stop_a_commit(node):
    node.puppet.store.put("a", 1)
    with node.puppet.timeout(0.5) as scope:
        await node.puppet.store.sync()
    assert scope.cancelled_caught
    await trio.sleep(1)
    assert len(node.disk.syncs) == 1


@pytest.mark.parametrize("fault", ["fsync_error", "full"])
async def test_a_failed_sync_ends_the_node_before_anybody_goes_on(node, nursery, fault):
    went_on = []

    async def sync():
        await node.puppet.store.sync()
        went_on.append(True)

    node.tell("runner", type="disk", **{fault: True})
    node.puppet.store.put("a", 1)
    nursery.start_soon(sync)
    await trio.sleep(5)
    assert "sync failed" in node.host.died
    assert "sync failed" in node.said("problem")[0]["what"]
    assert not went_on


async def test_a_healed_disk_syncs_again_at_its_old_speed(node):
    node.tell("runner", type="disk", slow=3.0, full=True)
    node.tell("runner", type="disk", heal=True)
    node.puppet.store.put("a", 1)
    began = trio.current_time()
    await node.puppet.store.sync()
    assert trio.current_time() - began == pytest.approx(1.0)


async def test_a_sync_takes_what_the_disk_the_experiment_and_the_fault_ask_for(bench):
    node = bench(puppet=Puppet)
    node.disk.takes = 1.0
    await node.start(disk_sync=0.25, disk_faults={"slow": 0.5})
    node.puppet.store.put("a", 1)
    began = trio.current_time()
    await node.puppet.store.sync()
    assert trio.current_time() - began == pytest.approx(1.75)


async def test_lose_tail_is_told_to_the_disk_before_it_is_read(node):
    for number in range(3):
        node.puppet.store.put("n", number)
        await node.puppet.store.sync()
    await restart(node, lose_tail=2)
    assert node.puppet.store.get("n", int) == 0


async def test_the_runner_is_told_of_every_completed_sync(node):
    node.puppet.store.put("a", 1)
    node.puppet.store.put("b", 1)
    await node.puppet.store.sync()
    assert node.said("synced") == [{"type": "synced", "writes": 2, "duration_ns": 1_000_000_000}]


async def test_nothing_is_told_where_no_events_are_wanted(bench):
    node = bench(puppet=Puppet)
    await node.start(events=False)
    node.puppet.store.put("a", 1)
    node.puppet.emit("voted", durable=True, term=1)
    node.puppet.emit("seen")
    await node.puppet.store.sync()
    assert [line["body"]["type"] for line in node.host.lines] == ["init_ok"]
    assert sorted(node.disk.syncs[0]) == ["puppet/a"]


async def test_a_role_may_sync_before_it_has_started(bench):
    class Early(Role):
        async def start(self) -> None:
            self.store.put("began", 1)
            await self.store.sync()

    node = bench(early=Early)
    await node.start()
    assert node.said("init_ok")
    assert len(node.disk.syncs) == 1
