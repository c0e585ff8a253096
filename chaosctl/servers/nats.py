"""A NATS server of our own with JetStream: a port of 127.0.0.1 and a secret that lets only us in, for it has no socket.

NATS manual, "JetStream": a message is written to a file before it is acknowledged, and the file synced every 2 minutes.
Debian's 2.9 can't be told otherwise (`sync_interval` came with 2.10), but its folder can be marked so that every write
to a file in it is on disk when it returns (chattr +S, where the file system knows that).
"""

import array
import fcntl
import os
import secrets
from contextlib import closing
from pathlib import Path

from chaosctl.errors import RunBroke
from chaosctl.node.broker_nats import TOKEN_FILE, JetStream
from chaosctl.node.pattern import BrokerSync
from chaosctl.node.sql_connection import Lost
from chaosctl.servers.server import find_program

GET_FLAGS, SET_FLAGS, SYNCHRONOUS = 0x80086601, 0x40086602, 0x8
"""ioctl_iflags(2): FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_SYNC_FL."""

PROMISES: dict[BrokerSync, str] = {
    "default": "file storage: written before it is acknowledged, fsync every 2 minutes",
    "always": "file storage: written, to the disk itself, before it is acknowledged",
}

CONFIGURATION = """\
listen: "127.0.0.1:-1"
ports_file_dir: "{folder}"
authorization {{ token: "{token}" }}
jetstream {{ store_dir: "{store}" }}
"""


class NatsServer:
    """Implements BrokerServer."""

    def __init__(self, sync: BrokerSync) -> None:
        self._sync = sync
        self.promise = PROMISES[sync]

    def check(self) -> None:
        """Raise Missing where the server is not installed."""
        find_program("nats-server", "nats-server")

    def make(self, folder: Path) -> None:
        """Make the folder, with the server's configuration and a secret that only we can read."""
        self.check()
        store = folder / "store"
        store.mkdir(parents=True)
        folder.chmod(0o700)
        token = secrets.token_hex(16)
        (folder / TOKEN_FILE).write_text(token, encoding="utf-8")
        text = CONFIGURATION.format(folder=folder, store=store, token=token)
        (folder / "nats.conf").write_text(text, encoding="utf-8")
        if self._sync == "always":
            make_synchronous(store)

    def command(self, folder: Path, address: str) -> tuple[str, ...]:  # noqa: ARG002 (it is the folder)
        """Return the server's argv."""
        return (find_program("nats-server", "nats-server"), "-c", str(folder / "nats.conf"))

    def is_ready(self, address: str) -> bool:
        """Return whether it answers, and has its stream."""
        client = JetStream(address)
        try:
            with closing(client.connect()) as raw:
                client.make_stream(raw)
        except Lost:  # JetStream starts after the rest of the server.
            return False
        return True


def make_synchronous(folder: Path) -> None:
    """Mark a folder: every write to a file made in it is on disk when it returns. Raises RunBroke where none can be."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        flags = array.array("l", [0])
        fcntl.ioctl(descriptor, GET_FLAGS, flags, True)  # noqa: FBT003 - ioctl's own.
        flags[0] |= SYNCHRONOUS
        fcntl.ioctl(descriptor, SET_FLAGS, flags)
    except OSError as error:
        why = f"{folder}: its file system can't write synchronously ({error.strerror}): try --results elsewhere"
        raise RunBroke(why) from error
    finally:
        os.close(descriptor)
