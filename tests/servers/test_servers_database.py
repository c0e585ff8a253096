"""A role's database on a real server keeps what the embedded one promises: locks, doubt, no hang, the truth told."""

from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
import trio

from chaosctl.node.clock import NodeClock
from chaosctl.node.events import Events
from chaosctl.node.messages import RpcError
from chaosctl.node.points import Points
from chaosctl.node.role import LockTimeout
from chaosctl.node.settings import Settings
from chaosctl.node.sql_connection import Way
from chaosctl.node.sql_database import SqlDatabase
from chaosctl.node.store import NodeStore
from chaosctl.node.wire import Composer

pytestmark = [pytest.mark.processes, pytest.mark.slow]


class Disk:
    """What a node's own store keeps, over its incarnations."""

    def __init__(self):
        self.kept = {}

    def load(self, lost):
        assert not lost
        return dict(self.kept)

    async def commit(self, writes, seconds):
        await trio.sleep(seconds)
        self.kept.update({key: value for key, value in writes.items() if value is not None})
        for key in [key for key, value in writes.items() if value is None]:
            self.kept.pop(key, None)


def host_with(disk):
    """Return what the store, the points and the clock of a node ask of its host, and no more."""
    return SimpleNamespace(
        disk=disk,
        park=trio.lowlevel.wait_task_rescheduled,
        now_ns=lambda: 0,
        timeout=trio.move_on_after,
        recall_points=dict,
        is_drained=lambda: False,
    )


@asynccontextmanager
async def incarnation(server, disk, role, number=0, lock_timeout=0.2):
    """Yield a role's database as one incarnation of its node has it; `told` is what it told the runner."""
    host = host_with(disk)
    store = NodeStore(host, 0.0, 0)
    told = []
    events = Events(Settings(events=True, incarnation=number), Composer("n1", ("n1",), number), store, told.append)

    async def die(why):
        raise AssertionError(why)

    points = Points(host, [], lambda _: None, die)
    shared = SimpleNamespace(server=server, store=store, points=points, events=events)
    shared.clock, shared.way = NodeClock(host, 1.0, 0.0), Way()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(store.commit_forever, die)
        database = SqlDatabase(shared, role, lock_timeout)
        with trio.fail_after(20):
            await database.open()
        yield SimpleNamespace(
            database=database,
            way=shared.way,
            told=told,
            emit=lambda name: events.emit("n1", role, name, {}, durable=True),
        )
        nursery.cancel_scope.cancel()


@pytest.fixture
def role(request):
    return f"role-{request.node.name}"


async def write(database, key, value):
    async with database.transaction() as tx:
        await tx.put(key, value)


async def read(database, key):
    async with database.transaction() as tx:
        return await tx.get(key, int)


async def prepare(database, key, value, gid, then=None):
    async with database.transaction(gid=gid) as tx:
        await tx.put(key, value)
        await tx.prepare(then=then)


async def move_and_raise(node):
    async with node.database.transaction():
        node.emit("moved")
        _ = 1 // 0


async def write_while_it_is_cut(node):
    async with node.database.transaction() as tx:
        await tx.put("w3", 1)
        node.way.cut(heal=False)
        await tx.put("w4", 1)


def names(told):
    return [name for name in ("prepared", "committed", "moved") if any(f'"{name}"'.encode() in line for line in told)]


