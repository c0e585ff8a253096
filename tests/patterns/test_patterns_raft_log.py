"""What Raft's log replication promises (Ongaro and Ousterhout 2014, sections 5.3 and 5.4)."""

import pytest

from chaosctl.patterns.paxos.multi_messages import Command, Submit
from chaosctl.patterns.raft import RaftLogOptions
from chaosctl.patterns.raft.messages import Appended, AppendEntries, Entry
from chaosctl.patterns.raft.replica import Replica
from tests.patterns.fake_calls import FakeCalls

A, B, C = (Entry(term, Command("c1", term, "write", 0, term)) for term in (1, 2, 3))


async def replica(*log: Entry, term: int = 0) -> tuple[Replica, FakeCalls]:
    calls = FakeCalls("n1", ["n1", "n2", "n3"], RaftLogOptions(), ["voter", "store"])
    calls.store.put("vote", (term, ""))
    for index, entry in enumerate(log, 1):
        calls.store.put(f"log/{index:012}", entry)
    role = Replica(calls)
    await role.start()
    calls.said.clear()
    return role, calls


async def leader(*log: Entry, term: int) -> tuple[Replica, FakeCalls]:
    role, calls = await replica(*log, term=term - 1)
    await role.campaign()
    await role.count_vote(term, "n2")
    await role.replicate()
    calls.said.clear()
    return role, calls


def append(entries: list[Entry], previous: tuple[int, int], term: int = 3, committed: int = 0) -> AppendEntries:
    return AppendEntries(src="n2", term=term, round=1, previous=previous, entries=entries, committed=committed)


@pytest.mark.trio
async def test_a_follower_answers_for_entries_only_when_they_are_on_disk():
    role, calls = await replica(A)
    await role.on_append_entries(append([C], (1, 1)))
    kinds = [entry[:2] for entry in calls.said]
    assert kinds.index(("put", "log/000000000002")) < kinds.index(("sync", "append")) < kinds.index(("reply", "n2"))


@pytest.mark.trio
@pytest.mark.parametrize("previous", [(2, 1), (3, 2)], ids=["of another term", "not there"])
async def test_a_follower_refuses_what_does_not_follow_on_its_own_log(previous):
    role, calls = await replica(A)
    await role.on_append_entries(append([C], previous, committed=2))
    assert calls.replied == [Appended(term=3, round=1, success=False, index=previous[1] - 1)]
    assert (role.log, role.committed) == ([A], 0)


@pytest.mark.trio
async def test_a_conflict_takes_an_entry_and_all_after_it_away():
    role, _ = await replica(A, B, B, term=2)
    await role.on_append_entries(append([C], (1, 1)))
    assert role.log == [A, C]


@pytest.mark.trio
async def test_a_late_message_takes_nothing_away():
    role, _ = await replica(A, B, C, term=3)
    await role.on_append_entries(append([B], (1, 1)))
    assert role.log == [A, B, C]


@pytest.mark.trio
async def test_a_follower_commits_no_further_than_its_log_is_the_leaders():
    role, _ = await replica(A, B, term=2)
    await role.on_append_entries(append([], (1, 1), committed=2))
    assert role.committed == 1


@pytest.mark.trio
async def test_a_leader_commits_no_entry_of_an_earlier_term_by_counting():
    role, _ = await leader(A, B, term=4)
    await role.on_appended(Appended(src="n2", term=4, round=1, success=True, index=2))
    assert role.committed == 0
    await role.on_appended(Appended(src="n2", term=4, round=1, success=True, index=3))
    assert role.committed == 3


@pytest.mark.trio
async def test_a_leader_goes_back_to_where_a_follower_agrees():
    role, calls = await leader(A, B, term=4)
    await role.on_appended(Appended(src="n2", term=4, round=1, success=False, index=0))
    sent = [body for _, body in calls.sent if isinstance(body, AppendEntries)]
    assert [body.previous for body in sent] == [(0, 0)]
    assert [entry.term for entry in sent[0].entries] == [1, 2, 4]


@pytest.mark.trio
async def test_a_command_that_is_under_way_is_not_appended_twice():
    role, _ = await leader(term=1)
    for _ in range(2):
        await role.on_submit(Submit(src="n2", command=A.command))
    assert [entry.command.f for entry in role.log] == ["noop", "write"]


def test_a_log_under_raft_goes_on_after_its_leader_has_died(simulate):
    run = simulate("raft/crash")
    assert run.verdict == "pass"
    assert run.figure("first-decision-time") > run.figure("takeover-time")
    assert run.figure("log-gap") > run.figure("catch-up-time") > 0
