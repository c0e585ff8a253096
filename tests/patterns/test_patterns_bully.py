"""What the bully election promises (Garcia-Molina 1982, section IV), of one member and of several."""

import pytest

from chaosctl.patterns.election.bully import BullyOptions
from chaosctl.patterns.election.bully_member import Member
from chaosctl.patterns.election.bully_messages import Alive, AliveAck, Answer, Coordinator, Election
from chaosctl.patterns.election.raft_messages import WhoLeads, WhoLeadsOk
from tests.patterns.fake_calls import FakeCalls

NODES = ["n1", "n2", "n3", "n4", "n5"]


def ordered(nodes: int, caller: int = 1, pause: str = "420ms") -> str:
    """Return one election, the highest being dead: the caller's heartbeat is first, the others sleep through theirs."""
    others = [f"n{number}" for number in range(1, nodes) if number != caller]
    return f"""
name = "ordered"
duration = "2s"
[system]
pattern = "bully"
nodes = {nodes}
options = {{ heartbeat = "400ms", suspect = "400ms", answer_timeout = "50ms" }}
[workload]
clients = 1
[[faults]]
kind = "crash"
target = "n{nodes}"
at = "1ms"
[[faults]]
kind = "pause"
target = {others}
at = "1ms"
duration = "{pause}"
"""


def counts(run, until_ns: int) -> list[int]:
    sent = [row for row in run.finished.recording.messages() if row.fate == "sent" and row.time <= until_ns]
    return [sum(row.type == kind for row in sent) for kind in ("election", "answer", "coordinator")]


async def member(name: str = "n5", nodes: list[str] = NODES, **options) -> tuple[Member, FakeCalls]:
    calls = FakeCalls(name, nodes, BullyOptions(**options), ["member"])
    role = Member(calls)
    await role.start()
    calls.said.clear()
    return role, calls


async def coordinator(name: str = "n5", **options) -> tuple[Member, FakeCalls]:
    role, calls = await member(name, **options)
    await role.elect()
    calls.said.clear()
    return role, calls


def kinds(calls: FakeCalls) -> list[tuple]:
    return [entry[:2] for entry in calls.said]


@pytest.mark.trio
async def test_a_member_asks_all_of_higher_rank_and_nobody_else():
    role, calls = await member("n3")
    await role.elect()
    asked = [dest for dest, body in calls.sent if isinstance(body, Election)]
    assert asked == ["n4", "n5"]


@pytest.mark.trio
async def test_a_member_announces_itself_to_all_of_lower_rank_when_its_term_is_on_disk():
    role, calls = await member("n3")
    await role.elect()
    assert [dest for dest, body in calls.sent if isinstance(body, Coordinator)] == ["n1", "n2"]
    assert (
        kinds(calls).index(("put", "term"))
        < kinds(calls).index(("sync", "announce"))
        < kinds(calls).index(("send", "n1"))
    )


@pytest.mark.trio
async def test_a_member_that_was_answered_does_not_announce_itself():
    role, calls = await member("n3")
    calls.sleep = lambda _: role.on_answer(Answer(src="n4", attempt=role.attempt))
    await role.elect()
    assert not [body for _, body in calls.sent if isinstance(body, Coordinator)]


@pytest.mark.trio
async def test_an_answer_to_an_older_election_stops_nobody():
    role, calls = await member("n3")
    calls.sleep = lambda _: role.on_answer(Answer(src="n4", attempt=role.attempt - 1))
    await role.elect()
    assert [body for _, body in calls.sent if isinstance(body, Coordinator)]


@pytest.mark.trio
async def test_no_two_members_ever_use_the_same_term_and_each_new_one_is_higher():
    terms = []
    for name in NODES:
        for seen in (0, 3, 12):
            role, _calls = await member(name)
            await role.adopt(seen)
            await role.announce()
            assert role.term > seen
            terms.append((role.term, name))
    assert len({term for term, _ in terms}) == len(set(terms))


@pytest.mark.trio
async def test_an_announcement_of_an_older_term_is_not_obeyed():
    role, _calls = await member("n1")
    await role.on_coordinator(Coordinator(src="n3", term=12))
    await role.on_coordinator(Coordinator(src="n5", term=9))
    assert role.coordinator == "n3"


@pytest.mark.trio
async def test_a_member_answers_a_heartbeat_only_when_its_term_is_on_disk():
    role, calls = await member("n1")
    await role.on_alive(Alive(src="n5", term=9, round=4))
    assert calls.replied == [AliveAck(term=9, round=4)]
    assert (
        kinds(calls).index(("put", "term")) < kinds(calls).index(("sync", "term")) < kinds(calls).index(("reply", "n5"))
    )


