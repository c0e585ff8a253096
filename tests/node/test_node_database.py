"""Local transactions: atomic, isolated by row locks, durable at their end, and prepared ones in doubt over a crash."""

import pytest
import trio
from fake_host import Puppet, in_virtual_time

from chaosctl.node.messages import RpcError
from chaosctl.node.pattern import Options, Pattern
from chaosctl.node.role import LockTimeout

pytestmark = in_virtual_time


class Impatient(Options):
    lock_timeout: float = 0.5


class Refused(Exception):
    """A business rule said no."""


@pytest.fixture
async def node(bench):
    node = bench(pattern=Pattern("bank", "", {"puppet": Puppet}, (), (), options=Impatient))
    await node.start()
    async with node.puppet.database.transaction() as tx:
        await tx.put("a", 100)
        await tx.put("b", 100)
    return node


async def restart(node):
    node.crash()
    await node.settle()
    await node.start()


async def read(node, key):
    async with node.puppet.database.transaction() as tx:
        return await tx.get(key, int)


async def prepare(node, gid="g1", **rows):
    async with node.puppet.database.transaction(gid=gid) as tx:
        for key, value in rows.items():
            await tx.put(key, value)
        await tx.prepare()


async def test_a_transaction_is_durable_when_its_block_ends(node):
    await restart(node)
    assert (await read(node, "a"), await read(node, "c")) == (100, None)


async def test_a_transaction_writes_all_its_rows_in_one_sync(node):
    assert sorted(node.disk.syncs[0]) == ["puppet/db/row/a", "puppet/db/row/b"]


async def test_a_transaction_that_only_reads_does_not_sync(node):
    await read(node, "a")
    assert len(node.disk.syncs) == 1


async def test_a_transaction_that_raises_changes_nothing_and_frees_its_rows(node):
    async def refuse():
        async with node.puppet.database.transaction() as tx:
            await tx.put("a", 0)
            raise Refused

    with pytest.raises(Refused):
        await refuse()
    assert await read(node, "a") == 100


async def test_a_transaction_that_is_timed_out_changes_nothing_and_frees_its_rows(node):
    with node.puppet.timeout(1.0):
        async with node.puppet.database.transaction() as tx:
            await tx.put("a", 0)
            await trio.sleep_forever()
    assert await read(node, "a") == 100


async def test_a_transaction_sees_its_own_writes_and_nobody_else_does(node):
    async with node.puppet.database.transaction() as tx, node.puppet.database.transaction() as other:
        await tx.put("a", 1)
        await tx.delete("b")
        await tx.put("c", 3)
        assert (await tx.get("a", int), await tx.get("b", int, 0)) == (1, 0)
        assert await tx.scan("", int) == {"a": 1, "c": 3}
        assert await other.scan("", int) == {"a": 100, "b": 100}


async def test_a_row_is_shown_to_others_only_when_it_is_durable(node, nursery):
    node.disk.takes = 1.0
    async with node.puppet.database.transaction() as other:

        async def write():
            async with node.puppet.database.transaction() as tx:
                await tx.put("a", 1)

        nursery.start_soon(write)
        await trio.sleep(0.9)
        assert (await other.scan("a", int)) == {"a": 100}
        await trio.sleep(0.2)
        assert (await other.scan("a", int)) == {"a": 1}


async def test_rows_are_no_keys_of_the_roles_store(node):
    assert not node.puppet.store.scan("", int)


async def test_whoever_wants_a_locked_row_waits_in_line(node, nursery):
    order = []

    async def add(name, seconds):
        async with node.puppet.database.transaction() as tx:
            value = await tx.get("a", int)
            await trio.sleep(seconds)
            await tx.put("a", value + 1)
            order.append(name)

    for name, seconds in (("first", 0.3), ("second", 0.1), ("third", 0.0)):
        nursery.start_soon(add, name, seconds)
        await node.settle()
    await trio.sleep(1)
    assert order == ["first", "second", "third"]
    assert await read(node, "a") == 103


async def test_whoever_waits_longer_than_the_lock_timeout_gets_none(node):
    async with node.puppet.database.transaction() as holder:
        await holder.put("a", 1)
        began = trio.current_time()
        with pytest.raises(LockTimeout, match="a stayed locked"):
            await read(node, "a")
        assert trio.current_time() - began == pytest.approx(0.5)
    assert await read(node, "a") == 1


async def test_whoever_gave_up_in_line_is_passed_over(node, nursery):
    async with node.puppet.database.transaction() as holder:
        await holder.get("a", int)
        with node.puppet.timeout(0.1):
            await read(node, "a")
        nursery.start_soon(read, node, "a")
        await node.settle()
    assert await read(node, "a") == 100