@pytest.mark.trio
async def test_a_transaction_is_there_for_the_next_incarnation_and_one_that_raised_is_not(server, role):
    disk = Disk()
    async with incarnation(server, disk, role) as node:
        await write(node.database, "a1", 1)
        with pytest.raises(ZeroDivisionError):
            async with node.database.transaction() as tx:
                await tx.put("a1", 1 // 0)
        async with node.database.transaction() as tx:
            await tx.put("a2", 2)
            assert await tx.scan("a", int) == {"a1": 1, "a2": 2}
    async with incarnation(server, disk, role, 1) as node:
        assert (await read(node.database, "a1"), await read(node.database, "a2")) == (1, 2)
        async with node.database.transaction() as tx:
            await tx.delete("a2")
            assert await tx.get("a3", int, 7) == 7


@pytest.mark.trio
async def test_a_prepared_transaction_survives_its_node_and_keeps_its_row_until_it_is_decided(server, role):
    disk, gid = Disk(), f"g-{role}"
    async with incarnation(server, disk, role) as node:
        await write(node.database, "p1", 1)
        await prepare(node.database, "p1", 2, gid, then=lambda: node.emit("prepared"))
        assert names(node.told) == ["prepared"]
    async with incarnation(server, disk, role, 1) as node:
        assert gid in node.database.prepared()
        with pytest.raises(LockTimeout):
            await read(node.database, "p1")
        assert await node.database.commit_prepared(gid, then=lambda: node.emit("committed"))
        assert "committed" in names(node.told)
        assert not await node.database.commit_prepared(gid)
        assert await read(node.database, "p1") == 2


@pytest.mark.trio
async def test_what_the_server_did_is_told_by_the_next_incarnation_where_a_crash_came_between(server, role):
    disk, gid = Disk(), f"g-{role}"
    async with incarnation(server, disk, role) as node:
        await prepare(node.database, "p2", 2, gid)
        await node.database._notes.note("committed", gid, lambda: node.emit("committed"))
        await node.database._finishers.persistently(lambda raw: node.database.dialect.finish(raw, gid, commits=True))
        assert names(node.told) == []
    async with incarnation(server, disk, role, 1) as node:
        assert names(node.told) == ["committed"]


@pytest.mark.trio
async def test_what_the_server_did_not_do_is_never_told(server, role):
    disk, gid = Disk(), f"g-{role}"
    async with incarnation(server, disk, role) as node:
        await prepare(node.database, "p3", 2, gid)
        await node.database._notes.note("committed", gid, lambda: node.emit("committed"))
    async with incarnation(server, disk, role, 1) as node:
        assert names(node.told) == []
        assert await node.database.rollback_prepared(gid)


@pytest.mark.trio
async def test_an_event_of_a_transaction_that_raised_is_not_told(server, role):
    async with incarnation(server, Disk(), role) as node:
        with pytest.raises(ZeroDivisionError):
            await move_and_raise(node)
        assert names(node.told) == []
        async with node.database.transaction() as tx:
            await tx.put("a", 1)
            node.emit("moved")
        assert names(node.told) == ["moved"]


@pytest.mark.trio
async def test_the_first_transaction_beyond_those_that_may_be_prepared_is_refused_not_kept_waiting(server, role):
    if server.startswith("mariadb"):
        pytest.skip("MariaDB has no such limit")
    async with incarnation(server, Disk(), role) as node:
        gids = [f"g{number}-{role}" for number in range(51)]
        with trio.fail_after(20):
            for number, gid in enumerate(gids[:50]):
                await prepare(node.database, f"row{number}", 1, gid)
            with pytest.raises(RpcError, match="maximum number of prepared transactions"):
                await prepare(node.database, "row50", 1, gids[50])
            for gid in gids[:50]:
                await node.database.rollback_prepared(gid)
        assert node.database.prepared() == []


@pytest.mark.trio
async def test_a_wait_for_a_row_that_is_cancelled_ends_at_once_and_its_connection_with_it(server, role):
    async with incarnation(server, Disk(), role, lock_timeout=30.0) as node:
        async with node.database.transaction() as holder:
            await holder.put("c", 1)
            with trio.move_on_after(0.1) as patience, trio.fail_after(10):
                await read(node.database, "c")
            assert patience.cancelled_caught
        assert await read(node.database, "c") == 1


@pytest.mark.trio
async def test_the_server_itself_tells_what_is_in_doubt_which_rows_that_locks_and_who_waits_for_them(server, role):
    gid = f"g-{role}"
    async with incarnation(server, Disk(), role, lock_timeout=30.0) as node, trio.open_nursery() as nursery:
        await write(node.database, "d1", 1)
        await prepare(node.database, "d1", 2, gid)

        async def doubt():
            return (await node.database._finishers.persistently(node.database.dialect.doubt))[0]

        async def until(wanted):
            for _ in range(100):
                if (await doubt())[1:] == wanted:
                    return
                await trio.sleep(0.15)  # MariaDB looks anew for whoever has not asked for 0.1 s.
            raise AssertionError(f"it did not come to {wanted}: {await doubt()}")

        await until((1, 0))
        assert (await doubt()).gids == [gid]
        nursery.start_soon(read, node.database, "d1")
        await until((1, 1))
        await node.database.commit_prepared(gid)
        await until((0, 0))
        assert (await doubt()).gids == []


@pytest.mark.trio
async def test_a_node_that_is_cut_off_from_its_server_is_refused_at_once_and_goes_on_when_it_is_healed(server, role):
    gid = f"g-{role}"
    async with incarnation(server, Disk(), role) as node, trio.open_nursery() as nursery:
        await prepare(node.database, "w1", 1, gid)
        await write(node.database, "w2", 1)
        node.way.cut(heal=False)
        with trio.fail_after(10), pytest.raises(RpcError, match="the database is gone"):
            await write(node.database, "w2", 2)
        nursery.start_soon(node.database.commit_prepared, gid)
        await trio.sleep(0.1)
        node.way.cut(heal=True)
        with trio.fail_after(20):
            while node.database._busy:
                await node.database._busy[gid].wait()
        assert (await read(node.database, "w1"), await read(node.database, "w2")) == (1, 1)


@pytest.mark.trio
async def test_what_was_under_way_when_the_connection_broke_ends_with_an_error_and_leaves_no_lock(server, role):
    async with incarnation(server, Disk(), role, lock_timeout=5.0) as node:
        with pytest.raises(RpcError, match="the database is gone"):
            await write_while_it_is_cut(node)
        node.way.cut(heal=True)
        await write(node.database, "w3", 2)
        assert await read(node.database, "w3") == 2
