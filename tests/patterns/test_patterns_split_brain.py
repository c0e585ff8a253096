"""A cluster cut in parts, and one account: with no rule every side pays out, with it the smaller ones refuse."""

import pytest

from chaosctl.node.messages import ErrorCode, RpcError
from chaosctl.patterns.replication.split_brain import SplitBrainOptions
from chaosctl.patterns.replication.split_brain_account import Account
from chaosctl.patterns.replication.split_brain_messages import (
    Append,
    Appended,
    Ask,
    Balance,
    BalanceOk,
    Book,
    Entry,
    Have,
)
from tests.conftest import EXPERIMENTS, text_of
from tests.patterns.fake_calls import FakeCalls

CASES = ("two-three", "two-two", "two-two-one", "five-ways")
FIVE = ["n1", "n2", "n3", "n4", "n5"]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_without_a_rule_the_sides_take_the_money_twice_and_with_it_nothing_is_lost(case, simulate):
    both = simulate(f"split-brain/{case}-both-serve", seed=2)
    assert both.violated >= {"acknowledged-kept", "never-overdrawn"}
    assert both.figure("conflicting-writes") > both.figure("lost-writes") > 10
    refuses = simulate(f"split-brain/{case}-refuses", seed=2)
    assert (refuses.verdict, refuses.figure("lost-writes"), refuses.figure("conflicting-writes")) == ("pass", 0, 0)


@pytest.mark.slow
def test_the_lost_acknowledged_writes_are_named_with_who_took_them_and_who_dropped_them(simulate):
    run = simulate("split-brain/two-three-both-serve")
    check = run.finished.verdict.checks["acknowledged-kept"]
    lost = check.counts["lost"]
    assert check.why.startswith(f"{lost} acknowledged bookings are lost: withdrawal ")
    shown = [evidence.text for evidence in check.evidence]
    assert "acknowledged withdrawal" in shown[0]
    assert "discarded" in shown[-2]
    assert "the final statement" in shown[-1]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES[1:])
def test_where_no_side_is_a_majority_nobody_serves(case, simulate):
    assert simulate(f"split-brain/{case}-refuses", seed=2).figure("availability", phase="faults") < 0.2


@pytest.mark.slow
def test_with_a_tie_breaker_only_its_half_serves(simulate):
    run = simulate("split-brain/two-two-tie-breaker", seed=2)
    rows = [row for row in run.finished.recording.operations if row.type == "ok" and 1.5e9 < row.time < 2.5e9]
    assert {row.node for row in rows} == {"n1", "n2"}


def test_the_files_of_a_split_brain_differ_in_one_line_of_the_system():
    def system(name: str) -> list[str]:
        text = text_of(f"split-brain/{name}")
        return text[text.index("duration") : text.index("[expect]")].splitlines()

    for case in CASES:
        both, refuses = system(f"{case}-both-serve"), system(f"{case}-refuses")
        assert sum(one != other for one, other in zip(both, refuses, strict=True)) == 1


@pytest.mark.slow
def test_the_two_files_of_the_demo_differ_in_one_line_which_makes_the_difference(simulate):
    folder = EXPERIMENTS.parent / "examples" / "split-brain"
    texts = [(folder / f"{name}.toml").read_text() for name in ("both-sides-serve", "smaller-side-refuses")]
    changed = [pair for pair in zip(*(text.splitlines() for text in texts), strict=True) if pair[0] != pair[1]]
    assert changed == [('rule = "none"', 'rule = "majority"')]
    both, refuses = (simulate(text) for text in texts)
    assert both.violated >= {"acknowledged-kept", "never-overdrawn"}
    assert not both.as_expected
    assert refuses.as_expected


async def account(**options):
    calls = FakeCalls("n2", FIVE, SplitBrainOptions(**options), ["account"])
    role = Account(calls)
    await role.start()
    return role, calls


@pytest.mark.trio
async def test_a_copy_takes_nothing_more_from_a_leader_whose_successor_it_has_promised():
    role, calls = await account()
    await role.on_ask(Ask(src="n4", msg_id=1, term=13))
    await role.on_append(Append(src="n5", msg_id=2, term=9, after=0, entries=[Entry(1, 5)]))
    assert calls.replied == [Have(term=13, reign=0, entries=[]), Appended(term=13, have=0)]
    assert role.entries == []


@pytest.mark.trio
async def test_a_late_copy_of_fewer_entries_takes_none_away():
    role, calls = await account()
    first, second = Entry(1, 5), Entry(2, 6)
    await role.on_append(Append(src="n5", msg_id=1, term=9, after=0, entries=[first, second]))
    await role.on_append(Append(src="n5", msg_id=2, term=9, after=0, entries=[first]))
    assert role.entries == [first, second]
    assert calls.replied[-1] == Appended(term=9, have=2)


@pytest.mark.trio
async def test_half_of_the_members_are_enough_only_with_the_tie_breaker_among_them():
    role, _ = await account(tie_breaker="n1")
    role.nodes = tuple(FIVE[:4])
    assert role.is_enough({"n1", "n3"})
    assert not role.is_enough({"n2", "n3"})
    assert role.is_enough({"n2", "n3", "n4"})


@pytest.mark.trio
async def test_an_attempt_to_take_over_that_fails_leaves_the_one_for_a_newer_term_alone():
    role, calls = await account()

    async def meanwhile(_seconds: float) -> None:
        role.taking_over = 14  # The attempt for term 14 has begun; it gathers still when this one ends.

    calls.sleep = meanwhile
    with pytest.raises(RpcError):
        await role.take_over(9)
    assert role.taking_over == 14


@pytest.mark.trio
async def test_a_term_is_taken_over_once():
    role, calls = await account(rule="none")
    role.promised = 9
    calls.sleep = lambda _seconds: role.on_have(Have(src="n2", term=9, reign=4, entries=[Entry(1, 5)]))
    await role.take_over(9)
    role.write([Entry(2, 6)], after=1)
    calls.sleep = None  # Nobody gathers anything once more.
    await role.take_over(9)
    assert role.entries == [Entry(1, 5), Entry(2, 6)]


@pytest.mark.trio
async def test_a_booking_that_the_network_doubles_is_handled_once():
    role, calls = await account()
    handled = []

    async def leads(*, forwarded: bool) -> bool:
        handled.append(forwarded)
        raise RpcError(ErrorCode.TEMPORARILY_UNAVAILABLE, "no leader")

    role.leads = leads
    with pytest.raises(RpcError):
        await role.on_book(Book(src="n1", msg_id=7, number=1, amount=5, forwarded=True))
    await role.on_book(Book(src="n1", msg_id=7, number=1, amount=5, forwarded=True))
    assert (handled, calls.replied) == ([True], [])


@pytest.mark.trio
async def test_who_waits_in_a_reign_that_ends_while_others_are_answered_does_not_wait_in_the_next():
    role, calls = await account()
    role.promised = role.term = 9
    first, second = Balance(src="c1", msg_id=1), Balance(src="c2", msg_id=2)
    role.waiting = [(1, first, BalanceOk(place=1, balance=5)), (2, second, BalanceOk(place=2, balance=6))]
    role.have = {"n1": 1, "n2": 1, "n3": 1}

    async def deposed(_request, _answer) -> None:
        role.promise(14)

    calls.reply = deposed
    await role.answer_copied()
    assert role.waiting == []
