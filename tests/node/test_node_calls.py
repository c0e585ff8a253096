"""The calls of a role: send, reply, rpc, sleep, timeout, now, random, spawn."""

import pytest
import trio
from fake_host import Puppet, in_virtual_time

from chaosctl.node.messages import ErrorCode, Message, RpcError

pytestmark = in_virtual_time


class Echo(Message):
    text: str


class EchoOk(Message):
    text: str


class Other(Message):
    pass


class Echoer(Puppet):
    async def on_echo(self, echo: Echo) -> None:
        await self.reply(echo, EchoOk(text=echo.text))


class Forwarder(Puppet):
    async def on_echo(self, echo: Echo) -> None:
        answer = await self.rpc("n2", echo, 1.0, EchoOk)
        await self.reply(echo, answer)


@pytest.fixture
async def node(bench):
    node = bench(puppet=Echoer, nodes=("n1", "n2"))
    await node.start()
    return node


async def asked(node, nursery, timeout=1.0):
    """Let the node ask n2, and return the request and where its outcome will be."""
    outcome = []

    async def ask():
        try:
            outcome.append(await node.puppet.rpc("n2", Echo(text="?"), timeout, EchoOk))
        except RpcError as error:
            outcome.append(error)

    nursery.start_soon(ask)
    await node.settle()
    return node.host.lines[-1], outcome


async def test_a_node_answers_a_request_to_its_sender_under_its_msg_id(node):
    assert await node.ask("c7", type="echo", msg_id=5, text="hi") == {"type": "echo_ok", "in_reply_to": 5, "text": "hi"}


async def test_a_node_writes_its_own_name_as_source(node):
    await node.puppet.send("n2", Echo(text="hi"))
    assert (node.host.lines[-1]["src"], node.host.lines[-1]["dest"]) == ("n1", "n2")


async def test_a_node_sends_to_itself_by_a_line_like_any_other(node):
    await node.puppet.send("n1", Echo(text="me"))
    assert node.host.lines[-1]["dest"] == "n1"
    assert not node.said("echo_ok")


async def test_every_message_sent_has_a_msg_id_of_its_own_in_all_incarnations(node):
    ids = []
    for _ in range(2):
        for _ in range(3):
            await node.puppet.send("n2", Echo(text="hi"))
        ids += [body["msg_id"] for body in node.said("echo")]
        node.crash()
        await node.start()
    assert len(set(ids)) == 6
    assert ids == sorted(ids)


async def test_an_rpc_returns_the_answer_that_carries_its_msg_id(node, nursery):
    request, outcome = await asked(node, nursery)
    assert (request["dest"], request["body"]["type"]) == ("n2", "echo")
    node.tell("n2", type="echo_ok", in_reply_to=request["body"]["msg_id"], text="from n2")
    await node.settle()
    assert (outcome[0].src, outcome[0].text) == ("n2", "from n2")


async def test_an_rpc_without_an_answer_raises_timeout_when_its_time_is_over(node, nursery):
    began = trio.current_time()
    _, outcome = await asked(node, nursery, timeout=0.75)
    await trio.sleep(0.74)
    assert not outcome
    await trio.sleep(0.02)
    assert outcome[0].code == ErrorCode.TIMEOUT
    assert trio.current_time() - began < 0.77


async def test_an_rpc_raises_the_error_that_it_is_answered_with(node, nursery):
    request, outcome = await asked(node, nursery)
    node.tell("n2", type="error", in_reply_to=request["body"]["msg_id"], code=11, text="not now", leader="n3")
    await node.settle()
    assert (outcome[0].code, outcome[0].text, outcome[0].leader) == (11, "not now", "n3")


@pytest.mark.parametrize("body", [{"type": "other"}, {"type": "echo_ok"}, {"type": "echo", "text": "?"}])
async def test_an_rpc_that_gets_another_answer_than_it_asked_for_does_not_know_what_happened(node, nursery, body):
    request, outcome = await asked(node, nursery)
    node.tell("n2", in_reply_to=request["body"]["msg_id"], **body)
    await node.settle()
    assert outcome[0].code == ErrorCode.CRASH


async def test_an_answer_after_the_timeout_is_dropped(node, nursery):
    request, outcome = await asked(node, nursery, timeout=0.1)
    await trio.sleep(0.2)
    said = len(node.host.lines)
    node.tell("n2", type="echo_ok", in_reply_to=request["body"]["msg_id"], text="late")
    await node.settle()
    assert isinstance(outcome[0], RpcError)
    assert len(node.host.lines) == said


async def test_a_late_answer_to_an_earlier_incarnation_is_not_taken_for_one_to_this(node, nursery):
    old, _ = await asked(node, nursery)
    node.crash()
    await node.start()
    _, outcome = await asked(node, nursery)
    node.tell("n2", type="echo_ok", in_reply_to=old["body"]["msg_id"], text="for the dead")
    await node.settle()
    assert not outcome


async def test_a_request_that_is_passed_on_travels_under_our_ids_and_is_answered_under_its_own(bench):
    node = bench(puppet=Forwarder, nodes=("n1", "n2"))
    await node.start()
    node.tell("c1", type="echo", msg_id=7, text="hi")
    await node.settle()
    (forwarded,) = node.said("echo")
    assert forwarded["msg_id"] != 7
    assert "src" not in forwarded
    node.tell("n2", type="echo_ok", in_reply_to=forwarded["msg_id"], text="hi")
    await node.settle()
    assert node.host.lines[-1] == {
        "src": "n1",
        "dest": "c1",
        "body": {"type": "echo_ok", "in_reply_to": 7, "text": "hi"},
    }


async def test_now_is_run_time_times_rate_plus_offset(bench):
    node = bench(puppet=Puppet)
    await node.start(clock_rate=1.5, clock_offset=-2.0)
    await trio.sleep(10)
    assert node.puppet.now() == pytest.approx(13.0)


async def test_sleep_and_timeout_feel_the_rate_of_the_clock_and_not_its_offset(bench):
    node = bench(puppet=Puppet)
    await node.start(clock_rate=2.0, clock_offset=100.0)
    began = trio.current_time()
    await node.puppet.sleep(3.0)
    with node.puppet.timeout(1.0) as scope:
        await trio.sleep_forever()
    assert scope.cancelled_caught
    assert trio.current_time() - began == pytest.approx(2.0)


async def test_the_runner_sets_a_nodes_clock(node):
    node.tell("runner", type="clock", offset=-5.0, rate=2.0)
    await trio.sleep(10)
    assert node.puppet.now() == pytest.approx(15.0)


async def test_only_the_runner_sets_a_nodes_clock(node):
    assert (await node.ask("c1", type="clock", msg_id=1, offset=9.0))["code"] == ErrorCode.NOT_SUPPORTED
    assert node.puppet.now() == pytest.approx(0.0)


async def test_a_nodes_randomness_is_the_seeds_the_nodes_and_the_incarnations_own(bench):
    draws = []
    for seed, incarnation in ((1, 0), (1, 0), (2, 0), (1, 1)):
        node = bench(puppet=Puppet)
        await node.start(seed=seed, incarnation=incarnation)
        draws.append(node.puppet.random.random())
    assert draws[0] == draws[1]
    assert len(set(draws)) == 3


async def test_a_spawned_task_runs_beside_the_handlers_until_the_node_dies(node):
    ticks = []

    async def tick():
        while True:
            ticks.append(node.puppet.now())
            await node.puppet.sleep(1.0)

    node.puppet.spawn(tick)
    await trio.sleep(2.5)
    node.crash()
    await trio.sleep(5)
    assert ticks == pytest.approx([0.0, 1.0, 2.0])
