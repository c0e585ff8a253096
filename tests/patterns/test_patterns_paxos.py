"""What single-decree Paxos promises ("Paxos Made Simple", sections 2.2 and 2.3), role by role and together."""

import pytest

from chaosctl.errors import BadInput
from chaosctl.patterns.paxos import PaxosOptions
from chaosctl.patterns.paxos.acceptor import Acceptor
from chaosctl.patterns.paxos.learner import Learner
from chaosctl.patterns.paxos.messages import (
    Accept,
    Accepted,
    Learn,
    Prepare,
    Promise,
    Proposal,
    Propose,
    ProposeOk,
    Refused,
    Remind,
)
from chaosctl.patterns.paxos.proposer import Proposer
from tests.patterns.fake_calls import FakeCalls

ROLES = ["proposer", "acceptor", "learner"]

APART = """
name = "apart"
duration = "500ms"
[system]
pattern = "paxos"
nodes = ["p", "a1", "a2", "a3", "l1", "l2"]
[system.roles]
proposer = ["p"]
acceptor = ["a1", "a2", "a3"]
learner = ["l1", "l2"]
[workload]
clients = 1
[[workload.script]]
at = "100ms"
node = "p"
f = "propose"
value = 1
"""


def calls_of_three() -> FakeCalls:
    return FakeCalls("n1", ["n1", "n2", "n3"], PaxosOptions(), ROLES)


async def acceptor() -> tuple[Acceptor, FakeCalls]:
    calls = calls_of_three()
    role = Acceptor(calls)
    await role.start()
    return role, calls


async def proposer(value: int) -> tuple[Proposer, FakeCalls]:
    calls = calls_of_three()
    role = Proposer(calls)
    await role.start()
    await role.on_propose(Propose(src="c1", value=value))
    calls.said.clear()
    return role, calls


@pytest.mark.trio
@pytest.mark.parametrize(
    ("request_", "point"),
    [(Prepare(src="n2", ballot=(1, "n2")), "promise"), (Accept(src="n2", ballot=(1, "n2"), value=7), "accept")],
)
async def test_an_acceptor_answers_only_what_is_on_disk(request_, point):
    role, calls = await acceptor()
    handle = role.on_prepare if isinstance(request_, Prepare) else role.on_accept
    await handle(request_)
    kinds = [entry[:2] for entry in calls.said]
    assert kinds.index(("put", "promised")) < kinds.index(("sync", point)) < kinds.index(("reply", "n2"))


@pytest.mark.trio
async def test_an_acceptor_refuses_what_is_below_its_promise_and_answers_the_same_ballot_again():
    role, calls = await acceptor()
    await role.on_prepare(Prepare(src="n3", ballot=(2, "n3")))
    await role.on_prepare(Prepare(src="n3", ballot=(2, "n3")))
    await role.on_prepare(Prepare(src="n2", ballot=(2, "n2")))
    await role.on_accept(Accept(src="n2", ballot=(1, "n2"), value=7))
    promise = Promise(ballot=(2, "n3"))
    refused = [Refused(ballot=(2, "n2"), promised=(2, "n3")), Refused(ballot=(1, "n2"), promised=(2, "n3"))]
    assert calls.replied == [promise, promise, *refused]


@pytest.mark.trio
async def test_an_acceptor_keeps_promise_and_proposal_over_a_restart():
    role, calls = await acceptor()
    await role.on_accept(Accept(src="n2", ballot=(3, "n2"), value=7))
    again = Acceptor(calls)
    await again.start()
    calls.said.clear()
    await again.on_accept(Accept(src="n1", ballot=(2, "n1"), value=8))
    await again.on_prepare(Prepare(src="n3", ballot=(4, "n3")))
    accepted = Proposal((3, "n2"), 7)
    assert calls.replied == [
        Refused(ballot=(2, "n1"), promised=(3, "n2")),
        Promise(ballot=(4, "n3"), accepted=accepted),
    ]


@pytest.mark.trio
async def test_an_acceptor_that_accepts_has_promised_that_ballot_too():
    role, calls = await acceptor()
    await role.on_accept(Accept(src="n3", ballot=(2, "n3"), value=7))
    await role.on_accept(Accept(src="n1", ballot=(1, "n1"), value=8))
    assert calls.replied[-1] == Refused(ballot=(1, "n1"), promised=(2, "n3"))


@pytest.mark.trio
async def test_an_acceptor_repeats_to_a_learner_only_what_is_on_disk():
    role, calls = await acceptor()
    await role.on_accept(Accept(src="n3", ballot=(2, "n3"), value=7))
    calls.said.clear()
    await role.on_remind(Remind(src="n2"))
    assert [entry[:2] for entry in calls.said] == [("sync", "remind"), ("reply", "n2")]


@pytest.mark.trio
async def test_a_proposer_takes_the_value_of_the_highest_ballot_reported():
    role, calls = await proposer(value=9)
    await role.on_promise(Promise(src="n2", ballot=role.ballot, accepted=Proposal((0, "n3"), 5)))
    await role.on_promise(Promise(src="n3", ballot=role.ballot, accepted=Proposal((0, "n2"), 4)))
    assert [body.value for _, body in calls.sent] == [5, 5, 5]


