"""From a line to a handler, from what a handler raises to the answer; and that handlings do not touch each other."""

from contextvars import ContextVar

import pytest
import trio
from fake_host import Puppet, in_virtual_time

from chaosctl.node.messages import Error, ErrorCode, Message, RpcError
from chaosctl.node.role import LockTimeout, Role

pytestmark = in_virtual_time

LEAK: ContextVar[str] = ContextVar("LEAK", default="clean")


class Count(Message):
    to: int = 0


class CountOk(Message):
    total: int


class Wait(Message):
    seconds: float


class WaitOk(Message):
    scope: str = ""


class Fail(Message):
    how: str


class Promise(Message):
    ballot: tuple[int, str]


class Clerk(Puppet):
    """Does one of everything that a handler may do."""

    def __init__(self, calls) -> None:
        super().__init__(calls)
        self.tasks, self.promises, self.orders, self.contexts = [], [], [], []

    async def on_count(self, count: Count) -> None:
        self.tasks.append(trio.lowlevel.current_task())
        self.contexts.append(LEAK.get())
        LEAK.set("dirty")
        await self.reply(count, CountOk(total=count.to))

    async def on_wait(self, wait: Wait) -> None:
        self.tasks.append(trio.lowlevel.current_task())
        with self.timeout(5.0):
            await self.sleep(wait.seconds)
            await self.reply(wait, WaitOk())

    async def on_fail(self, fail: Fail) -> None:
        if fail.how == "refuse":
            raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, "no leader yet", leader="n2")
        if fail.how == "locked":
            raise LockTimeout("the row a stayed locked")
        raise ZeroDivisionError("a bug")

    async def on_promise(self, promise: Promise) -> None:
        self.promises.append(promise)

    async def on_operator(self, command: str, arguments: dict[str, str]) -> None:
        self.orders.append((command, arguments))


class Griever(Role):
    async def on_error(self, error: Error) -> None:
        await self.send("n9", error)


@pytest.fixture
async def node(bench):
    node = bench(clerk=Clerk)
    await node.start()
    return node


async def test_a_message_arrives_as_its_class_with_its_sender(node):
    node.tell("n3", type="promise", in_reply_to=17, ballot=[3, "n1"])
    await node.settle()
    (promise,) = node.puppet.promises
    assert (promise.src, promise.in_reply_to, promise.msg_id, promise.ballot) == ("n3", 17, None, (3, "n1"))


async def test_a_reply_that_no_rpc_waits_for_goes_to_the_handler_of_its_type(node):
    node.tell("n3", type="promise", in_reply_to=17, ballot=[3, "n1"])
    await node.settle()
    assert len(node.puppet.promises) == 1


async def test_a_reply_that_nobody_takes_is_dropped_and_many_are_reported(node):
    for _ in range(1_000):
        node.tell("n3", type="unheard_of", in_reply_to=17, msg_id=3)
    assert [body["type"] for body in node.said("problem") + node.said("error")] == ["problem"]
    assert "a reply that nobody waits for" in node.said("problem")[0]["what"]


async def test_unknown_keys_of_envelope_and_body_are_ignored(node):
    node.node.receive(b'{"id":4,"src":"c1","dest":"n1","body":{"type":"count","msg_id":2,"to":3,"colour":"red"}}')
    await node.settle()
    assert node.said("count_ok")[0]["total"] == 3


async def test_a_request_of_unknown_type_is_answered_not_supported(node):
    answer = await node.ask(type="fly", msg_id=4)
    assert (answer["type"], answer["in_reply_to"], answer["code"]) == ("error", 4, ErrorCode.NOT_SUPPORTED)


async def test_a_body_that_does_not_fit_its_type_is_answered_malformed(node):
    answer = await node.ask(type="count", msg_id=4, to="three")
    assert (answer["in_reply_to"], answer["code"]) == (4, ErrorCode.MALFORMED_REQUEST)
    assert "to" in answer["text"]


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b'{"src":"n2"}', b'{"src":"n2","body":{}}', b"\xff"])
async def test_a_line_that_is_no_message_is_dropped(node, line):
    said = len(node.host.lines)
    node.node.receive(line)
    await node.settle()
    assert len(node.host.lines) == said
    assert (await node.ask(type="count", msg_id=1, to=2))["total"] == 2


