"""A role's store in Redis Streams keeps what the embedded one promises, and forgets what Redis forgets."""

from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
import trio

from chaosctl.node.broker_redis import RedisStreams
from chaosctl.node.events import Events
from chaosctl.node.points import Points
from chaosctl.node.settings import Settings
from chaosctl.node.store import NodeStore
from chaosctl.node.stream_store import StreamStore
from chaosctl.node.wire import Composer
from tests.servers.test_servers_database import Disk, host_with
from tests.servers.test_servers_streams import started

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.trio]


@pytest.fixture
def redis(tmp_path):
    with started("redis", "everysec", tmp_path) as (server, _):
        yield server


@asynccontextmanager
async def incarnation(server, number=0):
    """Yield a role's store as one incarnation of its node has it; `told` is what it told the runner."""
    host = host_with(Disk())
    own, told = NodeStore(host, 0.0, 0), []
    events = Events(Settings(events=True, incarnation=number), Composer("n1", ("n1",), number), own, told.append)

    async def die(why):
        raise AssertionError(why)

    shared = SimpleNamespace(store=own, points=Points(host, [], lambda _: None, die), events=events)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(own.commit_forever, die)
        store = StreamStore(RedisStreams(str(server.folder)), shared, "broker")
        with trio.fail_after(20):
            await store.open()
        yield SimpleNamespace(
            store=store,
            told=told,
            emit=lambda name: events.emit("n1", "broker", name, {}, durable=True, held=store.held),
        )
        nursery.cancel_scope.cancel()


def moved(node):
    return sum(b'"moved"' in line for line in node.told)


async def test_what_was_synced_is_there_for_the_next_incarnation_and_what_was_not_is_not(redis):
    async with incarnation(redis) as node:
        node.store.put("message/g", 1)
        node.store.put("over/f", value=True)
        await node.store.sync()
        node.store.put("message/g", 2)
        node.store.delete("over/f")
        node.store.put("message/h", 3)
        await node.store.sync()
        node.store.put("message/i", 4)
        assert node.store.get("message/i", int) == 4
    async with incarnation(redis, 1) as node:
        assert node.store.scan("message/", int) == {"message/g": 2, "message/h": 3}
        assert node.store.get("over/f", bool) is None


async def test_an_event_is_told_with_the_sync_that_makes_it_true_and_once(redis):
    async with incarnation(redis) as node:
        node.store.put("message/g", 1)
        node.emit("moved")
        assert moved(node) == 0
        await node.store.sync()
        assert moved(node) == 1
        node.store.put("message/h", 1)
        await node.store.sync()
        assert moved(node) == 1
    async with incarnation(redis, 1) as node:
        assert moved(node) == 0


async def test_an_event_that_a_crash_kept_from_being_told_is_told_by_the_next_incarnation(redis):
    async with incarnation(redis) as node:
        node.store.put("message/g", 1)
        node.emit("moved")
        changes = {"message/g": b"1"} | {f"told{key}": line for key, line in node.store.held}
        await node.store._write(changes)
        assert moved(node) == 0
    async with incarnation(redis, 1) as node:
        assert moved(node) == 1
        assert node.store.get("message/g", int) == 1


async def test_a_sync_lasts_as_long_as_redis_is_gone_and_nothing_is_lost(redis):
    async with incarnation(redis) as node:
        node.store.put("message/g", 1)
        await node.store.sync()
        redis.kill()
        node.store.put("message/h", 2)
        with trio.move_on_after(0.3) as patience:
            await node.store.sync()
        assert patience.cancelled_caught
        redis.start()
        with trio.fail_after(20):
            await node.store.sync()
    async with incarnation(redis, 1) as node:
        assert node.store.scan("message/", int) == {"message/g": 1, "message/h": 2}


async def test_an_entry_that_was_written_twice_because_an_answer_was_lost_counts_once_and_goes_whole(redis):
    async with incarnation(redis) as node:
        for _ in range(2):
            node.store._entries.clear()  # As if the answer to the first had been lost.
            await node.store._write({"message/g": b"1"})
    async with incarnation(redis, 1) as node:
        assert node.store.scan("message/", int) == {"message/g": 1}
        node.store.delete("message/g")
        await node.store.sync()
    async with incarnation(redis, 2) as node:
        assert node.store.scan("message/", int) == {}


async def test_what_redis_has_forgotten_is_forgotten_by_a_node_that_lived_through_it(tmp_path):
    with started("redis", "default", tmp_path) as (server, _):
        async with incarnation(server) as node:
            node.store.put("message/g", 1)
            await node.store.sync()
            server.kill()
            server.start()
            node.store.put("message/h", 2)
            with trio.fail_after(20):
                await node.store.sync()
            assert node.store.scan("message/", int) == {"message/h": 2}
