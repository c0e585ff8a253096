"""What Raft's election promises (thesis, chapter 3 and sections 6.4, 9.6), of one voter and of five."""

import pytest

from chaosctl.patterns.election.raft import LEADER, Voter
from chaosctl.patterns.election.raft_election import RaftOptions
from chaosctl.patterns.election.raft_messages import (
    Heartbeat,
    HeartbeatAck,
    PreVote,
    RequestPreVote,
    RequestVote,
    Vote,
    WhoLeads,
    WhoLeadsOk,
)
from tests.patterns.fake_calls import FakeCalls

NODES = ["n1", "n2", "n3", "n4", "n5"]

PLAIN = RaftOptions(pre_vote=False, check_quorum=False)

ORDERED = """
name = "ordered"
duration = "1s"
[system]
pattern = "raft-election"
nodes = 5
options = { pre_vote = false, check_quorum = false, election_timeout_min = "10s", election_timeout_max = "20s" }
[workload]
clients = 1
[[workload.script]]
at = "900ms"
node = "n1"
f = "who-leads"
[[faults]]
kind = "crash"
target = "n5"
at = "100ms"
[[faults]]
kind = "operator"
command = "stand"
target = "n1"
at = "200ms"
"""


async def voter(options: RaftOptions = PLAIN) -> tuple[Voter, FakeCalls]:
    calls = FakeCalls("n1", NODES, options, ["voter"])
    role = Voter(calls)
    await role.start()
    calls.said.clear()
    return role, calls


async def leader(options: RaftOptions = PLAIN) -> tuple[Voter, FakeCalls]:
    role, calls = await voter(options)
    await role.campaign()
    for other in ("n2", "n3"):
        await role.on_vote(Vote(src=other, term=1, granted=True))
    assert role.state == LEADER
    calls.said.clear()
    return role, calls


@pytest.mark.trio
async def test_a_voter_says_its_vote_only_when_it_is_on_disk():
    role, calls = await voter()
    await role.on_request_vote(RequestVote(src="n2", term=1, last=(0, 1)))
    assert calls.replied == [Vote(term=1, granted=True)]
    kinds = [entry[:2] for entry in calls.said]
    assert kinds.index(("put", "vote")) < kinds.index(("sync", "vote")) < kinds.index(("reply", "n2"))


@pytest.mark.trio
async def test_a_voter_votes_once_a_term_and_for_the_same_candidate_again():
    role, calls = await voter()
    for candidate in ("n2", "n3", "n2"):
        await role.on_request_vote(RequestVote(src=candidate, term=1, last=(0, 1)))
    assert [vote.granted for vote in calls.replied] == [True, False, True]


@pytest.mark.trio
async def test_a_voter_remembers_its_vote_after_a_restart():
    role, calls = await voter()
    await role.on_request_vote(RequestVote(src="n2", term=4, last=(0, 1)))
    again = Voter(calls)
    await again.start()
    calls.said.clear()
    await again.on_request_vote(RequestVote(src="n3", term=4, last=(0, 1)))
    assert calls.replied == [Vote(term=4, granted=False)]


@pytest.mark.trio
async def test_a_candidate_of_an_older_term_is_refused_and_told_the_newer():
    role, calls = await voter()
    await role.on_heartbeat(Heartbeat(src="n3", term=7, round=1))
    await role.on_request_vote(RequestVote(src="n2", term=6, last=(0, 1)))
    assert calls.replied[-1] == Vote(term=7, granted=False)


@pytest.mark.trio
async def test_a_candidate_counts_its_own_vote_when_it_is_on_disk():
    role, calls = await voter()
    await role.campaign()
    kinds = [entry[:2] for entry in calls.said]
    assert role.votes == {"n1"}
    assert kinds.index(("send", "n2")) < kinds.index(("sync", "vote"))  # The requests may leave before it.


