"""A program that runs nodes until it is killed: `python victim.py FOLDER`; says "up" when all five are."""

import sys
from pathlib import Path

import trio

from chaosctl.node.settings import Settings
from chaosctl.runtimes.processes import Processes
from chaosctl.runtimes.runtime import Launch
from chaosctl.runtimes.supervisor import Supervisor

NODES = {
    "n1": ("cat",),
    "n2": ("sh", "-c", "sleep 1000 & setsid sleep 1000 & cat"),
    "n3": ("sh", "-c", "trap '' INT TERM HUP; sleep 1000 & cat; wait"),
    "n4": ("yes",),
    "n5": None,
}


async def run(supervisor: Supervisor, folder: Path) -> None:
    """Start five nodes, say when all are up, and go on restarting one of them."""
    async with Processes(supervisor, 1) as runtime:
        up = set()

        def start(node: str, incarnation: int) -> None:
            settings = Settings(
                pattern="raft-election", directory=str(folder / node / "data"), incarnation=incarnation, events=True
            )
            runtime.start(Launch(node, incarnation, NODES[node], settings))
            body = b'{"type":"init","msg_id":1,"node_id":"%b","node_ids":["n1","n2","n3","n4","n5"]}' % node.encode()
            runtime.deliver(node, b'{"src":"c0","dest":"%b","body":%b}' % (node.encode(), body))

        def hear(node: str, _line: bytes) -> None:
            if node not in up:
                up.add(node)
                if len(up) == len(NODES):
                    print("up", flush=True)

        runtime.on_line = hear
        runtime.on_exit = lambda node, incarnation, _status: start(node, incarnation + 1)
        for node in NODES:
            start(node, 0)
        while True:
            await trio.sleep(0.05)
            runtime.kill("n2")
            runtime.kill("n5")


if __name__ == "__main__":
    with Supervisor() as supervisor:
        trio.run(run, supervisor, Path(sys.argv[1]))
