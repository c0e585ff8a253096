"""What an election on a ring promises (Chang and Roberts 1979), of one member and of several."""

from fractions import Fraction
from itertools import permutations

import msgspec
import pytest

from chaosctl.node.messages import RpcError
from chaosctl.patterns.election.ring import RingOptions
from chaosctl.patterns.election.ring_member import RingMember, rank
from chaosctl.patterns.election.ring_messages import Elected, Passed, Pong, Token
from tests.patterns.fake_calls import FakeCalls

NODES = ["n1", "n2", "n3", "n4", "n5"]

ONE_ELECTION = """
name = "one-election"
duration = "500ms"
grace = "100ms"
[system]
pattern = "ring"
nodes = {nodes}
options = {{ heartbeat = "400ms" }}
[workload]
clients = 1
"""


class RingCalls(FakeCalls):
    """`dead` do not acknowledge; all others do, with term 0."""

    dead: frozenset[str] = frozenset()

    async def rpc(self, dest, body, _timeout, _answer):
        self.said.append(("rpc", dest, body))
        if dest in self.dead:
            raise RpcError(0, "timeout")
        return Passed(term=0)

    @property
    def passed_on(self) -> list[tuple]:
        return [(entry[1], entry[2]) for entry in self.said if entry[0] == "rpc"]


async def member(name: str, dead: str = "") -> tuple[RingMember, RingCalls]:
    calls = RingCalls(name, NODES, RingOptions(), ["ring-member"])
    calls.dead = frozenset(dead.split())
    role = RingMember(calls)
    await role.start()
    calls.said.clear()
    return role, calls


@pytest.mark.trio
@pytest.mark.parametrize(
    ("candidate", "passed_on"),
    [("n4", "n4"), ("n2", "n3")],  # A lower one is swallowed, and one stands instead of it.
)
async def test_a_member_passes_on_the_higher_of_a_candidate_and_itself(candidate, passed_on):
    role, calls = await member("n3")
    await role.on_token(Token(src="n2", round=1, candidate=candidate))
    assert calls.passed_on == [("n4", Token(round=1, candidate=passed_on))]


@pytest.mark.trio
async def test_a_member_that_stands_swallows_lower_candidates():
    role, calls = await member("n3")
    await role.initiate()
    await role.on_token(Token(src="n2", round=1, candidate="n2"))
    assert len(calls.passed_on) == 1


@pytest.mark.trio
async def test_a_token_whose_candidate_is_dead_does_not_circle_for_ever():
    role, calls = await member("n3")
    for _ in range(3):
        await role.on_token(Token(src="n2", round=1, candidate="n5"))
    assert len(calls.passed_on) == 1


@pytest.mark.trio
async def test_a_token_of_an_older_round_is_dropped():
    role, calls = await member("n3")
    await role.on_token(Token(src="n2", round=2, candidate="n5"))
    await role.on_token(Token(src="n2", round=1, candidate="n4"))
    assert len(calls.passed_on) == 1


@pytest.mark.trio
async def test_the_dead_are_skipped_until_they_answer_again():
    role, calls = await member("n3", dead="n4 n5")
    await role.initiate()
    assert [dest for dest, _ in calls.passed_on] == ["n4", "n5", "n1"]
    calls.said.clear()
    await role.on_pong(Pong(src="n5"))
    assert role.successors() == ["n5", "n1", "n2", "n3"]


@pytest.mark.trio
async def test_a_member_that_is_alone_wins_and_does_not_serve():
    role, _calls = await member("n3", dead="n1 n2 n4 n5")
    await role.initiate()
    assert (role.leader, role.serving) == ("n3", False)


@pytest.mark.trio
async def test_a_leader_serves_when_its_word_comes_back_obeyed_by_a_majority_of_all():
    role, _calls = await member("n5")
    await role.on_token(Token(src="n4", round=1, candidate="n5"))
    word = {"src": "n4", "term": role.term, "leader": "n5", "circuit": 1}
    await role.on_elected(Elected(passed=["n5", "n4"], **word))
    assert not role.serving
    await role.on_elected(Elected(passed=["n5", "n1", "n4"], **word))
    assert role.serving


@pytest.mark.trio
async def test_a_member_puts_its_name_to_the_word_only_when_the_term_is_on_disk():
    role, calls = await member("n1")
    await role.on_elected(Elected(src="n5", term=9, leader="n5", circuit=1, passed=["n5"]))
    order = [entry[:2] for entry in calls.said]
    assert order.index(("put", "term")) < order.index(("sync", "term")) < order.index(("rpc", "n2"))
    assert calls.passed_on[0][1].passed == ["n5", "n1"]


@pytest.mark.trio
async def test_the_word_of_an_older_term_goes_no_further_and_its_bearer_is_told():
    role, calls = await member("n1")
    await role.on_elected(Elected(src="n4", term=13, leader="n4", circuit=1, passed=["n4"]))
    calls.said.clear()
    await role.on_elected(Elected(src="n5", term=9, leader="n5", circuit=1, passed=["n5"]))
    assert (calls.replied, calls.passed_on) == ([Passed(term=13)], [])


def test_candidates_are_ordered_by_their_numbers():
    assert sorted(["n10", "n9", "n1"], key=rank) == ["n1", "n9", "n10"]


@pytest.mark.parametrize(
    ("nodes", "tokens"),
    [
        ('["n1", "n2", "n3", "n4", "n5"]', 9),  # 2N - 1: each candidate but the highest dies at the next member.
        ('["n5", "n4", "n3", "n2", "n1"]', 15),  # N(N + 1) / 2: each goes on until it meets the highest.
        ('["n2", "n5", "n1", "n4", "n3"]', 12),  # Each as far as the next higher, the highest round: 1, 5, 1, 3, 2.
    ],
)
def test_an_election_that_all_begin_takes_as_many_tokens_as_the_paper_counts(nodes, tokens, simulate):
    run = simulate(ONE_ELECTION.format(nodes=nodes), seed=1)
    sent = [row for row in run.finished.recording.messages() if row.fate == "sent" and row.time < 450_000_000]
    assert sum(row.type == "token" for row in sent) == tokens
    words = [msgspec.json.decode(row.body)["circuit"] for row in sent if row.type == "elected"]
    assert words.count(1) == 5  # N for the word, which later goes round again as a heartbeat.


def test_an_election_that_all_begin_takes_n_times_the_nth_harmonic_number_on_average_over_all_rings(simulate):
    counts = []
    for others in permutations(["n1", "n2", "n3"]):  # Rings that differ by a turn are one.
        run = simulate(ONE_ELECTION.format(nodes=str(["n4", *others]).replace("'", '"')), seed=1)
        sent = [row for row in run.finished.recording.messages() if row.fate == "sent" and row.time < 450_000_000]
        counts.append(sum(row.type == "token" for row in sent))
    harmonic = Fraction(1) + Fraction(1, 2) + Fraction(1, 3) + Fraction(1, 4)
    assert Fraction(sum(counts), len(counts)) == 4 * harmonic


def test_a_side_with_a_minority_elects_and_refuses(simulate):
    run = simulate("ring/leader-in-minority", seed=3)
    assert run.verdict == "pass"
    assert run.figure("availability", phase="faults", side="minority") < 0.1
    assert "no-majority" in [event["why"] for event in run.events("stepped_down")]


def test_a_leader_that_returns_does_not_unseat_its_successor(simulate):
    assert simulate("ring/leader-crash", seed=2).figure("elections") == 2
