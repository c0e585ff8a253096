"""The servers of a run: databases, one a node, and a message broker, each under the supervisor with its own fate.

A server's data lies in the run's folder, below `servers`, and goes with the run; its log stays. Nodes start when all
servers take statements. One that a fault killed is started again as often as it takes: what is left of a PostgreSQL
holds its lock for a moment.
"""

import secrets
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import trio

from chaosctl.errors import RunBroke
from chaosctl.node.messages import RUNNER
from chaosctl.node.pattern import MESSAGE_BROKER, Backend, BrokerChoice, BrokerKind, server_of
from chaosctl.node.settings import Settings
from chaosctl.runtimes import small_disk
from chaosctl.runtimes.journal import Journal
from chaosctl.runtimes.runtime import Launch, Runtime
from chaosctl.servers import Server, copy_owned, load_broker, load_server

READY_TIMEOUT_S = 20.0
POLL_S = 0.02

RETRY_NS = 100_000_000
"""So long after a failed start it is tried again; what holds the lock is gone in less than a second."""

SOON_NS = 2_000_000_000
"""A server that ends so soon after it was started again has not got hold of its data yet."""


NOTHING_GIVEN: Mapping[str, str] = {}


@dataclass
class Running:
    """One server. `is_running`: it has a process; `is_wanted`: it is to have one, and where it ends gets another.

    `node` is whose it is; a message broker is the runner's.
    """

    name: str
    node: str
    kind: Backend | BrokerKind
    server: Server
    folder: Path
    address: str
    incarnation: int = -1
    is_running: bool = False
    is_wanted: bool = True
    was_killed: bool = False
    started_ns: int = 0
    promise: str = ""
    has_small_disk: bool = False
    is_full: bool = False


