"""Messages a second between two nodes through the runner: ours, with its network and message log, against plain trio.

The plain program decodes and encodes each line in both nodes and in the parent, and does nothing else: once with
msgspec, the fastest there is, which we are held to, and once with the standard library's json. 64 messages are in
flight and no link takes time. Ours is measured twice: between the plain nodes, which leaves the runner as the only
difference, and between nodes of ours, which is what a user gets.
"""

import cProfile
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import trio
from measuring import Row, conclude, interleave, median_row, options, ratios
from ping_pong import CODECS

from chaosctl.experiment.model import Constant
from chaosctl.experiment.model import Network as NetworkModel
from chaosctl.history.recorder import Recorder
from chaosctl.network.network import Network
from chaosctl.node.seeds import stream
from chaosctl.node.settings import Settings
from chaosctl.runtimes.journal import Journal
from chaosctl.runtimes.members import Blueprint, Members
from chaosctl.runtimes.processes import Processes
from chaosctl.runtimes.router import Router
from chaosctl.runtimes.supervisor import Supervisor

PLAYER = (sys.executable, str(Path(__file__).with_name("ping_pong.py")))
WARM_UP_S, MEASURED_S = 0.3, 1.5
SERVE = {"type": "ball", "msg_id": 1, "number": 0}
NODES = ("n1", "n2")

CPU_US: list[float] = []
"""Microseconds of the runner's own processor time a message, measurement after measurement: less noisy than rates."""


async def count_in_time(count: Callable[[], int]) -> float:
    """Return by how much a count grows in a second, once it has got going."""
    await trio.sleep(WARM_UP_S)
    first, begun, cpu = count(), time.perf_counter(), time.process_time()
    await trio.sleep(MEASURED_S)
    passed = count() - first
    CPU_US.append((time.process_time() - cpu) / passed * 1e6)
    return passed / (time.perf_counter() - begun)


class Plain:
    """The peer: a parent that passes lines on between two processes, with one decoding and one encoding each."""

    def __init__(self, codec: str) -> None:
        self.codec = codec
        self.count = 0

    async def play(self) -> float:
        """Return messages a second."""
        command = [*PLAYER, self.codec]
        players = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in NODES]  # noqa: ASYNC220
        streams = {}
        for name, player in zip(NODES, players, strict=True):
            assert player.stdin is not None
            assert player.stdout is not None
            ends = trio.lowlevel.FdStream(os.dup(player.stdin.fileno())), os.dup(player.stdout.fileno())
            streams[name] = ends[0], trio.lowlevel.FdStream(ends[1])
        async with trio.open_nursery() as nursery:
            for name in NODES:
                nursery.start_soon(self._pass_on, streams[name][1], {to: ends[0] for to, ends in streams.items()})
            await streams["n1"][0].send_all(msgspec.json.encode({"src": "c1", "dest": "n1", "body": SERVE}) + b"\n")
            while not self.count:  # noqa: ASYNC110 - once, before anything is measured.
                await trio.sleep(0.01)
            rate = await count_in_time(lambda: self.count)
            nursery.cancel_scope.cancel()
        for player in players:
            player.kill()
            player.communicate()
        return rate

    async def _pass_on(self, source: trio.lowlevel.FdStream, sinks: dict[str, trio.lowlevel.FdStream]) -> None:
        decode, encode = CODECS[self.codec]
        rest = b""
        while chunk := await source.receive_some(1 << 16):
            *lines, rest = (rest + chunk).split(b"\n")
            batch = bytearray()
            for line in lines:
                message = decode(line)
                batch += encode(message)
                batch += b"\n"
            self.count += len(lines)
            await sinks[message["dest"]].send_all(batch)  # Two players: what one writes is for the other.


async def play_ours(kind: str, supervisor: Supervisor, folder: Path, profile: cProfile.Profile | None) -> float:
    """Return messages a second through router, network and message log, between players of a kind."""
    recorder = Recorder.to_folder(folder)
    async with Processes(supervisor, 1) as runtime:
        journal = Journal(runtime, recorder)
        members = Members(NODES, blueprint(kind, folder, runtime.origin_ns), runtime, journal)
        network = Network(NetworkModel(latency=Constant.model_validate({"mean": "0s"})), {}, stream(1, "network"))
        router = Router(runtime, network, members, journal)
        runtime.on_line, runtime.on_exit, runtime.on_problem = router.node_wrote, members.exited, router.node_garbled
        for node in NODES:
            members.start(node)
        while not members.are_settled():  # noqa: ASYNC110 - the same.
            await trio.sleep(0.01)
        journal.begin()
        router.client_sent("c1", "n1", SERVE)
        if profile is not None:
            profile.enable()
        rate = await count_in_time(lambda: router.count)
        if profile is not None:
            profile.disable()
        assert not journal.problems, journal.problems
    recorder.close()
    return rate


def blueprint(kind: str, folder: Path, origin_ns: int) -> Blueprint:
    """Return how a player is launched."""
    return Blueprint(
        command=(*PLAYER, kind),
        settings=Settings(events=True, origin_ns=origin_ns),
        directory=lambda node: str(folder / node / "data"),
        databases={},
        leader_event=None,
        stepped_down_event=None,
        restarts_by_itself=False,
    )


def ours(kind: str, profile: cProfile.Profile | None = None) -> float:
    """Return our messages a second, in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder, Supervisor() as supervisor:
        return trio.run(play_ours, kind, supervisor, Path(folder), profile)


def main() -> None:
    """Measure, print, and hold the bound."""
    chosen = options(__doc__ or "", rounds=5)
    if chosen.profile:
        profile = cProfile.Profile()
        ours("msgspec", profile)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        return
    fast, slow, bare, roles = interleave(
        chosen.rounds,
        lambda: trio.run(Plain("msgspec").play),
        lambda: trio.run(Plain("json").play),
        lambda: ours("msgspec"),
        lambda: ours("role"),
    )
    fast_cpu, slow_cpu, bare_cpu, roles_cpu = (CPU_US[start::4] for start in range(4))
    conclude(
        [
            median_row("plain trio program, msgspec", fast, "/s"),
            median_row("plain trio program, the standard library's json", slow, "/s"),
            median_row("our runner between the plain nodes (msgspec)", bare, "/s"),
            median_row("our runner between nodes of ours", roles, "/s"),
            median_row("processor time a message: plain parent, msgspec", fast_cpu, "us"),
            median_row("processor time a message: plain parent, json", slow_cpu, "us"),
            median_row("processor time a message: our runner, plain nodes", bare_cpu, "us"),
            median_row("processor time a message: our runner, our nodes", roles_cpu, "us"),
            Row("our runner, our nodes / plain trio program, json", ratios(roles, slow)),
            Row("our runner, our nodes / plain trio program, msgspec", ratios(roles, fast)),
            Row("our runner, plain nodes / plain trio program, msgspec", ratios(bare, fast), at_least=0.5),
        ],
        check=chosen.check,
    )


if __name__ == "__main__":
    main()
