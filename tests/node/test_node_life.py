"""A node's life: settings, init, messages before and after it, its end."""

import pytest
import trio
from fake_host import FakeHost, Puppet, in_virtual_time

from chaosctl.errors import BadInput
from chaosctl.node.messages import Message
from chaosctl.node.node import Node
from chaosctl.node.pattern import Options, Pattern
from chaosctl.node.role import Role
from chaosctl.node.settings import Settings
from chaosctl.node.workers import MOST_KEPT

pytestmark = in_virtual_time


class Ping(Message):
    pass


class Pong(Message):
    pass


class Ponger(Role):
    async def on_ping(self, ping: Ping) -> None:
        await self.reply(ping, Pong())


class SlowStarter(Ponger):
    async def start(self) -> None:
        await self.sleep(5.0)


class AsksFirst(Ponger):
    async def start(self) -> None:
        await self.rpc("n2", Ping(), 5.0, Pong)


class AlsoPonger(Ponger):
    pass


class Misnamed(Role):
    async def on_pang(self, ping: Ping) -> None: ...


class Unannotated(Role):
    async def on_ping(self, ping) -> None: ...


class Unawaited(Role):
    def on_ping(self, ping: Ping) -> None: ...


class Clock(Message):
    pass


class Presumptuous(Role):
    async def on_clock(self, clock: Clock) -> None: ...


class Forgetful(Ponger):
    violates = "agreement"


class Faster(Options):
    speed: float = 1.0


PATTERN = Pattern("ponging", "", {"ponger": Ponger}, (), (), options=Faster, broken={"forgetful": Forgetful})


async def test_init_is_answered_once_all_roles_have_started(bench):
    node = bench(ponger=SlowStarter)
    await node.start()
    assert not node.said("init_ok")
    await trio.sleep(5.1)
    assert node.host.lines == [{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1}}]


async def test_an_init_that_comes_twice_is_answered_twice_and_starts_nothing_again(bench):
    node = bench(puppet=Puppet)
    await node.start()
    puppet = node.puppet
    node.init()
    await node.settle()
    assert len(node.said("init_ok")) == 2
    assert node.puppet is puppet


async def test_messages_before_init_are_kept_until_the_roles_have_started(bench):
    node = bench(ponger=SlowStarter)
    await node.start(init=False)
    node.tell("n2", type="ping", msg_id=3)
    await node.settle()
    node.init()
    node.tell("n2", type="ping", msg_id=4)
    await trio.sleep(5.1)
    assert node.host.lines[0]["body"]["type"] == "init_ok"
    assert sorted(body["in_reply_to"] for body in node.said("pong")) == [3, 4]


async def test_too_many_messages_before_init_are_dropped_and_reported(bench):
    node = bench(ponger=Ponger)
    await node.start(init=False)
    for number in range(MOST_KEPT + 5):
        node.tell("n2", type="ping", msg_id=number)
    node.init()
    await node.settle()
    assert len(node.said("pong")) == MOST_KEPT
    assert "5 messages were dropped" in node.said("problem")[0]["what"]


async def test_a_role_may_ask_others_before_it_has_started(bench):
    node = bench(ponger=AsksFirst, nodes=("n1", "n2"))
    await node.start()
    node.tell("n2", type="pong", in_reply_to=node.said("ping")[0]["msg_id"])
    await node.settle()
    assert node.said("init_ok")


async def test_a_role_sees_who_it_is_and_who_there_is(bench):
    node = bench(puppet=Puppet, nodes=("n1", "n2", "n3"))
    await node.start(placement={"puppet": ["n3", "n1"]})
    puppet = node.puppet
    assert (puppet.node_id, puppet.nodes) == ("n1", ("n1", "n2", "n3"))
    assert puppet.placement == {"puppet": ("n3", "n1")}


async def test_a_role_that_is_placed_elsewhere_does_not_run_here(bench):
    node = bench(ponger=Ponger, puppet=Puppet, nodes=("n1", "n2"))
    await node.start(placement={"ponger": ["n2"]})
    assert (await node.ask(type="ping", msg_id=1))["code"] == 10
    assert node.puppet.node_id == "n1"


async def test_a_role_reads_the_options_that_the_settings_give(bench):
    node = bench(pattern=Pattern("p", "", {"puppet": Puppet}, (), (), options=Faster))
    await node.start(options={"speed": 3})
    assert node.puppet.options == Faster(speed=3.0)


async def test_a_broken_variant_takes_the_place_of_the_role_it_derives_from():
    node = Node(FakeHost(), PATTERN, Settings(broken="forgetful"))
    assert node._classes == {"ponger": Forgetful}


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        (Settings(broken="amnesic"), 'no broken variant "amnesic"; it has forgetful'),
        (Settings(options={"sped": 1}), "sped"),
        (Settings(options={"speed": "fast"}), "speed"),
        (Settings(clock_rate=0), "above 0"),
        (Settings(disk_faults={"slow": "very"}), "disk_faults"),
    ],
)
async def test_a_node_refuses_settings_that_do_not_fit_its_pattern(settings, what):
    with pytest.raises(BadInput, match=what):
        Node(FakeHost(), PATTERN, settings)


@pytest.mark.parametrize(
    ("placement", "what"),
    [
        ({"pinger": ["n1"]}, 'no role "pinger"; it has ponger'),
        ({"ponger": ["n9"]}, 'placed on "n9", which is none of n1'),
    ],
)
async def test_a_node_refuses_a_placement_that_makes_no_sense(bench, placement, what):
    node = bench(ponger=Ponger)
    await node.start(placement=placement)
    assert isinstance(node.host.bug, BadInput)
    assert what in str(node.host.bug)


@pytest.mark.parametrize(
    ("roles", "what"),
    [
        ({"one": Ponger, "two": AlsoPonger}, 'one and two both handle messages of type "ping"'),
        ({"one": Misnamed}, "call it on_ping"),
        ({"one": Unannotated}, "annotated with its class"),
        ({"one": Unawaited}, "async"),
        ({"one": Presumptuous}, "belongs to the node itself"),
    ],
)
async def test_a_node_refuses_roles_whose_messages_it_could_not_tell_apart(roles, what):
    with pytest.raises(BadInput, match=what):
        Node(FakeHost(), Pattern("odd", "", roles, (), ()), Settings())