class Servers:
    """Starts, kills, pauses and restarts them. `journal` is set before anything starts."""

    journal: Journal

    def __init__(
        self,
        kinds: Mapping[str, Backend],
        folder: Path,
        runtime: Runtime,
        broker: BrokerChoice | None = None,
        small_disks: Collection[str] = (),
        given: Mapping[str, str] = NOTHING_GIVEN,
    ) -> None:
        self._runtime = runtime
        self._servers: dict[str, Running] = {}
        self._given = given
        for node, kind in kinds.items():
            if node in given:
                continue
            name = server_of(node)
            place = folder.absolute() / "servers" / name / "data"
            # psycopg would look up a host of this name, if its second letter were no colon, as in a path of Windows.
            address = f"@:chaosctl-{secrets.token_hex(6)}-{name}"
            self._servers[name] = Running(name, node, kind, load_server(kind), place, address)
        if broker is not None:
            self._add_broker(broker, folder.absolute() / "servers" / MESSAGE_BROKER / "data")
        for name in small_disks:
            self._servers[name].has_small_disk = True
        self.names = (*self._servers, *map(server_of, given))

    def addresses(self) -> dict[str, str]:
        """Return node to its server, as settings.database has it."""
        ours = {one.node: _where(one) for name, one in self._servers.items() if name != MESSAGE_BROKER}
        return {**ours, **self._given}

    def broker_address(self) -> str:
        """Return where the message broker is, as settings.broker has it; empty where there is none."""
        return _where(self._servers[MESSAGE_BROKER]) if MESSAGE_BROKER in self._servers else ""

    async def start_all(self) -> None:
        """Make and start every server; returns when all take statements. Raises RunBroke where one does not."""
        made: dict[str, Path] = {}
        for one in self._servers.values():
            await trio.to_thread.run_sync(_make, one, made.get(one.kind))
            made.setdefault(one.kind, one.folder)
        for one in self._servers.values():
            if one.has_small_disk:  # Here, for only this thread is sure to be in the namespace.
                small_disk.put_on_small_disk(one.folder)
        for name in self._servers:
            self._start(name)
        for name, one in self._servers.items():
            with trio.move_on_after(READY_TIMEOUT_S) as patience:
                await self._become_ready(name)
            if patience.cancelled_caught:
                raise RunBroke(f"{name}, a {one.kind} server, was not ready in {READY_TIMEOUT_S:g} s")

    def live(self) -> list[str]:
        """Return the servers that run, paused ones included."""
        return [name for name, one in self._servers.items() if one.is_running]

    def kill(self, name: str) -> None:
        """Kill a server and every process of it."""
        one = self._servers[name]
        one.is_wanted = False
        if one.is_running:
            one.was_killed = True
            self._tell(one, "server_killed")
            self._runtime.kill(name)

    def restart(self, name: str) -> None:
        """Start a killed server again over its data, once what is left of it is gone."""
        one = self._servers[name]
        one.is_wanted = True
        self._start_if_gone(name)

    def pause(self, name: str) -> None:
        """Stop every process of a server in its tracks."""
        self._runtime.pause(name)

    def resume(self, name: str) -> None:
        """Let a paused server go on."""
        self._runtime.resume(name)

    def fill(self, name: str) -> None:
        """Leave no room on a server's disk: what it dies of, until there is room, is the fault's doing."""
        one = self._servers[name]
        one.is_full = True
        small_disk.fill(one.folder)

    def free(self, name: str) -> None:
        """Give a server's disk its room again."""
        one = self._servers[name]
        one.is_full = False
        small_disk.free(one.folder)

    def exited(self, name: str, incarnation: int, status: int) -> None:
        """Take note that a server's process is gone, and start it again where it is to run."""
        one = self._servers[name]
        one.is_running = False
        lived_ns = self._runtime.now_ns() - one.started_ns
        is_retry = incarnation > 0 and lived_ns < SOON_NS
        is_expected = not one.is_wanted or one.was_killed or one.is_full or is_retry
        self._tell(one, "server_exited", status=status, expected=is_expected)
        one.was_killed = False
        if one.is_wanted:
            self._runtime.call_at(self._runtime.now_ns() + RETRY_NS, partial(self._start_if_gone, name))

    def _add_broker(self, choice: BrokerChoice, place: Path) -> None:
        server = load_broker(choice)
        self._servers[MESSAGE_BROKER] = Running(
            MESSAGE_BROKER, RUNNER, choice.kind, server, place, str(place), promise=server.promise
        )

    def _start_if_gone(self, name: str) -> None:
        one = self._servers[name]
        if one.is_wanted and not one.is_running:
            self._start(name)

    def _start(self, name: str) -> None:
        one = self._servers[name]
        one.incarnation += 1
        one.is_running, one.started_ns = True, self._runtime.now_ns()
        settings = Settings(directory=str(one.folder))
        command = one.server.command(one.folder, one.address)
        self._tell(one, "server_started", kind=one.kind, **({"promise": one.promise} if one.promise else {}))
        self._runtime.start(Launch(name, one.incarnation, command, settings, leaves_group=True))

    async def _become_ready(self, name: str) -> None:
        one = self._servers[name]
        while not await trio.to_thread.run_sync(one.server.is_ready, one.address):
            if not one.is_running:
                raise RunBroke(f"{name} ended before it was ready; its log is {one.folder.parent / 'stderr.log'}")
            await trio.sleep(POLL_S)

    def _tell(self, one: Running, event: str, **fields: Any) -> None:
        self.journal.event(one.node, event, server=one.name, incarnation=one.incarnation, **fields)


def remove_data(run: Path) -> None:
    """Remove the servers' data from a run's folder, when nothing runs any more; the logs stay."""
    for folder in run.glob("servers/*/data"):
        if folder.is_mount():
            small_disk.remove(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _make(one: Running, template: Path | None) -> None:
    """Make a server's folder, anew or as a copy of one that has not served yet (blocks)."""
    if template is None:
        one.server.make(one.folder)
    else:
        copy_owned(template, one.folder)


def _where(one: Running) -> str:
    return f"{one.kind}:{one.address}"
