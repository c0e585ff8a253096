"""A Redis server of our own: one Unix socket in its folder that lets only us in, and the persistence that was chosen.

Redis manual, "Redis persistence": by default snapshots alone (RDB), the first after an hour or 60 s of load, so what
was acknowledged is in memory. The append-only file is written before the answer, its fsync once a second or each time.
"""

from pathlib import Path

from chaosctl.node.pattern import BrokerSync
from chaosctl.servers.server import find_program, need_driver

APPEND_ONLY: dict[BrokerSync, tuple[str, ...]] = {
    "default": ("--appendonly", "no"),
    "everysec": ("--appendonly", "yes", "--appendfsync", "everysec"),
    "always": ("--appendonly", "yes", "--appendfsync", "always"),
}

PROMISES: dict[BrokerSync, str] = {
    "default": "snapshots alone (RDB): acknowledged from memory",
    "everysec": "append-only file: written before it is acknowledged, fsync every second",
    "always": "append-only file: written, with an fsync, before it is acknowledged",
}


class RedisServer:
    """Implements BrokerServer."""

    def __init__(self, sync: BrokerSync) -> None:
        self._sync = sync
        self.promise = PROMISES[sync]

    def check(self) -> None:
        """Raise Missing where the server or its client is not installed."""
        find_program("redis-server", "redis-server")
        need_driver("redis", "brokers")

    def make(self, folder: Path) -> None:
        """Make the folder."""
        self.check()
        folder.mkdir(parents=True, mode=0o700)

    def command(self, folder: Path, address: str) -> tuple[str, ...]:  # noqa: ARG002 (it is the folder)
        """Return the server's argv; it is started in its folder, where the socket is."""
        from chaosctl.node.broker_redis import SOCKET  # noqa: PLC0415 - the client is an extra.

        words = ("--port", "0", "--unixsocket", SOCKET, "--unixsocketperm", "700", "--dir", str(folder))
        program = find_program("redis-server", "redis-server")
        return (program, *words, *APPEND_ONLY[self._sync], "--logfile", "/dev/stderr")

    def is_ready(self, address: str) -> bool:
        """Return whether it answers."""
        from chaosctl.node.stream_broker import is_serving  # noqa: PLC0415 - as above.

        return is_serving(f"redis:{address}")
