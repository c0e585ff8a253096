"""The calls of a role: send, reply, rpc, sleep, timeout, now, emit, spawn."""

import pytest

from chaosctl.node.messages import Message
from chaosctl.node.role import Role

pytestmark = pytest.mark.trio


class Echo(Message):
    text: str


class EchoOk(Message):
    text: str


class Ask(Message):
    dest: str
    timeout: float = 1.0


class AskOk(Message):
    text: str


class Echoer(Role):
    async def on_echo(self, echo: Echo) -> None:
        await self.reply(echo, EchoOk(text=echo.text))

    async def on_ask(self, ask: Ask) -> None:
        answer = await self.rpc(ask.dest, Echo(text="asked"), ask.timeout, EchoOk)
        await self.reply(ask, AskOk(text=answer.text))


async def test_a_node_answers_a_request_to_its_sender_under_its_msg_id(bench):
    node = bench(echoer=Echoer)
    await node.start()
    assert await node.ask("c7", type="echo", msg_id=5, text="hi") == {"type": "echo_ok", "in_reply_to": 5, "text": "hi"}


async def test_an_rpc_returns_the_answer_that_carries_its_msg_id(bench):
    node = bench(echoer=Echoer)
    await node.start()
    node.tell("c1", type="ask", msg_id=9, dest="n2")
    await node.settle()
    request = node.host.lines[-1]
    assert (request["dest"], request["body"]["type"]) == ("n2", "echo")
    node.tell("n2", type="echo_ok", in_reply_to=request["body"]["msg_id"], text="from n2")
    await node.settle()
    assert node.host.lines[-1]["body"] == {"type": "ask_ok", "in_reply_to": 9, "text": "from n2"}