@pytest.mark.trio
async def test_a_candidate_needs_a_majority_of_distinct_voters_of_its_term():
    role, _calls = await voter()
    await role.campaign()
    for vote in (Vote(src="n2", term=1, granted=True), Vote(src="n2", term=1, granted=True)):
        await role.on_vote(vote)
    await role.on_vote(Vote(src="n3", term=0, granted=True))
    assert role.state != LEADER
    await role.on_vote(Vote(src="n3", term=1, granted=True))
    assert role.state == LEADER


def test_a_candidate_does_not_lead_before_its_own_vote_is_on_disk_whoever_else_votes(simulate):
    stall = '[[faults]]\nkind = "stall"\nwhen = { point = "n1/voter.vote:pre" }\nduration = "300ms"\n'
    run = simulate(ORDERED + stall, seed=1)
    (elected,) = [row for row in run.finished.recording.events if row.event == "became_leader"]
    assert elected.time >= 500_000_000
    assert elected.fields["votes"] == ["n1", "n2", "n3", "n4"]


@pytest.mark.trio
async def test_a_vote_is_in_the_store_before_anybody_else_can_run():
    role, calls = await voter()
    await role.campaign()
    kinds = [entry[:2] for entry in calls.said]
    assert kinds.index(("put", "vote")) < kinds.index(("send", "n2"))  # A stalled send must not write an old term.


@pytest.mark.trio
async def test_a_voter_refuses_whose_log_is_behind_its_own_and_enters_its_term_all_the_same():
    role, calls = await voter()
    await role.on_request_vote(RequestVote(src="n2", term=3, last=(0, 0)))
    await role.on_request_pre_vote(RequestPreVote(src="n2", term=4, last=(0, 0)))
    assert calls.replied == [Vote(term=3, granted=False), PreVote(term=3, granted=False)]


@pytest.mark.trio
async def test_a_vote_in_a_newer_term_takes_one_sync():
    role, calls = await voter()
    await role.on_request_vote(RequestVote(src="n2", term=3, last=(0, 1)))
    assert [entry[1] for entry in calls.said if entry[0] == "sync"] == ["vote"]


@pytest.mark.trio
async def test_refusing_a_vote_does_not_put_the_election_off():
    role, calls = await voter()
    await role.on_request_vote(RequestVote(src="n2", term=1, last=(0, 1)))
    before = role.deadline
    calls.time = 0.05
    await role.on_request_vote(RequestVote(src="n3", term=1, last=(0, 1)))
    assert role.deadline == before


@pytest.mark.trio
@pytest.mark.parametrize(("after", "granted"), [(0.05, False), (0.15, True)])
async def test_a_voter_that_hears_a_leader_grants_no_pre_vote(after, granted):
    role, calls = await voter(RaftOptions())
    await role.on_heartbeat(Heartbeat(src="n2", term=3, round=1))
    calls.time = after
    await role.on_request_pre_vote(RequestPreVote(src="n4", term=4, last=(0, 1)))
    assert calls.replied[-1] == PreVote(term=4 if granted else 3, granted=granted)
    assert role.term == 3


def test_a_timer_without_a_range_is_waited_out_whatever_its_seconds_round_to(simulate):
    timeouts = [f"system.options.election_timeout_{end}='150ms'" for end in ("min", "max")]
    run = simulate("raft-election/no-fault", seed=3, overrides=timeouts)  # It spun, once a sum of seconds rounded up.
    assert run.finished.recording.complete


@pytest.mark.trio
async def test_a_pre_candidate_stands_only_when_a_majority_would_vote():
    role, _calls = await voter(RaftOptions())
    await role.stand()
    await role.on_pre_vote(PreVote(src="n2", term=1, granted=True))
    assert role.term == 0
    await role.on_pre_vote(PreVote(src="n3", term=1, granted=True))
    assert role.term == 1


