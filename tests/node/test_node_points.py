"""Named points: told, stalled at and crashed at exactly, counted over all incarnations."""

import pytest
import trio
from fake_host import Puppet, in_virtual_time

from chaosctl.node.messages import Message
from chaosctl.node.settings import ArmedPoint

pytestmark = in_virtual_time


class Vote(Message):
    pass


class VoteOk(Message):
    pass


class Voter(Puppet):
    async def on_vote(self, vote: Vote) -> None:
        self.store.put("vote", vote.src)
        await self.store.sync("decision")
        await self.reply(vote, VoteOk())
        await self.send("n3", vote)


def armed(name, nth=1, action="crash", **more):
    return [ArmedPoint(name, nth, action, **more)]


@pytest.fixture
def node(bench):
    return bench(voter=Voter)


async def vote(node, times=1):
    for number in range(times):
        if node.host.died is None:
            node.tell("n2", type="vote", msg_id=number)
            await node.settle()


async def test_every_call_is_a_point_before_and_after_it(node):
    await node.start(armed=armed("*", 0, "tell"))
    await vote(node)
    assert [body["point"] for body in node.said("point_reached")] == [
        "voter.decision:pre",
        "voter.decision:post",
        "voter.reply.vote_ok:pre",
        "voter.reply.vote_ok:post",
        "voter.send.vote:pre",
        "voter.send.vote:post",
    ]


async def test_an_rpc_and_the_calls_of_the_database_are_points_too(node, nursery):
    await node.start(armed=armed("*", 0, "tell"))
    database = node.puppet.database
    async with database.transaction("transfer", "g1") as tx:
        await tx.put("a", 1)
        await tx.prepare("yes")
    await database.commit_prepared("g1", "do")
    await database.rollback_prepared("g1")
    nursery.start_soon(node.puppet.rpc, "n2", Vote(), 9.0, VoteOk)
    await node.settle()
    node.tell("n2", type="vote_ok", in_reply_to=node.said("vote")[0]["msg_id"])
    await node.settle()
    names = [body["point"].removeprefix("voter.") for body in node.said("point_reached")]
    calls = ["yes:pre", "yes:post", "transfer:post", "do:pre", "do:post", "rollback-prepared:pre"]
    assert names == ["transfer:pre", *calls, "rollback-prepared:post", "rpc.vote:pre", "rpc.vote:post"]


@pytest.mark.parametrize(
    ("point", "syncs", "answers"),
    [
        ("voter.decision:pre", 0, 0),
        ("voter.decision:post", 1, 0),
        ("voter.reply.vote_ok:pre", 1, 0),
        ("voter.reply.vote_ok:post", 1, 1),
    ],
)
async def test_a_node_crashes_at_the_armed_point_and_says_so_as_its_last_word(node, point, syncs, answers):
    await node.start(armed=armed(point))
    await vote(node)
    assert node.host.died is not None
    assert (len(node.disk.syncs), len(node.said("vote_ok"))) == (syncs, answers)
    assert node.host.lines[-1]["body"] == {"type": "point_reached", "point": point, "nth": 1, "action": "crash"}
    assert not node.said("problem")


async def test_a_node_crashes_at_the_nth_time_and_not_before(node):
    await node.start(armed=armed("voter.decision:post", nth=3))
    await vote(node, times=5)
    assert (len(node.disk.syncs), len(node.said("vote_ok"))) == (3, 2)


async def test_which_time_it_is_counts_over_all_incarnations(node):
    point = armed("voter.decision:post", nth=3)
    await node.start(armed=point)
    await vote(node, times=2)
    node.crash()
    await node.start(armed=point)
    await vote(node)
    assert node.said("point_reached")[0]["nth"] == 3


async def test_a_node_does_not_crash_at_the_same_time_again_after_a_restart(node):
    point = armed("voter.decision:post", nth=1)
    await node.start(armed=point)
    await vote(node)
    await node.start(armed=point)
    await vote(node, times=3)
    assert node.host.died is None
    assert len(node.said("vote_ok")) == 3


async def test_times_that_only_the_runner_knows_of_count_too(node):
    await node.start(armed=armed("voter.decision:post", nth=3, seen=2))
    await vote(node)
    assert node.host.died is not None


async def test_a_stall_holds_the_task_alone_and_for_its_time(node):
    await node.start(armed=armed("voter.send.vote:pre", action="stall", stall=2.0))
    await vote(node, times=2)
    assert len(node.said("vote")) == 1
    assert node.said("point_reached")[0]["action"] == "stall"
    await trio.sleep(2.1)
    assert len(node.said("vote")) == 2


async def test_a_send_does_not_yield_where_nothing_is_armed(node):
    await node.start()
    order = []

    async def send(name):
        for _ in range(2):
            await node.puppet.send("n2", Vote())
            order.append(name)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send, "one")
        nursery.start_soon(send, "other")
    assert order[0] == order[1] != order[2]


async def test_a_point_is_armed_while_the_node_runs_and_earlier_times_count(node):
    await node.start()
    await vote(node)
    node.tell("runner", type="arm", name="voter.decision:post", nth=2, action="crash")
    await vote(node)
    assert node.said("point_reached")[0]["nth"] == 2
    assert node.host.died is not None


async def test_a_point_is_told_where_no_events_are_wanted(node):
    await node.start(armed=armed("voter.decision:pre", action="tell"), events=False)
    await vote(node)
    assert node.said("point_reached")