@pytest.mark.trio
async def test_a_proposer_counts_promises_and_acceptances_of_its_very_ballot_from_distinct_acceptors():
    role, calls = await proposer(value=9)
    await role.on_promise(Promise(src="n2", ballot=(0, "n1")))
    await role.on_promise(Promise(src="n2", ballot=role.ballot))
    await role.on_promise(Promise(src="n2", ballot=role.ballot))
    assert calls.sent == []
    await role.on_promise(Promise(src="n1", ballot=role.ballot))
    for answer in (Accepted(src="n2", ballot=role.ballot), Accepted(src="n2", ballot=role.ballot)):
        await role.on_accepted(answer)
    assert calls.replied == []
    await role.on_accepted(Accepted(src="n3", ballot=role.ballot))
    assert calls.replied == [ProposeOk(value=9)]


@pytest.mark.trio
async def test_a_proposer_uses_no_ballot_twice_not_even_over_a_crash():
    role, calls = await proposer(value=9)
    first = role.ballot
    again = Proposer(calls)
    await again.start()
    await again.on_propose(Propose(src="c1", value=8))
    assert again.ballot > first
    kinds = [entry[:2] for entry in calls.said]
    assert kinds.index(("sync", "round")) < kinds.index(("send", "n1"))


@pytest.mark.trio
async def test_an_outbid_proposer_goes_above_the_ballot_that_beat_it_once():
    role, calls = await proposer(value=9)
    beaten = role.ballot
    for acceptor_ in ("n2", "n3"):
        await role.on_refused(Refused(src=acceptor_, ballot=beaten, promised=(6, "n3")))
    assert role.ballot == (7, "n1")
    assert [entry[0] for entry in calls.said].count("sleep") == 1


@pytest.mark.trio
async def test_a_learner_does_not_add_up_acceptances_of_different_ballots():
    role = Learner(calls_of_three())
    await role.start()
    await role.on_learn(Learn(src="n1", ballot=(1, "n1"), value=7))
    await role.on_learn(Learn(src="n2", ballot=(3, "n1"), value=7))
    await role.on_learn(Learn(src="n2", ballot=(3, "n1"), value=7))
    assert role.learned is None
    await role.on_learn(Learn(src="n3", ballot=(3, "n1"), value=7))
    assert role.learned == 7


def test_one_decision_with_roles_apart_takes_the_papers_messages(simulate):
    run = simulate(APART, seed=1)
    rows = run.finished.recording.messages()
    types = [row.type for row in rows if row.fate == "sent" and row.time < 400_000_000]
    counts = {name: types.count(name) for name in ("prepare", "promise", "accept", "accepted", "learn")}
    assert counts == {"prepare": 3, "promise": 3, "accept": 3, "accepted": 3, "learn": 6}
    assert run.outcomes("learn") == ["ok", "ok"]


def test_what_is_chosen_outlives_a_crash_of_everybody(simulate):
    run = simulate("paxos/all-crash", seed=4)
    assert run.verdict == "pass"
    assert len({event["value"] for event in run.events("chosen_seen")}) == 1
    assert len(run.events("chosen_seen")) > len({event["node"] for event in run.events("chosen_seen")})


def test_proposers_without_a_majority_wait_and_do_not_guess(simulate):
    run = simulate("paxos/minority-partition", seed=4)
    assert run.verdict == "pass"
    assert run.figure("availability", phase="faults", side="minority") < 0.3
    assert run.figure("availability", phase="faults", side="majority") > 0.9


def test_a_distinguished_learner_is_told_by_all_acceptors_and_tells_the_others(simulate):
    run = simulate(APART, seed=1, overrides=['system.options.learners="distinguished"'])
    rows = [row for row in run.finished.recording.messages() if row.fate == "sent" and row.time < 400_000_000]
    assert [row.dest for row in rows if row.type == "learn"] == ["l1"] * 3
    assert [(row.src, row.dest) for row in rows if row.type == "inform"] == [("l1", "l2")]
    assert run.outcomes("learn") == ["ok", "ok"]


def test_one_decree_without_a_rival_takes_four_messages_an_acceptor_and_one_for_each_learner_it_tells(simulate):
    alone = 'workload.script=[{at="10ms",node="proposer-1",f="propose",value=1}]'
    run = simulate("paxos/roles-apart", overrides=["workload.clients=1", "faults=[]", alone])
    assert run.figure("messages-per-decision") == 4 * 3 + 3 * 2
    assert run.figure("rounds-per-decision") == 2


def test_proposers_that_leave_it_to_a_distinguished_one_waste_no_ballot(simulate):
    duel = simulate("paxos/duel")
    left = simulate("paxos/duel", overrides=['system.options.proposers="distinguished"'])
    assert (duel.verdict, left.verdict) == ("pass", "pass")
    assert duel.figure("ballots-wasted") > left.figure("ballots-wasted") == 0


def test_the_quorum_of_phase_two_is_what_the_file_says(simulate):
    run = simulate(APART, seed=1, overrides=["system.options.phase_1=3", "system.options.phase_2=1"])
    assert run.verdict == "pass"
    assert len(run.events("accepted")) == 3
    assert run.figure("roles-disagree-time") >= 0


@pytest.mark.parametrize(("phase_1", "phase_2"), [(1, 2), (2, 1), (-1, 3), (4, 3)])
def test_quorums_that_need_not_meet_are_refused(phase_1, phase_2, simulate):
    with pytest.raises(BadInput, match=r"system\.options: (a )?quorum"):
        simulate(APART, overrides=[f"system.options.phase_1={phase_1}", f"system.options.phase_2={phase_2}"])


def test_a_choice_by_fewer_than_the_files_quorum_is_premature(simulate):
    run = simulate("paxos/as-the-notes-say")
    assert run.violated >= {"learned-is-chosen", "agreement"}
    assert run.figure("premature-beliefs") > 0