@pytest.mark.trio
async def test_a_leader_answers_a_question_only_after_a_majority_answered_a_later_round():
    role, calls = await leader()
    await role.reign.begin_round()
    for follower in ("n2", "n3"):
        await role.on_heartbeat_ack(HeartbeatAck(src=follower, term=1, round=1))
    await role.on_who_leads(WhoLeads(src="c1"))
    await role.on_heartbeat_ack(HeartbeatAck(src="n4", term=1, round=1))  # Begun before the question.
    await role.on_heartbeat_ack(HeartbeatAck(src="n2", term=1, round=2))
    assert calls.replied == []
    await role.on_heartbeat_ack(HeartbeatAck(src="n3", term=1, round=2))
    assert calls.replied == [WhoLeadsOk(leader="n1", term=1)]


@pytest.mark.trio
async def test_questions_that_come_during_a_round_share_the_next_one():
    role, calls = await leader()
    for client in ("c1", "c2", "c3"):
        await role.on_who_leads(WhoLeads(src=client))
    assert role.reign.rounds.last == 1
    for number in (1, 2):
        for follower in ("n2", "n3"):
            await role.on_heartbeat_ack(HeartbeatAck(src=follower, term=1, round=number))
    assert [entry[1] for entry in calls.said if entry[0] == "reply"] == ["c1", "c2", "c3"]
    assert role.reign.rounds.last == 2


@pytest.mark.trio
async def test_a_late_heartbeat_of_an_earlier_reign_confirms_no_round_of_this_one():
    role, calls = await voter()
    await role.on_heartbeat(Heartbeat(src="n2", term=3, round=1))
    await role.on_heartbeat(Heartbeat(src="n2", term=2, round=57))
    assert [(ack.term, ack.round) for ack in calls.replied] == [(3, 1), (3, 0)]


@pytest.mark.trio
async def test_a_deposed_leader_waits_a_whole_timeout_before_it_stands():
    role, calls = await leader()
    calls.time = 0.15
    await role.on_heartbeat_ack(HeartbeatAck(src="n2", term=2, round=1))
    assert role.deadline - calls.time >= PLAIN.election_timeout_min


@pytest.mark.trio
async def test_a_deposed_leader_confirms_nothing():
    role, calls = await leader()
    await role.on_who_leads(WhoLeads(src="c1"))
    await role.on_heartbeat_ack(HeartbeatAck(src="n2", term=2, round=1))
    await role.on_heartbeat_ack(HeartbeatAck(src="n3", term=1, round=1))
    assert role.term == 2
    assert calls.replied == []
    await role.reign.refuse_all()
    assert [reply.code for reply in calls.replied] == [11]


def test_an_election_of_five_with_one_dead_takes_four_requests_and_three_votes(simulate):
    run = simulate(ORDERED, seed=1)
    types = [row.type for row in run.finished.recording.messages() if row.fate == "sent"]
    assert (types.count("request_vote"), types.count("vote")) == (4, 3)
    assert run.outcomes("who-leads") == ["ok"]


@pytest.mark.parametrize(("options", "each"), [("pre_vote = true", 4), ("pre_vote = false", 2)])
def test_an_election_without_a_rival_asks_each_other_member_once_a_round_and_each_answers(options, each, simulate):
    run = simulate("raft-election/no-fault", seed=1, overrides=[f"system.options.{options}"])
    assert run.figure("messages-per-election") == each * 4  # Of five members.


def test_a_leader_with_a_minority_confirms_nothing_and_steps_down(simulate):
    run = simulate("raft-election/leader-in-minority", seed=3)
    assert run.verdict == "pass"
    assert run.figure("availability", phase="faults", side="minority") == 0
    assert "no-quorum" in [event["why"] for event in run.events("stepped_down")]


def test_a_returning_follower_unseats_the_leader_unless_it_asks_first(simulate):
    assert simulate("raft-election/rejoin", seed=2).figure("elections") == 1
    assert simulate("raft-election/rejoin-plain", seed=2).figure("elections") > 1


def test_a_leader_that_hears_nobody_serves_nobody_until_check_quorum_ends_it(simulate):
    unchecked = simulate("raft-election/deaf-leader-unchecked", seed=2)
    checked = simulate("raft-election/deaf-leader", seed=2)
    assert unchecked.figure("elections") == 1
    assert checked.figure("elections") == 2
