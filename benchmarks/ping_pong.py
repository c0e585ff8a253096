"""A node that plays ping-pong with 64 messages in flight: `python ping_pong.py role|msgspec|json`.

`role` is a role of ours under chaosctl.node; the others are plain trio programs that decode and encode each line with
that module, without anything else that a node needs. n1 serves, with 64 balls; everybody returns each ball.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import trio

from chaosctl.node import stdio
from chaosctl.node.messages import Message
from chaosctl.node.pattern import Pattern
from chaosctl.node.role import Role
from chaosctl.node.settings import read_settings

IN_FLIGHT = 64

Codec = tuple[Callable[[bytes], Any], Callable[[Any], bytes]]
"""How to decode a line and how to encode one."""


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


def encode_plainly(message: Any) -> bytes:
    """Return a message as the standard library writes it."""
    return json.dumps(message).encode()


CODECS: dict[str, Codec] = {
    "msgspec": (msgspec.json.decode, msgspec.json.encode),
    "json": (json.loads, encode_plainly),
}


async def play_bare(codec: Codec) -> None:
    """Answer lines until stdin ends; what one read brought is answered with one write."""
    decode, encode = codec
    stdin, stdout = trio.lowlevel.FdStream(os.dup(0)), trio.lowlevel.FdStream(os.dup(1))
    rest = b""
    while chunk := await stdin.receive_some(1 << 16):
        *lines, rest = (rest + chunk).split(b"\n")
        messages = [message for line in lines for message in answers(decode(line))]
        await stdout.send_all(b"".join(encode(message) + b"\n" for message in messages))


def answers(message: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """Return what the plain program says to a message."""
    me, sender, body = message["dest"], message["src"], message["body"]
    if body["type"] == "init":
        return [{"src": me, "dest": sender, "body": {"type": "init_ok", "in_reply_to": body["msg_id"]}}]
    if body["number"] == 0:
        balls = [{"type": "ball", "msg_id": number, "number": number} for number in range(1, IN_FLIGHT + 1)]
        return [{"src": me, "dest": "n2", "body": ball} for ball in balls]
    return [{"src": me, "dest": sender, "body": body}]


def main() -> None:
    """Be a player."""
    if sys.argv[1] in CODECS:
        trio.run(play_bare, CODECS[sys.argv[1]])
    else:
        pattern = Pattern("ping-pong", "Benchmark.", {"player": Player}, workloads=(), checks=())
        stdio.main(pattern, read_settings(os.environ))


if __name__ == "__main__":
    main()
