"""What each step of a message's way costs the runner: processor time of each by itself, best of many short rounds.

The whole is `Router.node_wrote` for a message over a link that takes no time, between two nodes that are up, logged to
a folder; no pipe, no node. The steps are the same calls on the same message one by one, and what they lack of it is
the Python between them. Pipes and trio are what `router.py` measures beyond the whole. Then what a node of ours adds,
over a host that does nothing: decode, wake a worker, handle, compose the next line; much of it is trio's task switch.
A message of the simulation, ping-pong of simulation.py, has these two parts and two events of the clock: what a node
wrote is passed on, and arrives. The rest of it is the loop: passes of one task, and the tasks' context.
"""

import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import msgspec
import trio
import trio.testing
from measuring import Row, conclude, options
from ping_pong import Player
from simulation import messages_a_second, over_simulation

from chaosctl.experiment.model import Constant
from chaosctl.experiment.model import Network as NetworkModel
from chaosctl.history.recorder import ROWS_AT_ONCE, Recorder
from chaosctl.history.records import MessageRow
from chaosctl.network.network import Letter, Network
from chaosctl.node.node import Node
from chaosctl.node.pattern import Pattern
from chaosctl.node.seeds import stream
from chaosctl.node.settings import Settings
from chaosctl.runtimes._pipes import Outbox
from chaosctl.runtimes._timers import Timers
from chaosctl.runtimes.journal import Journal
from chaosctl.runtimes.members import Blueprint, Members
from chaosctl.runtimes.router import Envelope, Header, Router
from chaosctl.runtimes.runtime import Launch
from chaosctl.runtimes.simulation import Simulation, run_simulated

NODES = ("n1", "n2")
LINE = b'{"src":"n1","dest":"n2","body":{"type":"ball","msg_id":1,"number":1}}'
INIT = b'{"src":"c0","dest":"n2","body":{"type":"init","msg_id":1,"node_id":"n2","node_ids":["n1","n2"]}}'
BATCH, CALLS = 64, 10_000


class NoProcesses:
    """A runtime whose inboxes are the real ones, and are emptied now and then without being written anywhere."""

    name = "no-processes"

    def __init__(self) -> None:
        self.now_ns = Timers().now_ns
        self.inboxes = {node: Outbox(CALLS) for node in NODES}

    def start(self, launch: Launch) -> None:
        """Start nothing."""

    def call_at(self, time_ns: int, action: Callable[[], object]) -> None:
        """Run nothing."""

    def deliver(self, node: str, line: bytes) -> bool:
        """Put a line into the node's inbox."""
        return self.inboxes[node].put(line)

    def empty(self) -> None:
        """Take out what a writer would take at once."""
        for inbox in self.inboxes.values():
            inbox._take()


def router_over(runtime: NoProcesses, folder: Path) -> Router:
    """Return a router between two nodes that are up."""
    journal = Journal(runtime, Recorder.to_folder(folder))  # type: ignore[arg-type]  # All that is used of a runtime.
    blueprint = Blueprint(None, Settings(), lambda _: "", {}, None, None, restarts_by_itself=False)
    members = Members(NODES, blueprint, runtime, journal)  # type: ignore[arg-type]
    for node in NODES:
        members.start(node)
        members.answered(node, "init_ok", 1)
    journal.begin()
    return Router(runtime, network(), members, journal)  # type: ignore[arg-type]


def network() -> Network:
    """Return a network in which no link takes time."""
    return Network(NetworkModel(latency=Constant.model_validate({"mean": "0s"})), {}, stream(1, "network"))


