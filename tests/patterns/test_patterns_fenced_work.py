"""What work under a leader's term promises, of an executor, of the resource, and under every election alike."""

import pytest

from chaosctl.node.messages import RpcError
from chaosctl.patterns.election.bully import BULLY, BullyOptions
from chaosctl.patterns.election.fenced_messages import Work, WorkOk, Write, Written
from chaosctl.patterns.election.fenced_work import Executor, Resource
from chaosctl.patterns.election.raft_messages import WhoLeads, WhoLeadsOk
from tests.patterns.fake_calls import FakeCalls

NODES = ["n1", "n2", "n3", "n4", "n5", "n6"]
ELECTIONS = ("bully", "ring", "raft-election", "lease")


class ExecutorCalls(FakeCalls):
    """Others answer as a test has it: by node and type of message, an answer or an error."""

    def answer_with(self, answers: dict) -> None:
        self.answers = answers

    async def rpc(self, dest, body, _timeout, _answer):
        self.said.append(("rpc", dest, body))
        answer = self.answers[dest, type(body)]
        if isinstance(answer, RpcError):
            raise answer
        return answer


async def play(kind: type, name: str = "n1") -> tuple:
    calls = ExecutorCalls(name, NODES, BullyOptions(), [])
    calls.placement = {role: tuple(hosts) for role, hosts in BULLY.place(NODES, {"resource": ["n6"]}).items()}
    role = kind(calls)
    await role.start()
    return role, calls


@pytest.mark.trio
async def test_an_executor_writes_under_the_term_that_the_elector_beside_it_leads():
    role, calls = await play(Executor)
    calls.answer_with({("n1", WhoLeads): WhoLeadsOk(leader="n1", term=9), ("n6", Write): Written(position=4)})
    await role.on_work(Work(src="c1"))
    assert ("rpc", "n6", Write(token=9)) in calls.said
    assert calls.replied == [WorkOk(holder="n1", token=9, position=4)]


@pytest.mark.trio
async def test_an_executor_whose_node_does_not_lead_passes_work_on_once():
    role, calls = await play(Executor)
    done = WorkOk(holder="n5", token=9, position=4)
    calls.answer_with({("n1", WhoLeads): RpcError(11, leader="n5"), ("n5", Work): done})
    await role.on_work(Work(src="c1"))
    assert calls.replied == [done]
    with pytest.raises(RpcError, match="11"):
        await role.on_work(Work(src="n2", forwarded=True))


@pytest.mark.trio
async def test_an_executor_whose_elector_is_silent_refuses_and_has_written_nothing():
    role, calls = await play(Executor)
    calls.answer_with({("n1", WhoLeads): RpcError(0, "timeout")})
    with pytest.raises(RpcError, match="11"):
        await role.on_work(Work(src="c1"))
    assert not [entry for entry in calls.said if isinstance(entry[2], Write)]


@pytest.mark.trio
async def test_a_resource_refuses_tokens_lower_than_one_it_has_seen_over_restarts_too():
    role, calls = await play(Resource, "n6")
    await role.on_write(Write(src="n1", token=5))
    await role.on_write(Write(src="n2", token=9))
    for resource in (role, Resource(calls)):
        await resource.start()
        with pytest.raises(RpcError, match="token 5"):
            await resource.on_write(Write(src="n1", token=5))
    assert calls.replied == [Written(position=1), Written(position=2)]


def test_what_elects_and_where_work_is_done_are_apart_where_a_file_says_so():
    placed = BULLY.place(NODES, {"resource": ["n6"]})
    assert placed == {"member": NODES[:5], "executor": NODES[:5], "resource": ["n6"]}
    assert BULLY.place(NODES, {})["member"] == NODES


@pytest.mark.parametrize("pattern", ELECTIONS)
def test_a_leader_that_is_cut_from_all_that_elect_does_no_damage_at_the_resource(pattern, simulate):
    run = simulate("elections/cut-from-members", seed=2, overrides=[f"system.pattern='{pattern}'"])
    assert run.verdict == "pass"
    assert run.figure("damaging-writes") == 0


def test_two_leaders_show_as_damage_where_nothing_fences_and_as_refusals_where_terms_do(simulate):
    damaged, fenced, ruled = (simulate(f"bully/{name}") for name in ("no-fence", "both-sides-work", "two-sides-work"))
    assert (damaged.verdict, fenced.verdict, ruled.verdict) == ("fail", "pass", "pass")
    assert damaged.figure("damaging-writes") > 10
    assert (fenced.figure("damaging-writes"), fenced.figure("fenced-writes") > 10) == (0, True)
    assert (ruled.figure("damaging-writes"), ruled.figure("fenced-writes")) == (0, 0)