@pytest.mark.trio
async def test_a_late_heartbeat_of_an_older_reign_answers_no_round_of_the_newer_one():
    role, calls = await member("n1")
    await role.on_alive(Alive(src="n5", term=14, round=1))
    await role.on_alive(Alive(src="n5", term=9, round=16))
    assert calls.replied[-1] == AliveAck(term=14, round=0)


@pytest.mark.trio
async def test_a_member_remembers_its_term_after_a_restart():
    role, calls = await member("n1")
    await role.on_alive(Alive(src="n5", term=9, round=1))
    again = Member(calls)
    await again.start()
    await again.on_alive(Alive(src="n3", term=7, round=1))
    assert (again.coordinator, calls.replied[-1]) == ("", AliveAck(term=9, round=0))


@pytest.mark.trio
async def test_a_coordinator_that_is_elected_again_sends_no_heartbeat_before_its_new_term_is_on_disk():
    role, calls = await coordinator("n5")

    async def beat_meanwhile(_point: str) -> None:
        assert role.coordinator == ""  # Else watch() would send a round of the old reign under the new term.

    calls.store.sync = beat_meanwhile
    await role.announce()
    assert role.coordinator == "n5"


@pytest.mark.trio
async def test_a_coordinator_serves_once_a_majority_of_all_members_answers_it():
    role, _calls = await coordinator("n5")
    await role.on_alive_ack(AliveAck(src="n4", term=role.term, round=1))
    await role.on_alive_ack(AliveAck(src="n4", term=role.term, round=1))
    assert not role.serving
    await role.on_alive_ack(AliveAck(src="n1", term=role.term, round=1))
    assert role.serving


@pytest.mark.trio
async def test_a_question_is_answered_only_by_a_round_begun_after_it():
    role, calls = await coordinator("n5")
    for other in ("n1", "n2"):
        await role.on_alive_ack(AliveAck(src=other, term=role.term, round=1))
    await role.on_who_leads(WhoLeads(src="c1"))
    await role.on_alive_ack(AliveAck(src="n3", term=role.term, round=1))
    await role.on_alive_ack(AliveAck(src="n1", term=role.term, round=2))
    assert calls.replied == []
    await role.on_alive_ack(AliveAck(src="n3", term=role.term, round=2))
    assert calls.replied == [WhoLeadsOk(leader="n5", term=role.term)]


@pytest.mark.trio
async def test_a_coordinator_that_nobody_answers_refuses_those_who_wait():
    role, calls = await coordinator("n5")
    for other in ("n1", "n2"):
        await role.on_alive_ack(AliveAck(src=other, term=role.term, round=1))
    await role.on_who_leads(WhoLeads(src="c1"))
    await role.suspect()
    assert [reply.code for reply in calls.replied] == [11]
    assert not role.serving


@pytest.mark.trio
@pytest.mark.parametrize(
    ("members", "tie_breaker", "is_enough"),
    [
        ({"n1", "n2", "n3"}, "", True),
        ({"n1", "n2"}, "", False),
        ({"n1", "n2"}, "n2", True),
        ({"n1", "n3"}, "n2", False),
        ({"n2"}, "n2", False),
    ],
)
async def test_half_of_the_members_is_enough_only_with_the_tie_breaker(members, tie_breaker, is_enough):
    role, _calls = await member("n4", NODES[:4], tie_breaker=tie_breaker)
    assert role.is_enough(members) is is_enough


@pytest.mark.trio
async def test_without_the_rule_a_coordinator_serves_alone():
    role, calls = await coordinator("n5", rule="none")
    assert role.serving
    await role.on_who_leads(WhoLeads(src="c1"))
    assert calls.replied == [WhoLeadsOk(leader="n5", term=role.term)]


@pytest.mark.parametrize("nodes", [3, 5, 8])
def test_an_election_that_the_lowest_calls_takes_as_many_messages_as_the_paper_counts(nodes, simulate):
    run = simulate(ordered(nodes), seed=1)
    elected_ns = min(row.time for row in run.finished.recording.events if row.event == "became_leader")
    n = nodes
    assert counts(run, elected_ns) == [n * (n - 1) // 2, (n - 1) * (n - 2) // 2, n - 2]  # To the dead one included.


def test_an_election_that_all_call_at_once_is_over_with_the_first_announcement(simulate):
    late = 'network.links=[{from="n5", latency={distribution="constant", mean="2ms"}}]'
    run = simulate("bully/no-fault", seed=1, overrides=[late])  # Whoever asks after it is a new election.
    n = 5
    asked = n * (n - 1) // 2  # Each asks all above it, and each is answered; the highest announces itself unasked,
    assert counts(run, 2_000_000_000) == [asked, asked, 2 * (n - 1)]  # and once more to each who asks meanwhile.


def test_an_election_that_the_second_highest_calls_takes_n_minus_1_messages(simulate):
    run = simulate(ordered(5, caller=4, pause="600ms"), seed=1)
    assert counts(run, 500_000_000) == [1, 0, 3]