def microseconds(step: Callable[[], object], rounds: int, after: Callable[[], object] = lambda: None) -> float:
    """Return the least processor time of a call, `after` (after every BATCH calls) included."""
    best = float("inf")
    for _ in range(rounds):
        begun = time.process_time()
        for _ in range(CALLS // BATCH):
            for _ in range(BATCH):
                step()
            after()
        best = min(best, (time.process_time() - begun) / (CALLS // BATCH * BATCH) * 1e6)
    return best


def steps(runtime: NoProcesses) -> dict[str, Callable[[], object]]:
    """Return the steps of a message by name, each as a call of its own."""
    envelopes, headers = msgspec.json.Decoder(Envelope), msgspec.json.Decoder(Header)
    raw, links, encode_lines = envelopes.decode(LINE).body, network(), msgspec.json.Encoder().encode_lines
    delivered = MessageRow(time=1_234_567_890, id=7, fate="delivered")

    def sent() -> MessageRow:
        return MessageRow(
            time=1_234_567_890, id=7, fate="sent", process="n1", src="n1", dest="n2", type="ball", msg_id=1, body=raw
        )

    rows = [sent(), delivered] * (ROWS_AT_ONCE // 2)
    number = count()

    def encode() -> None:
        if next(number) % (ROWS_AT_ONCE // 2) == 0:
            encode_lines(rows)

    return {
        "decode the envelope, then the body's header": lambda: headers.decode(envelopes.decode(LINE).body),
        "read the clock": runtime.now_ns,
        "find the link, draw its delay (none here)": lambda: links.route(Letter(7, "n1", "n2", "ball", len(LINE)), 1),
        "make the rows sent and delivered": lambda: (sent(), MessageRow(time=1, id=7, fate="delivered", faults=[])),
        "encode both, 32 rows at once": encode,
        "put the line into the inbox": lambda: runtime.deliver("n2", LINE),
    }


class NoHost:
    """A node's host that has no disk and writes nothing."""

    def __init__(self) -> None:
        self.disk = self
        self.nursery = trio.open_nursery

    def load(self, _lost: int) -> dict[str, bytes]:
        """Return what the disk kept: nothing."""
        return {}

    def recall_points(self) -> dict[str, int]:
        """Return which armed points were passed: none."""
        return {}

    def now_ns(self) -> int:
        """Return no time."""
        return 0

    def transmit(self, line: bytes) -> None:
        """Write a line nowhere."""


async def node_microseconds(rounds: int) -> float:
    """Return the least processor time in which a node takes a message, handles it and sends one, in batches."""
    best = float("inf")
    pattern = Pattern("ping-pong", "For this benchmark.", {"player": Player}, (), ())
    node = Node(NoHost(), pattern, Settings(events=True, pattern="ping-pong"))  # type: ignore[arg-type]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(node.run)
        node.receive(INIT)
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(rounds):
            begun = time.process_time()
            for _ in range(CALLS // BATCH):
                for _ in range(BATCH):
                    node.receive(LINE)
                await trio.lowlevel.checkpoint()
                await trio.lowlevel.checkpoint()
            best = min(best, (time.process_time() - begun) / (CALLS // BATCH * BATCH) * 1e6)
        nursery.cancel_scope.cancel()
    return best


def event_microseconds(rounds: int) -> float:
    """Return the least processor time of an event of the virtual clock: asked for, waited for, and run."""
    best = float("inf")

    async def main(simulation: Simulation) -> None:
        nonlocal best

        def again() -> None:
            if next(number) < CALLS:
                simulation.call_at(simulation.now_ns() + 1, again)

        for _ in range(rounds):
            number = count()
            begun = time.thread_time()
            again()
            await simulation.sleep_until(simulation.now_ns() + CALLS)
            best = min(best, (time.thread_time() - begun) / CALLS * 1e6)

    run_simulated(1, main)
    return best


def main() -> None:
    """Measure and print."""
    chosen = options(__doc__ or "", rounds=30)
    runtime = NoProcesses()
    nothing = microseconds(lambda: None, chosen.rounds)
    with tempfile.TemporaryDirectory() as folder:
        router = router_over(runtime, Path(folder))
        whole = microseconds(lambda: router.node_wrote("n1", LINE), chosen.rounds, runtime.empty) - nothing
    costs = {name: microseconds(step, chosen.rounds, runtime.empty) - nothing for name, step in steps(runtime).items()}
    table = [Row(name, cost, "us") for name, cost in costs.items()]
    table.append(Row("the Python between them", whole - sum(costs.values()), "us"))
    table.append(Row("the runner's whole part, pipes apart", whole, "us"))
    handled = trio.run(node_microseconds, chosen.rounds)
    events = 2 * event_microseconds(chosen.rounds)
    simulated = 1e6 / max(messages_a_second(over_simulation) for _ in range(chosen.rounds // 3))
    table += [
        Row("a node of ours: a message in, handled, one out", handled, "us"),
        Row("two events of the virtual clock", events, "us"),
        Row("the loop of the simulation: what is left of the next", simulated - whole - handled - events, "us"),
        Row("a message of the simulation, all of it", simulated, "us"),
    ]
    conclude(table, check=chosen.check)


if __name__ == "__main__":
    main()