async def test_an_rpc_error_that_leaves_a_handler_answers_its_request(node):
    answer = await node.ask(type="fail", msg_id=4, how="refuse")
    assert answer == {"type": "error", "in_reply_to": 4, "code": 11, "text": "no leader yet", "leader": "n2"}


async def test_a_lock_timeout_that_leaves_a_handler_is_answered_as_a_conflict(node):
    answer = await node.ask(type="fail", msg_id=4, how="locked")
    assert (answer["in_reply_to"], answer["code"]) == (4, ErrorCode.TXN_CONFLICT)


async def test_a_refusal_of_a_message_without_msg_id_is_not_answered(node):
    node.tell("n2", type="fail", how="refuse")
    node.tell("n2", type="fly")
    node.tell("n2", type="count", to="three")
    await node.settle()
    assert not node.said("error")


async def test_anything_else_raised_in_a_handler_ends_the_node(node):
    node.tell("c1", type="wait", msg_id=1, seconds=1.0)
    node.tell("c1", type="fail", msg_id=2, how="otherwise")
    await trio.sleep(2)
    assert isinstance(node.host.bug, ZeroDivisionError)
    assert not node.said("wait_ok")


async def test_an_error_that_nobody_waits_for_goes_to_on_error(bench):
    node = bench(griever=Griever)
    await node.start()
    node.tell("n2", type="error", in_reply_to=8, code=14, text="no")
    await node.settle()
    assert (node.host.lines[-1]["dest"], node.host.lines[-1]["body"]["code"]) == ("n9", 14)


async def test_an_error_that_nobody_waits_for_is_dropped_where_no_role_wants_it(node):
    said = len(node.host.lines)
    node.tell("n2", type="error", in_reply_to=8, code=14, text="no")
    await node.settle()
    assert len(node.host.lines) == said
    assert node.host.bug is None


async def test_the_runner_gives_orders_to_roles_and_nobody_else_does(node):
    node.tell("runner", type="operator", command="promote", arguments={"to": "n2"})
    await node.settle()
    assert (await node.ask(type="operator", msg_id=1, command="promote"))["code"] == ErrorCode.NOT_SUPPORTED
    assert node.puppet.orders == [("promote", {"to": "n2"})]


async def test_a_handler_that_waits_does_not_keep_others_waiting(node):
    node.tell("c1", type="wait", msg_id=1, seconds=1.0)
    await node.settle()
    assert (await node.ask(type="count", msg_id=2, to=1))["total"] == 1
    await trio.sleep(1.1)
    assert node.said("wait_ok")


async def test_an_idle_task_is_woken_with_the_next_message(node):
    for number in range(3):
        await node.ask(type="count", msg_id=number)
    assert len(set(node.puppet.tasks)) == 1


async def test_a_context_variable_that_one_handling_sets_is_not_seen_by_the_next(node):
    for number in range(3):
        await node.ask(type="count", msg_id=number)
    assert node.puppet.contexts == ["clean"] * 3


async def test_the_context_of_whoever_delivers_is_not_seen_by_the_handler(node):
    LEAK.set("the deliverer's")
    await node.ask(type="count", msg_id=1)
    assert node.puppet.contexts == ["clean"]


async def test_a_timeout_of_one_handling_does_not_cancel_the_next_on_the_same_task(node):
    await node.ask(type="wait", msg_id=1, seconds=0.0)
    node.tell("c1", type="wait", msg_id=2, seconds=4.0)
    await trio.sleep(4.5)
    node.tell("c1", type="wait", msg_id=3, seconds=4.0)  # The first scope's 5 s are over in the middle of this one.
    await trio.sleep(4.5)
    assert [body["in_reply_to"] for body in node.said("wait_ok")] == [1, 2, 3]
    assert len(set(node.puppet.tasks)) == 1


async def test_a_message_that_comes_while_idle_tasks_are_being_cancelled_wakes_none_twice(node):
    await node.ask(type="count", msg_id=1)
    node.host.scope.cancel()
    node.tell("c1", type="count", msg_id=2)
    await node.settle()
    node.tell("c1", type="count", msg_id=3)
    await node.settle()
    assert node.host.bug is None


async def test_a_node_that_has_ended_hears_nothing(node):
    await node.ask(type="count", msg_id=1)
    node.crash()
    await node.settle()
    node.tell("c1", type="count", msg_id=2)
    await node.settle()
    assert len(node.puppet.tasks) == 1
