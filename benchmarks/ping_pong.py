"""A node that plays ping-pong with 64 messages in flight: `python ping_pong.py bare|role`.

`role` is a role of ours under chaosctl.node; `bare` a plain trio program that decodes and encodes each line, without
anything a node needs. n1 serves: what it says first is 64 pings; everybody answers each ping with one.
"""

import os
import sys
from collections.abc import Sequence

import msgspec
import trio

from chaosctl.node import stdio
from chaosctl.node.messages import Message
from chaosctl.node.pattern import Pattern
from chaosctl.node.role import Role
from chaosctl.node.settings import read_settings

IN_FLIGHT = 64


class Ball(Message):
    """What goes to and fro."""

    number: int


class Player(Role):
    """Returns every ball to who sent it."""

    async def on_ball(self, ball: Ball) -> None:
        """Return it; the first one is from outside, and brings all into play."""
        if ball.number == 0:
            for number in range(1, IN_FLIGHT + 1):
                await self.send("n2", Ball(number=number))
        else:
            await self.send(ball.src, Ball(number=ball.number))


class Envelope(msgspec.Struct):
    """A message of the plain program."""

    src: str
    dest: str
    body: dict[str, object]


async def play_bare() -> None:
    """Answer lines until stdin ends; what one read brought is answered with one write."""
    decoder, encoder = msgspec.json.Decoder(Envelope), msgspec.json.Encoder()
    stdin, stdout = trio.lowlevel.FdStream(os.dup(0)), trio.lowlevel.FdStream(os.dup(1))
    rest = b""
    while chunk := await stdin.receive_some(1 << 16):
        *lines, rest = (rest + chunk).split(b"\n")
        messages = [message for line in lines for message in answers(decoder.decode(line))]
        await stdout.send_all(b"".join(encoder.encode(message) + b"\n" for message in messages))


def answers(message: Envelope) -> Sequence[Envelope]:
    """Return what the plain program says to a message."""
    me, body = message.dest, message.body
    if body["type"] == "init":
        return [Envelope(me, message.src, {"type": "init_ok", "in_reply_to": body["msg_id"]})]
    if body["number"] == 0:
        return [Envelope(me, "n2", {"type": "ball", "msg_id": n, "number": n}) for n in range(1, IN_FLIGHT + 1)]
    return [Envelope(me, message.src, body)]


def main() -> None:
    """Be a player."""
    if sys.argv[1] == "bare":
        trio.run(play_bare)
    else:
        pattern = Pattern("ping-pong", "Benchmark.", {"player": Player}, workloads=(), checks=())
        stdio.main(pattern, read_settings(os.environ))


if __name__ == "__main__":
    main()
