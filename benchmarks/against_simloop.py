"""Ping-pong in our simulation against simloop 0.2.2's, the asyncio peer on PyPI: messages a second of CPU time.

Needs Python 3.12 or newer and the extra `peers`. Ours goes the whole way: node API, router, network, message log. Of
simloop there are two: two tasks and two `asyncio.Queue`s on its loop, which is its scheduler alone and no message
leaves the process; and two hosts over a stream of its simulated network, a JSON line a message, as with us. Neither
keeps a log. All play with one ball.
"""

import asyncio
import time
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import msgspec
from measuring import Row, conclude, interleave, median_row, options, ratios
from simulation import MESSAGES, cpu_now, messages_a_second, over_simulation

PORT = 8080
simloop: Any = import_module("simloop") if find_spec("simloop") else None  # No dependency: mypy runs without it.


def through_queues() -> float:
    """Return messages a second between two tasks of one process."""

    async def play() -> None:
        there: asyncio.Queue[int] = asyncio.Queue()
        back: asyncio.Queue[int] = asyncio.Queue()

        async def returns() -> None:
            while True:
                await back.put(await there.get())

        player = asyncio.get_running_loop().create_task(returns())
        for number in range(MESSAGES // 2):
            await there.put(number)
            await back.get()
        player.cancel()

    return simulated(play)


def through_network() -> float:
    """Return messages a second between two hosts, over a stream without latency."""

    async def play() -> None:
        loop: Any = asyncio.get_running_loop()
        loop.net.set_defaults(latency=(0.0, 0.0))

        async def returns(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while line := await reader.readline():
                writer.write(msgspec.json.encode(msgspec.json.decode(line)) + b"\n")

        async def serve() -> None:
            async with await asyncio.start_server(returns, port=PORT) as server:
                await server.serve_forever()

        async def call() -> None:
            reader, writer = await asyncio.open_connection("n2", PORT)
            message = {"src": "n1", "dest": "n2", "body": {"type": "ball", "msg_id": 1, "number": 1}}
            for _ in range(MESSAGES // 2):
                writer.write(msgspec.json.encode(message) + b"\n")
                message = msgspec.json.decode(await reader.readline())
            writer.close()

        serving = loop.net.host("n2").create_task(serve())
        await asyncio.sleep(1)
        await loop.net.host("n1").create_task(call())
        await asyncio.sleep(1)  # The server sees the end of its stream.
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    return simulated(play)


def simulated(play: Any) -> float:
    """Return how many messages a second of CPU a game takes on simloop."""
    loop = simloop.SimLoop(seed=1)
    began = cpu_now()
    try:
        loop.run_until_complete(play())
        return MESSAGES / (time.process_time() - began)
    finally:
        loop.close()


def main() -> None:
    """Measure, print, and hold the bound."""
    chosen = options(__doc__ or "", rounds=5)
    if simloop is None:
        print("not measured: simloop is not installed (Python 3.12 or newer, pip install -e '.[peers]')")
        return
    ours, network, queues = interleave(
        chosen.rounds, lambda: messages_a_second(over_simulation), through_network, through_queues
    )
    conclude(
        [
            median_row("ping-pong, our simulation", ours, "/s"),
            median_row("ping-pong, simloop, over its network", network, "/s"),
            median_row("ping-pong, simloop, two queues", queues, "/s"),
            Row("our simulation / simloop over its network", ratios(ours, network), at_least=0.8),
            Row("our simulation / simloop's two queues", ratios(ours, queues)),
        ],
        check=chosen.check,
    )


if __name__ == "__main__":
    main()