async def test_a_prepared_transaction_shows_nothing_and_keeps_its_rows_locked(node):
    await prepare(node, a=1)
    assert node.puppet.database.prepared() == ["g1"]
    async with node.puppet.database.transaction() as tx:
        assert await tx.scan("a", int) == {"a": 100}
    with pytest.raises(LockTimeout):
        await read(node, "a")


async def test_a_prepared_transaction_is_in_doubt_after_a_crash_with_its_rows_locked(node):
    async with node.puppet.database.transaction(gid="g1") as tx:
        await tx.get("b", int)
        await tx.put("a", 1)
        await tx.prepare()
    await restart(node)
    assert node.puppet.database.prepared() == ["g1"]
    for key in ("a", "b"):
        with pytest.raises(LockTimeout):
            await read(node, key)


@pytest.mark.parametrize("crashes", [False, True])
async def test_a_prepared_transaction_is_committed_once_and_durably(node, crashes):
    await prepare(node, a=1, c=3)
    if crashes:
        await restart(node)
    assert await node.puppet.database.commit_prepared("g1")
    assert not await node.puppet.database.commit_prepared("g1")
    await restart(node)
    assert (await read(node, "a"), await read(node, "c"), node.puppet.database.prepared()) == (1, 3, [])


@pytest.mark.parametrize("crashes", [False, True])
async def test_a_prepared_transaction_is_rolled_back_once_and_durably(node, crashes):
    await prepare(node, a=1)
    if crashes:
        await restart(node)
    assert await node.puppet.database.rollback_prepared("g1")
    assert not await node.puppet.database.commit_prepared("g1")
    await restart(node)
    assert (await read(node, "a"), node.puppet.database.prepared()) == (100, [])


async def test_a_deletion_is_prepared_and_committed_like_any_write(node):
    async with node.puppet.database.transaction(gid="g1") as tx:
        await tx.delete("a")
        await tx.prepare()
    await restart(node)
    await node.puppet.database.commit_prepared("g1")
    await restart(node)
    assert await read(node, "a") is None


async def test_the_gids_in_doubt_are_listed_oldest_first_also_after_a_crash(node):
    for gid, row in (("g9", "a"), ("g1", "b"), ("g5", "c")):
        await prepare(node, gid, **{row: 1})
    assert node.puppet.database.prepared() == ["g9", "g1", "g5"]
    await restart(node)
    await prepare(node, "g0", d=1)
    assert node.puppet.database.prepared() == ["g9", "g1", "g5", "g0"]


async def test_a_crash_before_a_prepare_is_synced_leaves_nothing_in_doubt(node, nursery):
    node.disk.takes = 1.0
    nursery.start_soon(prepare, node)
    await trio.sleep(0.5)
    assert node.puppet.database.prepared() == []
    await restart(node)
    assert node.puppet.database.prepared() == []


async def test_a_second_commit_of_a_gid_is_not_answered_before_the_first_is_durable(node, nursery):
    await prepare(node, a=1)
    node.disk.takes = 1.0
    nursery.start_soon(node.puppet.database.commit_prepared, "g1")
    await trio.sleep(0.25)
    syncs = len(node.disk.syncs)
    assert not await node.puppet.database.commit_prepared("g1")
    assert len(node.disk.syncs) == syncs + 1


async def test_a_decision_that_comes_while_the_prepare_is_being_synced_follows_it(node, nursery):
    node.disk.takes = 1.0
    nursery.start_soon(prepare, node, "g1")
    await trio.sleep(0.5)
    assert await node.puppet.database.rollback_prepared("g1")
    assert node.puppet.database.prepared() == []


async def test_a_gid_that_is_in_doubt_can_not_be_prepared_again(node):
    await prepare(node, a=1)
    with pytest.raises(RpcError, match="already prepared"):
        await prepare(node, b=1)
    assert await read(node, "b") == 100


async def test_a_prepared_transaction_takes_no_further_writes(node):
    async def write_after_prepare():
        async with node.puppet.database.transaction(gid="g1") as tx:
            await tx.prepare()
            await tx.put("a", 1)

    with pytest.raises(RuntimeError, match="begin another"):
        await write_after_prepare()
    assert node.puppet.database.prepared() == ["g1"]


async def test_a_commit_that_has_begun_ends_even_if_its_role_is_timed_out(node):
    node.disk.takes = 1.0
    with node.puppet.timeout(0.5) as scope:
        async with node.puppet.database.transaction() as tx:
            await tx.put("a", 1)
    assert scope.cancelled_caught
    await trio.sleep(1)
    assert await read(node, "a") == 1


async def test_a_transaction_and_the_store_are_written_by_the_same_sync(node):
    async with node.puppet.database.transaction() as tx:
        await tx.put("a", 1)
        node.puppet.store.put("inbox/m1", "seen")
    assert sorted(node.disk.syncs[-1]) == ["puppet/db/row/a", "puppet/inbox/m1"]
