"""A client of each real broker keeps what stream_broker.BrokerClient promises: delivered until acknowledged."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from chaosctl.errors import RunBroke
from chaosctl.node.pattern import BrokerChoice
from chaosctl.node.sql_connection import Lost
from chaosctl.node.stream_broker import is_serving, load_client
from chaosctl.servers import load_broker
from chaosctl.servers.nats import make_synchronous
from tests.servers.conftest import need_broker, until

pytestmark = [pytest.mark.processes, pytest.mark.slow]


class Server:
    """A broker that can be killed, and started again over its data."""

    def __init__(self, kind, sync, folder):
        self.broker, self.folder = load_broker(BrokerChoice(kind, sync)), folder
        self.broker.make(folder)
        self.process = None
        self.client = load_client(f"{kind}:{folder}")

    def start(self):
        self.launch()
        until(lambda: self.broker.is_ready(str(self.folder)))
        return self.client.connect()

    def launch(self):
        words = self.broker.command(self.folder, str(self.folder))
        self.process = subprocess.Popen(words, cwd=self.folder, stderr=subprocess.DEVNULL)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def started(kind, sync, folder):
    need_broker(kind, sync)
    server = Server(kind, sync, folder / "data")
    try:
        yield server, server.start()
    finally:
        server.kill()


@pytest.fixture(params=[("redis", "everysec"), ("nats", "default")], ids=lambda one: one[0])
def broker(request, tmp_path):
    with started(*request.param, tmp_path) as both:
        yield both


def fetched(server, raw, times=3):
    """Return the messages of some fetches, none of them acknowledged."""
    return [payload for _ in range(times) for _, payload in server.client.fetch(raw, "n2")]


def test_a_message_is_delivered_until_it_is_acknowledged_and_then_no_more(broker):
    server, raw = broker
    server.client.open(raw, "n2")
    server.client.open(raw, "n2")  # As every incarnation of its consumer does.
    server.client.publish(raw, "n2", "g", b"one")
    assert fetched(server, raw) == [b"one"]
    time.sleep(0.6)  # Real time: the brokers' own.
    ((token, payload),) = server.client.fetch(raw, "n2")
    server.client.acknowledge(raw, "n2", token)
    time.sleep(0.6)
    assert (payload, fetched(server, raw)) == (b"one", [])


def test_who_starts_nats_makes_its_stream_and_a_node_does_not(tmp_path):
    need_broker("nats", "default")
    server = Server("nats", "default", tmp_path / "data")
    try:
        server.launch()
        until(lambda: is_serving(f"nats:{server.folder}"))
        raw = server.client.connect()
        with pytest.raises(Lost):
            server.client.open(raw, "n2")
        with pytest.raises(Lost):
            server.client.publish(raw, "n2", "g", b"one")
        assert server.broker.is_ready(str(server.folder))
        server.client.open(raw, "n2")
    finally:
        server.kill()


def test_queues_are_apart_and_in_order(broker):
    server, raw = broker
    for queue in ("n2", "n3"):
        server.client.open(raw, queue)
    for number in range(3):
        server.client.publish(raw, "n2", f"g{number}", b"%d" % number)
    server.client.publish(raw, "n3", "h", b"other")
    assert fetched(server, raw) == [b"0", b"1", b"2"]


def test_what_was_acknowledged_is_there_when_the_broker_was_killed(broker):
    server, raw = broker
    server.client.publish(raw, "n2", "g", b"one")
    server.kill()
    with pytest.raises(Lost):
        server.client.publish(raw, "n2", "h", b"two")
    raw = server.start()
    server.client.open(raw, "n2")
    assert fetched(server, raw) == [b"one"]


def test_a_broker_that_stands_still_is_lost_and_not_waited_for_without_end(broker):
    server, raw = broker
    server.client.open(raw, "n2")
    os.kill(server.process.pid, signal.SIGSTOP)
    # Its threads stop one after the other: what is asked at once, the last of them may still answer.
    os.waitid(os.P_PID, server.process.pid, os.WSTOPPED | os.WNOWAIT)
    begun = time.monotonic()
    with pytest.raises(Lost):
        server.client.publish(raw, "n2", "g", b"one")
    assert time.monotonic() - begun < 10


def test_a_message_that_is_published_again_under_its_name_is_kept_once_by_nats_and_twice_by_redis(broker):
    server, raw = broker
    for _ in range(2):
        server.client.publish(raw, "n2", "g", b"one")
    server.client.open(raw, "n2")
    assert len(fetched(server, raw)) == {"JetStream": 1, "RedisStreams": 2}[type(server.client).__name__]


def test_a_redis_that_has_forgotten_everything_serves_again_the_group_too(tmp_path):
    with started("redis", "default", tmp_path) as (server, raw):
        server.client.publish(raw, "n2", "g", b"one")
        server.kill()
        again = server.start()
        assert fetched(server, again) == []
        server.client.publish(again, "n2", "h", b"two")
        assert fetched(server, again) == [b"two"]


def test_nats_that_must_write_to_the_disk_itself_is_refused_where_the_file_system_can_not():
    with pytest.raises(RunBroke, match="can't write synchronously"):
        make_synchronous(Path("/proc/self"))
